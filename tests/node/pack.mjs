// Asks the pages' own rules of offline codes (gateway/web/assets/src/offline/pack.js) what they say.
// Reads {"pack", "asks": [{"at_ms", "do"?, "with"?}]} and prints what each ask gives, in order.
import { readFileSync } from "node:fs";
import * as rules from "../../gateway/web/assets/src/offline/pack.js";
import { hourOf } from "../../gateway/web/assets/src/offline/words.js";

const { answer, phone_ms: phoneMs, asks } = JSON.parse(readFileSync(process.argv[2], "utf8"));
let pack = rules.packOf(answer, "owner", phoneMs);

const acts = {
  choose: (at) => rules.choose(pack, at),
  due: (at, owner) => rules.isDue(pack, owner, at),
  look: (at) => ((pack = rules.lookedAt(pack, at)), pack.seenMs),
  leave_out: (at) => ((pack = rules.withoutCode(pack, rules.choose(pack, at).number)), pack.used),
  again: () => ((pack = rules.withCodeAgain(pack)), pack.used),
  hear: (at, seconds) => {
    const corrected = rules.withCityTime(pack, seconds, at);
    pack = corrected || pack;
    return corrected === null ? null : corrected.offsetMs;
  },
  end: () => rules.packEnd(pack),
  hour: (at, seconds) => hourOf(seconds, at / 1000, "tomorrow {time}"),
};

const said = asks.map(({ at_ms: at, do: act = "choose", with: argument }) => acts[act](at, argument));
console.log(JSON.stringify({ said }));
