// When a device asks for what, what of it still counts, and how old it is. No clock, storage or page.
//
// A document is kept as {token, payload, askedS}: as it came, opened, and when it was last obtained.
// `trust` is what verifyOffline takes: {bundle, catalogues, statusLists}.
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const REFRESH_S = 10 * MINUTE_S;
const LIST_S = 15 * MINUTE_S;
// As the city keeps its own (gateway/policy/versions.py): the longest life of a code, and a day.
const VERSION_KEPT_S = 32 * 24 * HOUR_S;
export const SOFT_S = HOUR_S;

// Whether something that was obtained at a moment, or never, is to be asked for again.
export function isDue(askedS, nowS, everyS = REFRESH_S) {
  return askedS === undefined || askedS > nowS || nowS - askedS >= everyS;
}

// How often a status list is asked for: as it says itself, and no more often than each minute.
export function everyOf(list) {
  return Math.max(list && Number.isInteger(list.ttl) ? list.ttl : LIST_S, MINUTE_S);
}

// Whether a document may take the place of the one that is kept: never an older one.
export function replaces(kept, offered) {
  return kept === undefined || offered.iat > kept.iat;
}

// The versions that a code may still name: until long enough after the next one came into force.
export function neededVersions(catalogues, nowS) {
  const sorted = [...catalogues].sort((one, other) => one.valid_from - other.valid_from);
  return sorted.filter((_, place) => {
    const next = sorted[place + 1];
    return next === undefined || nowS < next.valid_from + VERSION_KEPT_S;
  });
}

// What of the kept documents counts at a moment. A catalogue counts as long as its version does: it
// says the same for ever, and codes name it after its signature has run out. Only the one in force has
// to be signed for now: without that, nobody says that it still is.
export function trustAt({ bundle, catalogues, lists }, nowS) {
  const lives = (document) => document !== undefined && document.iat <= nowS + MINUTE_S && nowS < document.exp;
  const alive = Object.entries(lists).filter(([, list]) => lives(list));
  return {
    bundle: lives(bundle) ? bundle : undefined,
    catalogues: neededVersions(catalogues, nowS).filter((each, place, all) => {
      const next = all[place + 1];
      return nowS < each.exp || (next !== undefined && next.valid_from <= nowS);
    }),
    statusLists: Object.fromEntries(alive),
  };
}

// Returns {mood, ageS}: "none", "fresh", "soft" from an hour on, "ended" from the bundle's end on.
export function ageOf(bundle, nowS) {
  if (bundle === undefined || nowS === null) return { mood: "none" };
  const ageS = Math.max(nowS - bundle.iat, 0);
  if (nowS >= bundle.exp) return { mood: "ended", ageS };
  return { mood: ageS < SOFT_S ? "fresh" : "soft", ageS };
}

// Returns [how many, "minutes" or "hours"]: whole ones, rounded down, at least one minute.
export function spokenAge(ageS) {
  if (ageS < HOUR_S) return [Math.max(Math.floor(ageS / MINUTE_S), 1), "minutes"];
  return [Math.floor(ageS / HOUR_S), "hours"];
}
