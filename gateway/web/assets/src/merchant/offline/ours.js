// Whether an answer is one of the city at all. A hotspot's page, a proxy's word or a half-written file
// with status 200 is none, and a 401 that the city did not say ends no device. No network here.
import { isObject } from "../../verifier/strict_json.js";

const OUTCOMES = ["recognised", "present_again", "no_benefit", "not_a_code", "undetermined"];
const PROBLEM = "application/problem+json";
const GONE_FROM = 502;

// Of an answer, its status; 0, which is no answer, where somebody else says that we may not.
export function statusOf({ status, headers }) {
  const isOurs = status !== 401 && status !== 403;
  return isOurs || (headers.get("Content-Type") || "").startsWith(PROBLEM) ? status : 0;
}

// Whether nobody is there: no answer, or one of what stands before the city.
export const isGone = (status) => status === 0 || status >= GONE_FROM;

export const isVerdict = (said) =>
  isObject(said) && OUTCOMES.includes(said.outcome) && (said.offers === undefined || Array.isArray(said.offers));

export function isFacts(said) {
  if (!isObject(said) || !isObject(said.facts) || !isObject(said.page)) return false;
  const { now, owner, token, keys, facts } = said;
  const texts = [owner, token, facts.leaf, facts.division];
  return Number.isSafeInteger(now) && Array.isArray(keys) && texts.every((each) => typeof each === "string");
}
