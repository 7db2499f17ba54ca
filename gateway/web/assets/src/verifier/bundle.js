// The trust bundle: what an offline verifier knows of every city (gateway/trust/bundle.py).
import { keyObjects, parseJwk, parseKeySet } from "./keys.js";
import { has, inner, integer, text, texts } from "./members.js";
import { Refusal } from "./refusal.js";

const MOST_ISSUERS = 1024;
const MOST_LISTS = 16;
const MOST_URI_CHARS = 48;
const DIVISION = /^[0-9]{6}$/;
const STATUS_LIST =
  /^(?:https:\/\/[a-z0-9.-]+(?::[0-9]+)?|http:\/\/127\.0\.0\.1:[0-9]+)(?:\/(?!\.\.?\/)[A-Za-z0-9._~-]+)*\/status\/[1-9][0-9]{0,3}$/;

const known = new WeakMap();

// Returns {issuedAt, expiresAt, issuers} of a payload that `openDocument` gave; one wrong member
// refuses the whole. A payload is read once, however often it is asked for.
export function readBundle(payload) {
  if (!known.has(payload)) known.set(payload, parseBundle(payload));
  return known.get(payload);
}

async function parseBundle(payload) {
  const cities = inner(payload, "issuers");
  const divisions = Object.keys(cities);
  const fits = divisions.length <= MOST_ISSUERS && divisions.every((city) => DIVISION.test(city));
  if (!fits) throw new Refusal("trust_bundle");
  const issuers = new Map();
  for (const city of divisions) issuers.set(city, await parseIssuer(inner(cities, city)));
  return { issuedAt: integer(payload, "iat"), expiresAt: integer(payload, "exp"), issuers };
}

async function parseIssuer(members) {
  // `keys` stands in the city itself, as in a key set.
  const jwks = keyObjects(members);
  const statusLists = texts(members, "status_lists", STATUS_LIST, MOST_LISTS, MOST_URI_CHARS);
  const keys = await Promise.all(jwks.map(parseCodeKey));
  return {
    keys,
    statusLists,
    statusKeys: await parseStatusKeys(members),
    checked: integer(members, "checked"),
    expires: integer(members, "expires"),
  };
}

async function parseCodeKey(jwk) {
  for (const name of ["use", "alg"]) text(jwk, name);
  const notBefore = integer(jwk, "nbf");
  const expiresAt = integer(jwk, "exp");
  if (expiresAt <= notBefore) throw new Refusal("trust_bundle");
  return { ...(await parseJwk(jwk)), notBefore, expiresAt };
}

// The federation keys that may sign the city's status lists; a city that names none has none.
async function parseStatusKeys(members) {
  if (!has(members, "status_keys")) return [];
  return parseKeySet({ keys: members.status_keys });
}

// Which city publishes a list, as `openDocument` asks for it: {issuer, keys}; null if none does.
// A list counts for the very city whose entry names it.
export function statusListSource(bundle, division, uri) {
  const city = bundle.issuers.get(division);
  if (city === undefined || !city.statusLists.includes(uri)) return null;
  return { issuer: uri.slice(0, uri.lastIndexOf("/status/")), keys: city.statusKeys.map(({ jwk }) => jwk) };
}
