// Reads tests/vectors/catalogue.json and tickets.json as a stranger would: written from
// docs/protocol/documents.md, verification.md and docs/policy.md alone, with another library (jose)
// for signatures, and Node's own Unicode tables and HMAC.
//
//   node catalogues.mjs [catalogue.json tickets.json]
//
// Prints one JSON object, {"checked": n, "disagreements": [...]}; exit code 1 if there are any.

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compactVerify, importJWK } from "jose";
import { canonical, integer, strictJson } from "./strict_json.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");
const read = (place, name) => JSON.parse(readFileSync(place ?? join(here, name), "utf8"));
const CATALOGUE = read(process.argv[2], "catalogue.json");
const TICKETS = read(process.argv[3], "tickets.json");

const DAY = 86400;

class Refusal extends Error {}
const refuse = (code) => {
  throw new Refusal(code);
};

// --- the shell ----------------------------------------------------------------------------------

function tried(code, look) {
  try {
    return look();
  } catch {
    return refuse(code);
  }
}

async function shell(token, now) {
  if (token.length > 1024 * 1024) refuse("too_large");
  const parts = token.split(".");
  if (parts.length !== 3) refuse("jws_format");
  const [head, payload, signature] = tried("jws_format", () => parts.map(canonical));
  const header = tried("jws_format", () => strictJson(head));
  const [alg, kid, typ] = ["alg", "kid", "typ"].map((name) => header.get(name));
  if (header.size !== 3 || alg !== "ES256" || typ !== "credit-catalog+jwt") refuse("jws_format");
  if (signature.length !== 64) refuse("jws_format");
  const jwk = CATALOGUE.keys.find((each) => each.kid === kid) ?? refuse("trust_unknown_signer");
  await compactVerify(token, await importJWK(jwk, "ES256")).catch(() => refuse("jws_bad_signature"));
  const members = tried("json_not_strict", () => strictJson(payload));
  if (members.get("iss") !== CATALOGUE.leaf) refuse("trust_wrong_entity");
  if (members.has("crit")) refuse("trust_crit");
  const [iat, exp] = ["iat", "exp"].map((name) => integer(members.get(name)));
  if (Number.isNaN(iat) || Number.isNaN(exp)) refuse("json_members");
  if (exp - iat > 31 * DAY) refuse("trust_life_too_long");
  if (iat > now + 60) refuse("trust_from_future");
  if (now >= exp) refuse("trust_expired");
  return { members, iat };
}

// --- forms --------------------------------------------------------------------------------------

const must = (holds) => holds || refuse("catalogue_refused");
const isObject = (value) => must(value instanceof Map) && value;
const isList = (value, most) => must(Array.isArray(value) && value.length <= most) && value;
const isWhole = (value, least, most) => {
  const number = integer(value);
  must(least <= number && number <= most);
  return number;
};
const matches = (value, form) => must(typeof value === "string" && form.test(value)) && value;
const isTime = (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER);
// What is absent is undefined; null is a value like any other, and of no form.
const ifThere = (value, look, otherwise) => (value === undefined ? otherwise : look(value));

const HIDDEN = /[<>\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

function isText(value, most) {
  must(typeof value === "string" && value === value.normalize("NFC") && value === value.trim());
  const length = [...value].length;
  return must(0 < length && length <= most && !HIDDEN.test(value)) && value;
}

const isWords = (value) => ({
  zh: isText(isObject(value).get("zh"), 40),
  en: isText(value.get("en"), 90),
});

// --- offers -------------------------------------------------------------------------------------

const FEN = 100_000_000;
// Largest value (0: none, text: a discount), whether it may be absent, whether there may be a cap.
const KINDS = {
  discount_rate: ["0.80", false, true],
  free_admission: [0, true, false],
  fixed_price: [FEN, false, false],
  deposit_waiver: [0, true, true],
  pay_later: [90, false, true],
  extra_quota: [1000, false, false],
  extra_duration: [527_040, false, false],
  fee_free_minutes: [1440, false, false],
  priority_service: [0, true, false],
  voucher: [FEN, true, false],
  gift: [0, true, false],
};

function value(given, [most, mayBeAbsent]) {
  if (given === undefined) return must(mayBeAbsent) && undefined;
  if (typeof most === "string") return matches(given, /^0\.(?!00)[0-9]{2}$/);
  return isWhole(given, 1, most);
}

const quota = (given) => ({
  count: isWhole(isObject(given).get("count"), 1, 100),
  every: isWhole(given.get("every"), 1, 366),
  unit: matches(given.get("unit"), /^(?:day|month|year)$/),
});

function terms(given) {
  const kind = given.get("kind");
  must(typeof kind === "string" && Object.hasOwn(KINDS, kind));
  return {
    min_tier: isWhole(given.get("min_tier"), 1, 3),
    kind,
    value: value(given.get("value"), KINDS[kind]),
    cap: ifThere(given.get("cap"), (cap) => must(KINDS[kind][2]) && isWhole(cap, 1, FEN)),
    quota: ifThere(given.get("quota"), quota),
  };
}

function offer(given, scenario) {
  const resident = isObject(isObject(given).get("resident"));
  must(given.get("scenario") === scenario && !/^(?:gov|finance|probe)\./.test(scenario));
  matches(scenario, /^(?=.{1,32}$)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/);
  const [stated, theirs] = [terms(given), terms(resident)];
  must(JSON.stringify(stated) === JSON.stringify(theirs));
  isText(resident.get("source"), 200);
  ifThere(resident.get("illustrative"), (said) => must(/^(?:true|false)$/.test(said?.word)));
  isWhole(given.get("version"), 1, 9999);
  matches(given.get("offline"), /^(?:grant|online_only)$/);
  const from = isTime(given.get("valid_from"));
  ifThere(given.get("valid_until"), (until) => must(isTime(until) > from));
  const venues = ifThere(given.get("venues"), (each) => isList(each, 1000), []);
  venues.forEach((venue) => matches(venue, /^[A-Za-z0-9._-]{1,64}$/));
  must(new Set(venues).size === venues.length);
  ifThere(given.get("exclusions"), (each) => isList(each, 10).forEach(isWords));
  ifThere(given.get("words"), isWords);
  const id = matches(given.get("id"), /^[a-z0-9][a-z0-9-]{0,47}$/);
  return { id, scenario, group: JSON.stringify([stated.min_tier, stated.quota]) };
}

const isAgreed = (id) =>
  CATALOGUE.scenarios.some((whole) => id === whole || id.startsWith(`${whole}.`));

async function catalogue(token, now) {
  const { members, iat } = await shell(token, now);
  const version = matches(members.get("version"), /^[A-Za-z0-9._-]{1,12}$/);
  const from = isTime(members.get("valid_from"));
  must(isObject(members.get("scenarios")).size <= 200);
  const found = [];
  for (const [id, entry] of members.get("scenarios")) {
    if (!isAgreed(id)) continue;
    isWords(isObject(entry).get("name"));
    const offers = isList(entry.get("offers"), 500).map((each) => offer(each, id));
    must(new Set(offers.map((each) => each.group)).size <= 1);
    found.push(...offers);
  }
  must(found.length <= 500 && new Set(found.map((each) => each.id)).size === found.length);
  const venues = ifThere(members.get("venues"), isObject, new Map());
  must(venues.size <= 1000);
  for (const [id, venue] of venues) {
    matches(id, /^[A-Za-z0-9._-]{1,64}$/);
    isText(isObject(venue).get("name"), 60);
  }
  if (from > iat) refuse("catalogue_not_due");
  const offers = Object.fromEntries(found.map((each) => [each.id, each.scenario]));
  return { version, from, offers, said: said(members) };
}

// What a version says for ever: the scenarios that are looked at, and the venues, without members
// that nobody knows. An absent member says the same as its default.
function said(members) {
  const scenarios = [...members.get("scenarios")].filter(([id]) => isAgreed(id));
  const venues = [...ifThere(members.get("venues"), isObject, new Map())];
  return JSON.stringify([
    scenarios.map(([id, entry]) => [id, isWords(entry.get("name")), entry.get("offers").map(saidOfOffer)]).sort(),
    venues.map(([id, venue]) => [id, venue.get("name")]).sort(),
  ]);
}

function saidOfOffer(given) {
  const resident = given.get("resident");
  return [
    ...["id", "version", "valid_from", "valid_until"].map((name) => given.get(name)?.number ?? given.get(name)),
    terms(given),
    given.has("quota") ? "online_only" : given.get("offline"),
    resident.get("source"),
    resident.get("illustrative")?.word ?? "false",
    given.get("venues") ?? [],
    (given.get("exclusions") ?? []).map(isWords),
    ifThere(given.get("words"), isWords, null),
  ];
}

function check_follows(stored, offered) {
  if (offered.version === stored.version) {
    if (offered.said !== stored.said) refuse("catalogue_changed");
  } else if (offered.from <= stored.from) refuse("catalogue_rollback");
}

// --- quota tickets ------------------------------------------------------------------------------

const SHANGHAI = 8 * 3600;

/** Counts whole units from 1970-01-01 in Shanghai to a moment. */
function count(unit, moment) {
  const local = new Date((moment + SHANGHAI) * 1000);
  const months = (local.getUTCFullYear() - 1970) * 12 + local.getUTCMonth();
  if (unit === "day") return Math.floor((moment + SHANGHAI) / DAY);
  return unit === "month" ? months : Math.floor(months / 12);
}

/** Returns the day, counted from 1970-01-01 in Shanghai, on which a unit begins. */
function begin(unit, number) {
  if (unit === "day") return number;
  const months = unit === "month" ? number : number * 12;
  return Date.UTC(1970, months, 1) / (DAY * 1000);
}

const u32 = (number) => {
  const raw = Buffer.alloc(4);
  raw.writeUInt32BE(number);
  return raw;
};
const field = (text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);

function ticket({ subject, aud, scn, quota: { count: uses, every, unit }, iat, codes_today }) {
  const number = Math.floor(count(unit, iat) / every);
  const period = `${every}${unit}:${number}`;
  const day = count("day", iat) - begin(unit, number * every);
  const ends = begin(unit, (number + 1) * every) * DAY - SHANGHAI;
  const i = (day + codes_today) % uses;
  const told = Buffer.concat([...[subject, aud, scn, period].map(field), u32(i)]);
  const mac = createHmac("sha256", Buffer.from(TICKETS.secret, "hex")).update(told).digest();
  return { period, day, ends, i, nul: mac.subarray(0, 16).toString("base64url") };
}

// --- all rows -----------------------------------------------------------------------------------

const disagreements = [];
let checked = 0;

async function compare(name, wanted, look) {
  checked += 1;
  let found;
  try {
    found = await look();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    found = error.message;
  }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) disagreements.push({ name, wanted, found });
}

for (const { name, token, now, expected } of CATALOGUE.cases)
  await compare(
    `catalogue: ${name}`,
    expected.accepted ? expected.offers : expected.error,
    async () => (await catalogue(token, now)).offers,
  );
const first = CATALOGUE.cases[0];
const stored = await catalogue(first.token, first.now);
for (const { name, token, now, error } of CATALOGUE.followers)
  await compare(`follower: ${name}`, error, async () => {
    check_follows(stored, await catalogue(token, now));
    return null;
  });
for (const [place, row] of TICKETS.tickets.entries()) {
  const { period, day, ends, i, nul } = row;
  await compare(`ticket: ${place}`, { period, day, ends, i, nul }, () => ticket(row));
}

console.log(JSON.stringify({ checked, disagreements }));
process.exitCode = disagreements.length === 0 ? 0 : 1;
