// Runs the rules of the merchant's sources (gateway/web/assets/src/merchant) on a list of questions:
// [name of the rule, argument, …]; answers what each rule says.
import { readFileSync } from "node:fs";
import { SameCode } from "../../gateway/web/assets/src/merchant/same_code.js";
import { bridgeIn } from "../../gateway/web/assets/src/merchant/sources/bridge.js";
import { frameSize } from "../../gateway/web/assets/src/merchant/sources/frame_size.js";
import { meant } from "../../gateway/web/assets/src/merchant/sources/meant.js";
import { browserKind, hindrance, reasonOf } from "../../gateway/web/assets/src/merchant/sources/refusal.js";
import { textsOf } from "../../gateway/web/assets/src/merchant/sources/typed.js";

// Steps are [what, seen, nowMs] for a sighting, [answered, nowMs] for the end of the last showing, or
// [nowMs] for looking again after a grant was shown.
function sightings(steps) {
  const same = new SameCode();
  let showing = null;
  return steps.map((step) => {
    if (step.length === 1) return same.lookAgain(...step) === null;
    if (step.length === 2) return showing && same.end(showing, ...step) === null;
    const begun = same.begin(...step);
    showing = begun || showing;
    return begun !== null;
  });
}

// What containers put into a page, by name; each answers or refuses as it documents.
function containerOf({ kind, says, agent = "" }) {
  const back = (done) => done(says);
  const made = { navigator: { userAgent: agent } };
  if (kind === "zheliban") {
    const fails = says.errorMessage;
    made.ZWJSBridge = { onReady: (go) => go(), scan: () => (fails ? Promise.reject(says) : Promise.resolve(says)) };
  }
  if (kind === "ap") made.ap = { scan: (what, done) => back(done) };
  if (kind === "alipay") made.AlipayJSBridge = { call: (name, what, done) => back(done) };
  if (kind === "wx") {
    const { cancel, errMsg } = says;
    made.wx = { scanQRCode: (how) => (errMsg ? how.fail(says) : cancel ? how.cancel() : how.success(says)) };
  }
  return made;
}

async function scanned(container) {
  const scan = bridgeIn(containerOf(container));
  if (!scan) return null;
  return scan().catch(() => "failed");
}

const RULES = {
  browserKind,
  frameSize,
  hindrance: (secure, able) =>
    hindrance({ isSecureContext: secure, navigator: able ? { mediaDevices: { getUserMedia: true } } : {} }),
  meant,
  reasonOf: (name) => reasonOf({ name }),
  scanned,
  sightings,
  textsOf,
};
const said = [];
for (const [rule, ...asked] of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  said.push(await RULES[rule](...asked));
}
console.log(JSON.stringify({ said }));
