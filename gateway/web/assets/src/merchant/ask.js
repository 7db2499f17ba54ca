// Asks the city what a code is good for, and takes a grant back.
import { isGone, isVerdict, statusOf } from "./offline/ours.js";

// What a till should do (docs/protocol/api.md): wait so long, then repeat once.
const ANSWER_MS = 5000;
const REPEAT_MS = 2000;
// Where this phone can judge by itself, nobody in a queue waits for a network that carries nothing:
// one try, and a shorter one as long as the city stays silent. An answer that comes later is not
// lost: what is granted here is sent under the name of the same showing.
const QUEUE_MS = 3000;
const SILENT_MS = 1000;
// Names of showings that got no answer: the same code is still the same showing.
const unanswered = new Map();

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function newId() {
  const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function tooLate(ms) {
  await pause(ms);
  throw new Error("no answer in time");
}

function post(path, body, token) {
  return fetch(`/api/v1/verifications${path}`, {
    method: "POST",
    redirect: "error",
    headers: {
      "Accept-Language": document.documentElement.lang,
      "Content-Type": "application/json",
      "X-Form-Token": token,
    },
    body,
  });
}

async function send(question, token) {
  const answer = await post("", JSON.stringify(question), token);
  if (!answer.ok) return { status: statusOf(answer), verdict: null };
  const verdict = await answer.json();
  if (!isVerdict(verdict)) throw new Error("somebody else answered");
  return { status: answer.status, verdict };
}

const askOnce = (question, token, ms) => Promise.race([send(question, token), tooLate(ms)]);

// An answer may be lost on its way back: the same request gets the same one again, receipt and all.
async function askTwice(question, token) {
  const ask = () => askOnce(question, token, ANSWER_MS);
  try {
    const first = await ask();
    if (first.status !== 503) return first;
  } catch {
    // No answer in time, or no network: as below.
  }
  await pause(REPEAT_MS);
  return ask();
}

// Returns {status, verdict}: the members of an answer (docs/protocol/api.md) or null, and the status
// of the last try, 0 being none. `venue` is "" where the device has none. `here` is the desk that
// judges where the city is silent (offline/desk.js).
export async function judge({ code, scenario, venue, token, here }) {
  const what = `${scenario} ${code}`;
  const id = unanswered.get(what) || newId();
  unanswered.set(what, id);
  const showing = { code, scenario, venue, id };
  // The city may not have heard of it yet.
  if (await here.alreadyGranted(showing)) return { status: 200, verdict: await here.judgeHere(showing) };
  const ready = await here.isReady();
  const answer = await heardOf(questionOf(showing), token, ready && (here.isSilent() ? SILENT_MS : QUEUE_MS));
  const silent = isGone(answer.status);
  here.heard(!silent);
  if (answer.verdict) unanswered.delete(what);
  // Noted before it is shown: a page that is left at once would grant it again without the city.
  if (answer.verdict && answer.verdict.outcome === "recognised") await here.noteGranted(showing);
  if (!ready || !silent) return answer;
  const verdict = await here.judgeHere(showing);
  // What was granted here is sent under this name, and whoever shows the code once more is another
  // showing: under the same name the city would say again what it says of the grant.
  if (grantedOf(verdict).length > 0) unanswered.delete(what);
  return { status: 200, verdict };
}

const grantedOf = ({ outcome, offers }) =>
  outcome === "recognised" ? offers.filter(({ offline }) => offline === "grant") : [];

function questionOf({ code, scenario, venue, id }) {
  return { code, scenario, request_id: id, ...(venue && { venue }) };
}

async function heardOf(question, token, ms) {
  try {
    return await (ms ? askOnce(question, token, ms) : askTwice(question, token));
  } catch {
    // No answer.
    return { status: 0, verdict: null };
  }
}

// Returns {status, code}: `code` is the problem's, where the city names one; status 0 is no answer.
export async function takeBack(receipt, token) {
  try {
    const answer = await post(`/${receipt}/void`, undefined, token);
    const code = answer.status === 403 ? (await answer.json()).code : "";
    return { status: statusOf(answer), code };
  } catch {
    // As if unavailable: the button stays for another try.
    return { status: 0, code: "" };
  }
}
