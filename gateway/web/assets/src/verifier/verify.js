// Judges a code without the city: docs/protocol/verification.md, steps 0 to 8, in that order and with
// the same refusals as gateway/services/verify.py. No network, clock, storage or page: what the city
// said before is an argument. What may be said at all without the city: docs/offline-verification.md.
import { encode } from "./base64url.js";
import { readBundle } from "./bundle.js";
import { readCatalogue } from "./catalogue.js";
import { asciiBytes, verifies } from "./keys.js";
import { CLOCK_SKEW_S, checkLife } from "./life.js";
import { own } from "./members.js";
import { grantOf } from "./offers.js";
import { Refusal } from "./refusal.js";
import { fits, isWithin } from "./scenarios.js";
import { checkStatus, readStatusList } from "./status.js";
import { isObject } from "./strict_json.js";
import { read } from "./wire.js";

// Returns {outcome, hint?, offers}, and with `recognised` also holder, validUntil, issuer and codeId;
// the last two are for refusing a second showing, and are never shown.
//   text      as scanned
//   scenario  what the guest wants to use; `venue` where, or nothing
//   nowS      one reading of the clock, in seconds, for all steps
//   facts     what the city told this device of itself and its merchant
//   trust     {bundle, catalogues, statusLists}: payloads that `openDocument` gave
export async function verifyOffline(asked) {
  const { reason, ...told } = await judge(asked);
  return told;
}

// The same with the reason of a refusal, for tests; a merchant never learns it.
export async function judge(asked) {
  const seconds = { ...asked, nowS: Math.floor(asked.nowS) };
  try {
    return { reason: "recognised", ...(await recognise(seconds)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(error, seconds);
  }
}

function refused({ code, outcome = "undetermined", hint }, asked) {
  if (isComplete(asked.facts) && !serves(asked)) {
    // Asked of the merchant alone, it is answered alike for every text.
    return { reason: "merchant_scenario", outcome: "no_benefit", offers: [] };
  }
  return { reason: code, outcome, ...(hint && { hint }), offers: [] };
}

async function recognise(asked) {
  const { text, nowS, facts, trust } = asked;
  // (0), (1) Is the text a credit code at all?
  const code = read(text);
  const { claims } = code;
  // What is not known here cannot be judged here.
  if (!isComplete(facts) || !isObject(trust)) throw unknown("facts_missing");
  // (2) Is its home city a member, or was it ever?
  const bundle = await bundleOf(trust);
  const issuer = bundle && bundle.issuers.get(claims.issuer);
  if (!issuer && !isMember(claims.issuer, facts)) throw stranger();
  if (!issuer) throw unknown("issuer_unknown");
  // (3), (4) Which live key of that very city signed it?
  const key = await signedBy(code, issuer, nowS);
  // (4) May we rely on what we know of that city?
  checkTrust(bundle, issuer, nowS);
  // (5) Is the code alive, and of a life that its kind, city and key allow?
  const lifetimeMaxS = own(facts.lifetimeMax, claims.issuer);
  if (!Number.isSafeInteger(lifetimeMaxS)) throw unknown("lifetime_unknown");
  checkLife(claims, { nowS, lifetimeMaxS, keyExpiresAt: key.expiresAt });
  // (6) Is it for this city, this scenario, this merchant, this venue?
  checkPlace(claims, asked);
  // (7) Has it been revoked?
  if (claims.status) checkStatus(listOf(claims, issuer, trust), claims.status.index, nowS);
  // (8) Which offers does it get?
  return grantedTo(claims, asked);
}

function grantedTo(claims, { scenario, venue, nowS, facts, trust }) {
  const catalogues = (trust.catalogues || []).filter(isObject).map((payload) => readCatalogue(payload));
  const offers = grantOf(claims, catalogues, { scenario, venue, nowS, stopped: facts.stoppedOffers });
  return {
    outcome: "recognised",
    offers: offers.map(granted),
    ...(claims.maskedName !== undefined && { holder: claims.maskedName }),
    validUntil: claims.expiresAt,
    issuer: claims.issuer,
    codeId: claims.codeId,
  };
}

// Nobody can tell without the city whether the ticket of a quota is spent: whatever the offer says,
// it needs the connection.
function granted({ id, version, kind, value, cap, told, quota, offline }) {
  const when = quota === undefined ? offline : "online_only";
  return { id, version, kind, value: orNull(value), cap: orNull(cap), ...told, offline: when };
}

async function bundleOf(trust) {
  return isObject(trust.bundle) ? readBundle(trust.bundle) : null;
}

const orNull = (value) => (value === undefined ? null : value);

const isMember = (issuer, { division, agreed }) => issuer === division || own(agreed, issuer) !== undefined;

async function signedBy({ hint, payload, signature }, { keys }, nowS) {
  let reason = "no_key";
  for (const key of keys.filter(({ kid }) => kid.startsWith(hint))) {
    if (nowS < key.notBefore || nowS >= key.expiresAt) {
      reason = "key_not_usable";
      continue;
    }
    if (await verifies(key, signature, signingInput(key.kid, payload))) return key;
    reason = "code_bad_signature";
  }
  throw new Refusal(reason, "present_again");
}

// The one header that a code of this key has is rebuilt, never read.
function signingInput(kid, payload) {
  const header = asciiBytes(`{"alg":"ES256","kid":"${kid}","typ":"credit-code+jwt"}`);
  return asciiBytes(`${encode(header)}.${encode(payload)}`);
}

function checkTrust(bundle, issuer, nowS) {
  const counts = bundle.issuedAt <= nowS + CLOCK_SKEW_S && nowS < bundle.expiresAt;
  if (!counts) throw unknown("bundle_expired");
  if (nowS >= issuer.expires) throw unknown("issuer_not_active");
}

function checkPlace({ issuer, destination, scenario: made }, asked) {
  const { scenario, facts } = asked;
  if (destination !== undefined && destination !== facts.division) throw nothing("other_destination");
  if (made !== undefined && !fits(made, scenario)) throw nothing("other_scenario");
  if (!serves(asked)) throw nothing("merchant_scenario");
  if (issuer === facts.division) return;
  const agreed = own(facts.agreed, issuer);
  if (!Array.isArray(agreed)) throw unknown("issuer_unknown");
  if (!isWithin(scenario, agreed)) throw nothing("scenario_not_agreed");
}

// Whether the merchant may grant this scenario, at this venue. A venue is an id, or {id, scenarios}.
function serves({ scenario, venue, facts }) {
  if (!isWithin(scenario, facts.scenarios)) return false;
  if (!venue) return true;
  const found = facts.venues.find((each) => (isObject(each) ? each.id : each) === venue);
  if (found === undefined) return false;
  return !isObject(found) || !found.scenarios || isWithin(scenario, found.scenarios);
}

function listOf({ status }, issuer, { statusLists }) {
  if (!issuer.statusLists.includes(status.uri) || !isObject(statusLists)) return undefined;
  const payload = own(statusLists, status.uri);
  return isObject(payload) ? readStatusList(payload, status.uri) : undefined;
}

function isComplete(facts) {
  if (!isObject(facts) || typeof facts.division !== "string") return false;
  const lists = [facts.scenarios, facts.venues, facts.stoppedOffers].every(Array.isArray);
  return lists && [facts.agreed, facts.lifetimeMax].every(isObject);
}

const unknown = (code) => new Refusal(code, "undetermined");
const nothing = (code) => new Refusal(code, "no_benefit");
const stranger = () => new Refusal("not_a_member", "not_a_code", "not_a_member");
