// One version of a city's offers, out of its signed catalogue (gateway/policy/published.py). What is
// not known is left out, what is known has to be as documented, and one wrong offer refuses all.
import { DEPOSIT_NOTE, KINDS, describe } from "./benefit.js";
import { has, own } from "./members.js";
import { Refusal } from "./refusal.js";
import { isObject } from "./strict_json.js";

const MOST_FEN = 100_000_000;
const SCENARIO = /^(?=.{1,32}$)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;
const NEVER = /^(?:gov|finance|probe)\./;
const VENUE = /^[A-Za-z0-9._-]{1,64}$/;
const HIDDEN = hidden();

const known = new WeakMap();

// Returns {version, validFrom, offers} of a payload that `openDocument` gave. `looksAt` says which
// scenarios are looked at; without it all are, as in the catalogue of one's own city.
export function readCatalogue(payload, looksAt) {
  if (looksAt) return parseCatalogue(payload, looksAt);
  if (!known.has(payload)) known.set(payload, parseCatalogue(payload, () => true));
  return known.get(payload);
}

function parseCatalogue(payload, looksAt) {
  const version = matches(own(payload, "version"), /^[A-Za-z0-9._-]{1,12}$/);
  const validFrom = moment(own(payload, "valid_from"));
  const scenarios = object(own(payload, "scenarios"), 200);
  const offers = [];
  for (const id of Object.keys(scenarios).filter(looksAt)) {
    offers.push(...readScenario(id, object(scenarios[id])));
  }
  must(offers.length <= 500 && new Set(offers.map(({ id }) => id)).size === offers.length);
  checkVenues(ifThere(payload, "venues", (given) => object(given, 1000), {}));
  return { version, validFrom, offers };
}

function readScenario(id, entry) {
  words(own(entry, "name"));
  const offers = list(own(entry, "offers"), 500).map((each) => readOffer(object(each), id));
  // A code for a scenario could not say which tier or quota it is for.
  must(new Set(offers.map(({ minTier, quota }) => JSON.stringify([minTier, quota]))).size <= 1);
  return offers;
}

function readOffer(given, scenario) {
  must(own(given, "scenario") === scenario && SCENARIO.test(scenario) && !NEVER.test(scenario));
  const terms = readTerms(given);
  checkResident(object(own(given, "resident")), terms);
  const validFrom = moment(own(given, "valid_from"));
  const validUntil = ifThere(given, "valid_until", moment);
  must(validUntil === undefined || validUntil > validFrom);
  const exclusions = ifThere(given, "exclusions", (each) => list(each, 10).map(words), []);
  return {
    id: matches(own(given, "id"), /^[a-z0-9][a-z0-9-]{0,47}$/),
    version: whole(own(given, "version"), 1, 9999),
    scenario,
    ...terms,
    offline: matches(own(given, "offline"), /^(?:grant|online_only)$/),
    validFrom,
    validUntil,
    venues: ifThere(given, "venues", readVenues, []),
    exclusions,
    told: told(ifThere(given, "words", words) || describe(terms), exclusions, terms.kind),
  };
}

function readTerms(given) {
  const kind = own(given, "kind");
  must(typeof kind === "string" && KINDS.has(kind));
  const rule = KINDS.get(kind);
  const amount = has(given, "value") ? readValue(given.value, kind, rule) : undefined;
  must(amount !== undefined || rule.most === undefined || rule.optional);
  const cap = ifThere(given, "cap", (fen) => must(rule.capped) && whole(fen, 1, MOST_FEN));
  const quota = ifThere(given, "quota", readQuota);
  const minTier = whole(own(given, "min_tier"), 1, 3);
  return { minTier, kind, value: own(given, "value"), amount, cap, quota };
}

// The amount in the unit of its kind; a discount is spelled "0.80" and counted in hundredths.
function readValue(value, kind, { most }) {
  if (kind !== "discount_rate") return must(most !== undefined) && whole(value, 1, most);
  return Number(matches(value, /^0\.(?!00)[0-9]{2}$/).slice(2));
}

function readQuota(given) {
  return {
    count: whole(own(object(given), "count"), 1, 100),
    every: whole(own(given, "every"), 1, 366),
    unit: matches(own(given, "unit"), /^(?:day|month|year)$/),
  };
}

function checkResident(resident, terms) {
  must(JSON.stringify(readTerms(resident)) === JSON.stringify(terms));
  shown(own(resident, "source"), 200);
  ifThere(resident, "illustrative", (said) => must(typeof said === "boolean"));
}

function readVenues(given) {
  const venues = list(given, 1000).map((venue) => matches(venue, VENUE));
  must(new Set(venues).size === venues.length);
  return venues;
}

function checkVenues(venues) {
  for (const id of Object.keys(venues)) {
    matches(id, VENUE);
    shown(own(object(venues[id]), "name"), 60);
  }
}

// What a merchant reads: the words, and in brackets their limits.
function told({ zh, en }, exclusions, kind) {
  const limits = kind === "deposit_waiver" ? [...exclusions, DEPOSIT_NOTE] : exclusions;
  if (limits.length === 0) return { zh, en };
  const joined = (language, sign) => limits.map((each) => each[language]).join(sign);
  return { zh: `${zh}(${joined("zh", ";")})`, en: `${en} (${joined("en", "; ")})` };
}

// --- forms ---

function must(holds) {
  if (!holds) throw new Refusal("catalogue_refused");
  return true;
}

function object(given, most = Infinity) {
  must(isObject(given) && Object.keys(given).length <= most);
  return given;
}

function list(given, most) {
  must(Array.isArray(given) && given.length <= most);
  return given;
}

function whole(given, least, most) {
  must(Number.isSafeInteger(given) && given >= least && given <= most);
  return given;
}

const moment = (given) => whole(given, 0, Number.MAX_SAFE_INTEGER);

function matches(given, form) {
  must(typeof given === "string" && form.test(given));
  return given;
}

// What is absent is undefined; null is a value like any other, and of no form.
function ifThere(given, name, look, otherwise) {
  return has(given, name) ? look(given[name]) : otherwise;
}

function shown(given, most) {
  must(typeof given === "string" && given === given.normalize("NFC") && given === given.trim());
  const length = Array.from(given).length;
  must(length > 0 && length <= most && !HIDDEN.test(given));
  return given;
}

const words = (given) => ({ zh: shown(own(object(given), "zh"), 40), en: shown(own(given, "en"), 90) });

// Characters that could reorder, hide or mark up what stands around them. Browsers before ES2018 do
// not know their categories: there it is those that do it, by their numbers.
function hidden() {
  try {
    return new RegExp("[<>\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]", "u");
  } catch (_) {
    return /[<>\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufeff\ufff9-\uffff]/;
  }
}
