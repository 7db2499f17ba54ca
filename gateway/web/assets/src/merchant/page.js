// The merchant's page: from a text that some source read to what is said of it.
import { onPhone } from "../kept.js";
import { judge, takeBack } from "./ask.js";
import * as day from "./day.js";
import * as desk from "./offline/desk.js";
import { begin } from "./offline/begin.js";
import * as recent from "./recent.js";
import * as result from "./result.js";
import { SameCode } from "./same_code.js";
import * as sound from "./sound.js";
import * as box from "./sources/box.js";
import * as camera from "./sources/camera.js";
import * as photo from "./sources/photo.js";
import * as tap from "./sources/tap.js";
import { sentence } from "./words.js";

const form = document.getElementById("form");
const scenario = document.getElementById("scenario");
const shown = new SameCode();
let ended = false;

// `seen` says that the camera found it, which goes on seeing it.
async function verify(code, seen = false) {
  if (ended) return;
  // The page that a phone keeps has no scenario before it was filled; a camera sees the code again.
  if (!scenario.value) return void result.show("undetermined", troubleOf(0));
  const showing = shown.begin(`${scenario.value} ${code}`, seen, performance.now());
  if (!showing) return;
  const name = scenario.selectedOptions[0].text;
  result.show("busy", form.dataset.busy);
  const asked = { code, scenario: scenario.value, venue: form.dataset.venue };
  const { status, verdict, suspended } = await ask(asked);
  if (status === 401) return void desk.gone();
  // The city has a page of its own for it, with words for the guest.
  if (suspended) return void location.reload();
  if (verdict) remember(verdict, name);
  shown.end(showing, Boolean(verdict), performance.now());
  // The next guest may be at the counter by now; then this answer is in the list only.
  if (!shown.isLast(showing)) return;
  if (!verdict) return void result.show("undetermined", troubleOf(status));
  const full = result.show(verdict.outcome, sentence(verdict, name), verdict);
  if (full) sound.play(result.isLater(verdict) ? "later" : "now");
}

// Asks once more where the city refuses a form of another day.
async function ask(asked) {
  const once = () => judge({ ...asked, token: desk.token(), here: desk });
  const answer = await once();
  if (answer.status !== 403) return answer;
  return (await desk.renew()) ? once() : { ...answer, suspended: true };
}

// This device was ended while it was at work: it says so, and asks nothing more.
function end() {
  ended = true;
  camera.pause();
  result.show("undetermined", form.dataset.ended);
}

function remember(verdict, name) {
  const granted = verdict.outcome === "recognised" && result.grantedOf(verdict).length > 0;
  const found = granted ? "later" : "online";
  const kind = verdict.outcome === "recognised" && result.isLater(verdict) ? found : verdict.outcome;
  recent.add({ kind, scenario: name, receipt: verdict.receipt });
  day.count(granted ? "recognised" : "others", Date.now());
}

// Why there is no answer, in words; it is never the guest's fault.
function troubleOf(status) {
  if (status === 429) return form.dataset.slow;
  // Longer than any code may be: nothing of ours is missing.
  if (status === 413) return sentence({ outcome: "not_a_code" }, "");
  return status === 0 ? form.dataset.silent : sentence({ outcome: "undetermined" }, "");
}

async function giveBack(receipt) {
  const { dataset: said } = document.getElementById("void");
  const { last } = shown;
  const { status, code } = await takeBack(receipt, desk.token());
  if (status === 401) return void desk.gone();
  if (status === 204 && recent.markVoided(receipt)) day.count("voided", Date.now());
  // The next guest may be at the counter by now.
  if (!shown.isLast(last)) return;
  if (status === 204) result.show("voided", said.voided);
  else if (code === "void_too_late") result.say(said.kept);
  else if (status === 404) result.say(said.unknown);
  else result.say(status === 0 ? said.silent : said.again);
}

// The scenario chosen last on this phone.
function choose() {
  const chosen = onPhone.get("scenario");
  if ([...scenario.options].some((option) => option.value === chosen)) scenario.value = chosen;
}

scenario.addEventListener("change", () => {
  onPhone.put("scenario", scenario.value);
  document.getElementById("code").focus();
});

if ("kiosk" in form.dataset) {
  // The first tap is for the whole screen as well; where a browser has none, all goes on.
  const whole = () => document.documentElement.requestFullscreen?.().catch(() => undefined);
  document.addEventListener("click", whole, { once: true });
}
sound.start();
day.show(Date.now());
recent.start({ onVoid: giveBack });
result.start({
  onFull: camera.pause,
  onBack: () => {
    document.getElementById("code").focus({ preventScroll: true });
    shown.lookAgain(performance.now());
    camera.resume();
  },
  onVoid: giveBack,
});
// Nobody may choose for the guest which of two codes is meant.
const onSeveral = () => result.show("unread", form.dataset.several);
box.start({ onText: verify, onSeveral, onKey: result.clear });
photo.start({ onText: verify, onSeveral, onNothing: () => result.show("unread", form.dataset.unread) });
tap.start({ onText: verify, onSeveral });

choose();
begin({ form, scenario, onFilled: choose, onGone: end });
