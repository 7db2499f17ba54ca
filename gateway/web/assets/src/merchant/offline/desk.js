// The page's own judge for when the city does not answer, and what it keeps for the city.
// Start at `start`; `judgeHere` and `alreadyGranted` are what the page asks.
import { verifyOffline } from "../../verifier/verify.js";
import { read } from "../../verifier/wire.js";
import { sendBatch } from "./city.js";
import { isGone } from "./ours.js";
import { MOST_WAITING, drain, isInTime, pauseMs } from "./queue.js";
import { cityNow, hearDocuments, hearFacts, heldDocuments } from "./refresh.js";
import { ageOf, trustAt } from "./rules.js";
import { open, seal, tagOf } from "./secrets.js";
import { count, drop, entries, eraseAll, get, put, putFirst, settleQueue } from "./store.js";

const LOCK = "credit-code-merchant";
const TICK_MS = 60 * 1000;
const PRESENT_AGAIN = { outcome: "present_again", offers: [] };
const UNDETERMINED = { outcome: "undetermined", offers: [] };
// A burn is kept as long after a code's end (docs/storage.md).
const SEEN_S = 72 * 3600;

let held = { bundle: undefined, catalogues: [], lists: {} };
let silent = false;
let failures = 0;
let pausedUntilMs = 0;
let told = { onChange: () => undefined, onGone: () => undefined };
let formToken = "";

export const token = () => formToken;

// Whether the city did not answer the last time that it was asked.
export const isSilent = () => silent;

// One tab at a time, where the browser knows how; the others leave it out.
async function alone(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

// Begins to keep what is needed. `onChange(state)` hears how things are, `onGone(unsent)` that this
// device was ended and everything erased.
export async function start(how) {
  told = how;
  formToken = how.token;
  addEventListener("online", () => tick({ soon: true }));
  addEventListener("offline", () => heard(false));
  setInterval(() => tick({}), TICK_MS);
  await tick({ soon: true });
}

// The page asked the city, and got an answer or none.
export function heard(answered) {
  const back = silent && answered;
  silent = !answered;
  if (back) tick({ soon: true });
  else tell();
}

async function tick({ soon }) {
  try {
    await alone(async () => {
      if (soon) pausedUntilMs = 0;
      const nowS = await refresh();
      // What was granted goes first: no partner that answers slowly holds it up.
      await sync().catch(() => undefined);
      if (nowS === undefined) return;
      await hearDocuments(nowS);
      await forgetOld(nowS);
    });
    held = await heldDocuments((await cityNow(Date.now())) || 0);
  } catch {
    // Nothing can be kept here, or not now.
  }
  await tell();
}

async function hear() {
  const { status, token: fresh, erased } = await hearFacts(Date.now());
  if (fresh) formToken = fresh;
  if (erased) await settleQueue([], erased);
  return status;
}

// Asks about this device anew, for a page whose own word for its forms is of another day. Returns
// whether the city still lets it verify.
export async function renew() {
  try {
    return (await hear()) === 200;
  } catch {
    // Nothing can be kept here; then the page itself is to be had anew.
    return false;
  }
}

// Returns the city's time, if it just said what that is.
async function refresh() {
  const status = await hear();
  if (status === 401) return void (await gone());
  silent = isGone(status);
  if (status !== 200) return undefined;
  const nowS = await cityNow(Date.now());
  return nowS === null ? undefined : nowS;
}

// This device was revoked, or its time is over: nothing of a guest stays on it.
export async function gone() {
  const unsent = await eraseAll().catch(() => 0);
  held = { bundle: undefined, catalogues: [], lists: {} };
  told.onGone(unsent);
}

// Sends what waits; each goes once and is erased when its result is here.
async function sync() {
  if (silent || performance.now() < pausedUntilMs) return;
  const nowS = await cityNow(Date.now());
  if (nowS !== null) await dropLate(nowS);
  const waiting = await Promise.all((await entries("queue")).map(([, value]) => open(value)));
  const items = waiting.filter(Boolean).sort((one, other) => one.scanned_at - other.scanned_at);
  // A clock that was ahead is no reason to lose a grant: nothing was scanned later than now.
  if (nowS !== null) items.forEach((item) => (item.scanned_at = Math.min(item.scanned_at, nowS)));
  const status = await drain(
    items,
    (batch) => sendBatch(batch, formToken),
    (fates) => settleQueue(fates),
  );
  failures = status === 200 ? 0 : failures + 1;
  pausedUntilMs = failures ? performance.now() + pauseMs(failures) : 0;
  if (status === 401) await gone();
}

async function dropLate(nowS) {
  const late = (await entries("queue")).filter(([, { scannedAt }]) => !isInTime(scannedAt, nowS));
  if (late.length) await settleQueue(late.map(([key]) => [key, "dropped"]));
}

// By the city's own time only: a phone's clock that is set ahead and back would forget a showing.
async function forgetOld(nowS) {
  const over = (await entries("seen")).filter(([, until]) => until <= nowS);
  await drop("seen", over.map(([key]) => key));
}

async function tell() {
  try {
    const nowS = await cityNow(Date.now());
    const [waiting, tally, page] = [await count("queue"), await get("kept", "tally"), await get("kept", "page")];
    told.onChange({ silent, waiting, tally, page, ...ageOf(held.bundle, nowS) });
  } catch {
    told.onChange({ silent, waiting: 0, mood: "none" });
  }
}

async function judgedAt(showing, nowS) {
  const facts = await get("kept", "facts");
  const stopped = await get("kept", "stopped");
  if (!facts || stopped || nowS === null) return UNDETERMINED;
  const { code: text, scenario, venue } = showing;
  return verifyOffline({ text, scenario, venue: venue || undefined, nowS, facts, trust: trustAt(held, nowS) });
}

// Whether this device can judge anything at all just now.
export async function isReady() {
  try {
    const nowS = await cityNow(Date.now());
    return nowS !== null && trustAt(held, nowS).bundle !== undefined && !(await get("kept", "stopped"));
  } catch {
    return false;
  }
}

// Returns the members of an answer, found here: {outcome, hint?, offers, holder?, checked: "later"}.
// What it lets somebody grant waits for the city from then on, and the code is good here no more.
export async function judgeHere(showing) {
  try {
    const nowS = await cityNow(Date.now());
    const { issuer, codeId, validUntil, ...said } = await judgedAt(showing, nowS);
    if (said.outcome === "undetermined" && (await isSeen(showing.code))) return again();
    if (said.outcome !== "recognised") return { ...said, checked: "later" };
    const tag = await tagOf(`${issuer} ${codeId}`);
    const offers = (await count("queue")) < MOST_WAITING ? said.offers : onlineOnly(said.offers);
    const answer = { ...said, offers, checked: "later" };
    const grants = offers.some(({ offline }) => offline === "grant");
    if (!grants) return (await get("seen", tag)) ? again() : answer;
    const item = { code: showing.code, scenario: showing.scenario, request_id: showing.id, scanned_at: nowS };
    if (showing.venue) item.venue = showing.venue;
    const queued = { ...(await seal(item)), scannedAt: nowS };
    const first = await putFirst(["seen", tag, validUntil + SEEN_S], ["queue", showing.id, queued]);
    tell();
    return first ? answer : again();
  } catch {
    return { ...UNDETERMINED, checked: "later" };
  }
}

const markOf = (text) => {
  const { issuer, codeId } = read(text).claims;
  return tagOf(`${issuer} ${codeId}`);
};

// A text that is no code was never granted anything.
async function isSeen(text) {
  try {
    return (await get("seen", await markOf(text))) !== undefined;
  } catch {
    return false;
  }
}

// What could not wait for the city any more needs the connection.
const onlineOnly = (offers) => offers.map((offer) => ({ ...offer, offline: "online_only" }));

const again = () => ({ ...PRESENT_AGAIN, checked: "later" });

// Whether this device granted something for a code already; asked before the city is, which may not
// have heard of it yet.
export async function alreadyGranted(showing) {
  try {
    return (await count("queue")) > 0 && (await isSeen(showing.code));
  } catch {
    return false;
  }
}

// The city recognised a code: without it, this device refuses it from now on as well.
export async function noteGranted(showing) {
  try {
    // By what stands in the code: the city may know more than this device, which could not judge it.
    const { expiresAt } = read(showing.code).claims;
    await put("seen", await markOf(showing.code), expiresAt + SEEN_S);
  } catch {
    // Then the city alone knows.
  }
}
