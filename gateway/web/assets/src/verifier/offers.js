// What a code gets here and now (step 8): gateway/policy/decision.py and versions.py.
import { atLeastAsGood } from "./benefit.js";
import { Refusal } from "./refusal.js";
import { fits } from "./scenarios.js";

const KEPT_S = 32 * 24 * 3600;
const LEEWAY_S = 60;

// Returns the offers that a code gets, at least one. `asked` is {scenario, venue, nowS, stopped}.
//   catalogues  versions as `readCatalogue` gives them; those that are held
export function grantOf(claims, catalogues, asked) {
  const versions = catalogues.slice().sort((one, other) => one.validFrom - other.validFrom);
  return claims.tier === undefined ? ofScenario(claims, versions, asked) : ofTier(claims, versions, asked);
}

function ofTier({ tier }, versions, { scenario, venue, nowS, stopped }) {
  const present = versions.filter(({ validFrom }) => validFrom <= nowS).pop();
  if (present === undefined) throw unknown("catalogue_unknown");
  const reached = present.offers.filter(
    (offer) => fits(offer.scenario, scenario) && offer.minTier <= tier && holds(offer, venue, nowS, stopped),
  );
  const granted = bestOf(reached.filter(({ quota }) => quota === undefined));
  if (granted.length > 0) return granted;
  throw nothing("no_offer", reached.length > 0 ? "scenario_code" : undefined);
}

function ofScenario(claims, versions, { venue, nowS, stopped }) {
  const version = named(claims, versions, nowS);
  const offers = bestOf(
    version.offers.filter(
      (offer) => offer.scenario === claims.scenario && holds(offer, venue, nowS, stopped),
    ),
  );
  if (offers.length === 0) throw nothing("no_offer");
  // Without a ticket nobody could count; its home city did not go by our catalogue.
  if (offers[0].quota !== undefined && claims.ticket === undefined) throw nothing("ticket_missing");
  return offers;
}

// The version that a code names, if it was in force when the code was made; a minute on both sides
// is for the clock of whoever made it.
function named({ policyVersion, issuedAt }, versions, nowS) {
  const place = versions.findIndex(({ version }) => version === policyVersion);
  // One that is not held here may well be known to the city.
  if (place < 0) throw unknown("version_unknown");
  const found = versions[place];
  const next = versions[place + 1];
  const begun = issuedAt >= found.validFrom - LEEWAY_S;
  const over = next && (issuedAt >= next.validFrom + LEEWAY_S || nowS >= next.validFrom + KEPT_S);
  if (!begun || over) throw nothing("version_not_in_force");
  return found;
}

function holds(offer, venue, nowS, stopped) {
  const now = offer.validFrom <= nowS && (offer.validUntil === undefined || nowS < offer.validUntil);
  const here = offer.venues.length === 0 || offer.venues.includes(venue);
  return now && here && !stopped.includes(offer.id);
}

// `offers` without those that another one replaces; of equals the first stays.
export function bestOf(offers) {
  return offers.filter(
    (offer, place) =>
      !offers.some(
        (other, otherPlace) =>
          otherPlace !== place &&
          replaces(other, offer) &&
          (otherPlace < place || !replaces(offer, other)),
      ),
  );
}

function replaces(one, other) {
  const coversAll =
    one.exclusions.length === 0 || JSON.stringify(one.exclusions) === JSON.stringify(other.exclusions);
  const asSoon = one.offline === "grant" || other.offline === "online_only";
  return coversAll && asSoon && atLeastAsGood(one, other);
}

const nothing = (code, hint) => new Refusal(code, "no_benefit", hint);
const unknown = (code) => new Refusal(code, "undetermined");
