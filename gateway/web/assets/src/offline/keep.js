// Keeps a pack on this phone while the city answers, and takes codes out of it when it does not.
import { choose, isDue, lookedAt, packOf, withCityTime, withCodeAgain, withoutCode } from "./pack.js";
import { changePack, erasePack, keepAskedPack, notePackAsked } from "./store.js";

const LOCK = "credit-code-pack";
// After an answer that brought no pack (too often, no incentive) this page asks no sooner again.
const PAUSE_MS = 10 * 60 * 1000;
let pausedUntilMs = 0;

// One tab at a time, where the browser knows how; `work` is left out if another tab is at it.
async function alone(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

// The pack, if it is this session's; another session's goes, whoever's it was.
const ownOf = (owner) => (pack) => (pack && pack.owner === owner ? pack : undefined);

// Asks for a pack if one is due; a failure says nothing and is tried another time.
export async function topUp({ token, owner }) {
  try {
    await alone(async () => {
      if (performance.now() < pausedUntilMs || !isDue(await changePack(ownOf(owner)), owner, Date.now())) return;
      const asked = await notePackAsked();
      pausedUntilMs = asked ? 0 : Infinity;
      if (!asked) return;
      const answer = await fetch("/api/v1/codes/pack", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Form-Token": token },
        body: "{}",
      });
      pausedUntilMs = performance.now() + PAUSE_MS;
      if (answer.status === 401 || answer.status === 403) await erasePack();
      if (!answer.ok) return;
      const said = await answer.json();
      await keepAskedPack(asked, said.codes === null ? undefined : packOf(said, owner, Date.now()));
    });
  } catch {
    // There is no network just now; the pack that is there goes on.
  }
}

// Corrects the kept clock by what the city just said, in Unix seconds.
export async function noteCityTime(citySeconds) {
  const phoneMs = Date.now();
  await changePack((pack) => pack && (withCityTime(pack, citySeconds, phoneMs) || pack));
}

// What somebody may do about the code that is shown: nothing, leave it out from now on, or go back.
export const [SAME, ANOTHER, AGAIN] = ["same", "another", "again"];

// Returns what `choose` says of the pack of this session (of any, where `owner` is not given), and
// the pack itself, after `move`.
export async function offlineCode({ owner, move = SAME } = {}) {
  const phoneMs = Date.now();
  const own = owner === undefined ? (pack) => pack : ownOf(owner);
  const pack = await changePack((kept) => {
    const found = own(kept);
    return found && moved(lookedAt(found, phoneMs), choose(found, phoneMs), move);
  });
  return { pack, choice: choose(pack, phoneMs) };
}

function moved(pack, shown, move) {
  if (move === ANOTHER && shown.code) return withoutCode(pack, shown.number);
  if (move === AGAIN && shown.why === "used") return withCodeAgain(pack);
  return pack;
}
