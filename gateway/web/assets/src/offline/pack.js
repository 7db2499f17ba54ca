// Which code of a pack to show at a moment, or why there is none. No clock, no storage, no page.
//
// A pack is what the city answered, and beside it:
//   offsetMs  the city's time less this phone's, when the city last answered
//   seenMs    the latest moment, in the city's time, at which the pack was looked at
//   used      numbers of the codes that were shown and then replaced
//   owner     whose session asked for it; a random word, the same for as long as the session
const HOUR_S = 3600;
const TOP_UP_BELOW_S = 18 * HOUR_S;
const CLOCK_SLACK_MS = 90 * 1000;
const SAME_TIME_MS = 2000;

export function packOf(answer, owner, phoneMs) {
  const { start, slot_s: slotS, per_slot: perSlot, codes, now } = answer;
  const offsetMs = now * 1000 - phoneMs;
  return { start, slotS, perSlot, codes, owner, offsetMs, seenMs: now * 1000, used: [] };
}

// The city's time in ms; null if this phone's clock was set back since, so that nobody can know.
export function cityMs(pack, phoneMs) {
  const now = phoneMs + pack.offsetMs;
  return now < pack.seenMs - CLOCK_SLACK_MS ? null : now;
}

// The second from which on the pack has no slot any more.
export function packEnd(pack) {
  return pack.start + (pack.codes.length / pack.perSlot) * pack.slotS;
}

// Returns {code, number, changesInMs}, or {why: "none" | "clock" | "stale" | "used", freshAt?}.
export function choose(pack, phoneMs) {
  if (!pack) return { why: "none" };
  const now = cityMs(pack, phoneMs);
  if (now === null || now < pack.start * 1000) return { why: "clock" };
  const slot = Math.floor((now / 1000 - pack.start) / pack.slotS);
  const first = slot * pack.perSlot;
  if (first >= pack.codes.length) return { why: "stale" };
  const freshAt = pack.start + (slot + 1) * pack.slotS;
  const changesInMs = freshAt * 1000 - now;
  for (let number = first; number < first + pack.perSlot; number += 1) {
    if (!pack.used.includes(number)) return { code: pack.codes[number], number, changesInMs };
  }
  return freshAt < packEnd(pack) ? { why: "used", freshAt, changesInMs } : { why: "stale" };
}

// Whether a new pack should be asked for: there is none of this session's, or it has aged.
export function isDue(pack, owner, phoneMs) {
  if (!pack || pack.owner !== owner) return true;
  const now = cityMs(pack, phoneMs);
  return now === null || packEnd(pack) - now / 1000 < TOP_UP_BELOW_S;
}

// The pack after one more look at it; the clock of a phone may be corrected, but not turned back.
export function lookedAt(pack, phoneMs) {
  const now = cityMs(pack, phoneMs);
  return now === null ? pack : { ...pack, seenMs: Math.max(pack.seenMs, now) };
}

export function withoutCode(pack, number) {
  return { ...pack, used: [...pack.used, number] };
}

// The pack in which the code that was replaced last may be shown again: perhaps nobody scanned it.
export function withCodeAgain(pack) {
  return { ...pack, used: pack.used.slice(0, -1) };
}

// The pack with the city's time as it was just heard; null if that is nothing new.
export function withCityTime(pack, citySeconds, phoneMs) {
  const offsetMs = citySeconds * 1000 - phoneMs;
  if (Math.abs(offsetMs - pack.offsetMs) <= SAME_TIME_MS) return null;
  return { ...pack, offsetMs, seenMs: citySeconds * 1000 };
}
