// Takes apart what docs/federation.md calls a statement, and reads its content; written from that page
// alone, with another library (jose) for keys.

import { createHash } from "node:crypto";
import { calculateJwkThumbprint, importJWK } from "jose";
import { canonical, integer, strictJson } from "./strict_json.mjs";

const DAY = 24 * 3600;
export const LONGEST = { anchor: 90 * DAY, subordinate: 90 * DAY, leaf: DAY };

/** Why a statement is refused; the message is the code. */
export class Refusal extends Error {}
export const refuse = (code) => {
  throw new Refusal(code);
};
export const must = (holds, code = "json_members") => holds || refuse(code);
const orRefuse = (look, code) => {
  try {
    return look();
  } catch {
    return refuse(code);
  }
};

// --- the token ----------------------------------------------------------------------------------

const KID = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Returns the parts of a statement, unverified. */
export function read(token) {
  must(token.length <= 65_536, "too_large");
  const parts = token.split(".");
  must(parts.length === 3, "jws_format");
  const [head, payload, signature] = parts.map((part) => orRefuse(() => canonical(part), "jws_format"));
  must(head.length <= 256 && signature.length === 64, "jws_format");
  const header = orRefuse(() => strictJson(head), "jws_format");
  const [alg, kid, typ] = ["alg", "kid", "typ"].map((name) => header.get(name));
  must(header.size === 3 && alg === "ES256" && typ === "entity-statement+jwt", "jws_format");
  must(KID.test(kid), "jws_format");
  const signed = token.slice(0, token.lastIndexOf("."));
  return { kid, payload, token, fingerprint: createHash("sha256").update(signed).digest("hex") };
}

// --- forms --------------------------------------------------------------------------------------

const isObject = (value) => must(value instanceof Map) && value;
const isList = (value, most) => must(Array.isArray(value) && value.length <= most) && value;
const isText = (value, form = /^/) =>
  must(typeof value === "string" && 0 < [...value].length && [...value].length <= 1024) &&
  must(form.test(value)) &&
  value;
const isWhole = (value, least = 0, most = Number.MAX_SAFE_INTEGER) => {
  const number = integer(value);
  must(least <= number && number <= most);
  return number;
};
const ifThere = (value, look) => (value === undefined ? undefined : look(value));

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;
const isName = (value) =>
  must([...isText(value)].length <= 128 && value.trim() !== "" && !HIDDEN.test(value), "trust_metadata");

const SCENARIO = /^(?!(?:gov|finance)\.)(?=.{1,32}$)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;

async function key(given) {
  const bad = "jwk_invalid";
  must(!["d", "p", "q", "dp", "dq", "qi", "oth", "k"].some((name) => given.has(name)), bad);
  must(given.get("kty") === "EC" && given.get("crv") === "P-256", bad);
  must((given.get("use") ?? "sig") === "sig" && (given.get("alg") ?? "ES256") === "ES256", bad);
  const jwk = { kty: "EC", crv: "P-256" };
  for (const name of ["x", "y"]) {
    jwk[name] = given.get(name);
    must(orRefuse(() => canonical(jwk[name]), bad).length === 32, bad);
  }
  must((await calculateJwkThumbprint(jwk, "sha256")) === given.get("kid"), bad);
  // Importing refuses what is not on the curve.
  const native = await importJWK(jwk, "ES256").catch(() => refuse(bad));
  return { kid: given.get("kid"), native };
}

/** Returns the keys of a set as {kid, native}; `before` looks at each first. */
export async function keySet(set, before = () => undefined) {
  const keys = isObject(set).get("keys");
  must(Array.isArray(keys) && keys.length <= 16, "jwk_invalid");
  must(keys.every((each) => each instanceof Map && typeof each.get("kid") === "string"), "jwk_invalid");
  must(new Set(keys.map((each) => each.get("kid"))).size === keys.length, "jwk_invalid");
  const found = [];
  for (const each of keys) {
    before(each);
    found.push(await key(each));
    if (each.has("nbf")) must(integer(each.get("nbf")) < integer(each.get("exp")), "trust_metadata");
  }
  return found;
}

function codeKey(given) {
  for (const name of ["use", "alg"]) isText(given.get(name));
  for (const name of ["iat", "nbf", "exp"]) isWhole(given.get(name));
}

// --- what a statement says ----------------------------------------------------------------------

const CONTENT = { anchor: anchorContent, subordinate: subordinateContent, leaf: leafContent };

/** Returns what a verified payload of `role` says about the city. */
export async function content(role, payload, city) {
  const { leaf, anchor } = city;
  const members = orRefuse(() => strictJson(payload), "json_not_strict");
  must(members.get("iss") === (role === "leaf" ? leaf : anchor), "trust_wrong_entity");
  must(members.get("sub") === (role === "anchor" ? anchor : leaf), "trust_wrong_entity");
  must(!members.has("crit"), "trust_crit");
  const policies = ["metadata_policy", "metadata_policy_crit"];
  must(!policies.some((name) => members.has(name)), "trust_metadata_policy");
  if (role !== "leaf") must(!members.has("authority_hints"), "trust_authority_hints");
  const special = await CONTENT[role](members, anchor);
  const [iat, exp] = ["iat", "exp"].map((name) => isWhole(members.get(name)));
  must(exp - iat <= LONGEST[role], "trust_life_too_long");
  const keys = await keySet(members.get("jwks"));
  must(keys.length > 0, "trust_no_keys");
  return { iat, exp, keys, kids: keys.map(({ kid }) => kid), ...special };
}

async function anchorContent(members, anchor) {
  const own = isObject(isObject(members.get("metadata")).get("federation_entity"));
  for (const name of ["fetch", "list"])
    must(own.get(`federation_${name}_endpoint`) === `${anchor}/${name}`, "trust_endpoint");
  isName(own.get("organization_name"));
  return {};
}

async function subordinateContent(members) {
  must(!members.has("metadata"), "trust_metadata_policy");
  const types = ifThere(members.get("constraints"), (given) => isObject(given).get("allowed_entity_types"));
  ifThere(types, (given) => isList(given, 16).forEach((each) => isText(each, /^[a-z0-9_]{1,64}$/)));
  return { mayIssue: types === undefined || types.includes("credit_code_issuer") };
}

async function leafContent(members, anchor) {
  const hints = members.get("authority_hints");
  must(Array.isArray(hints) && hints.length === 1 && hints[0] === anchor, "trust_authority_hints");
  ifThere(members.get("trust_anchor_hints"), (given) => isList(given, 1024).forEach((each) => isText(each)));
  const metadata = isObject(members.get("metadata"));
  const [issuer, verifier] = ["issuer", "verifier"].map((role) => metadata.get(`credit_code_${role}`));
  must(issuer !== undefined || verifier !== undefined, "trust_metadata");
  ifThere(verifier, (given) => {
    const scenarios = isList(isObject(given).get("scenarios_supported"), 256);
    scenarios.forEach((each) => isText(each, SCENARIO));
    must(new Set(scenarios).size === scenarios.length);
  });
  return issuer === undefined ? {} : issuerContent(isObject(issuer));
}

async function issuerContent(issuer) {
  isName(issuer.get("organization_name"));
  isName(issuer.get("organization_name#zh-Hans"));
  isList(issuer.get("contacts"), 8).forEach(isName);
  const division = isText(issuer.get("division_code"), /^[0-9]{6}$/);
  isWhole(issuer.get("code_lifetime_max"), 1, 31 * DAY);
  const codeKeys = await keySet(issuer.get("jwks"), codeKey);
  return { division, codeKids: codeKeys.map(({ kid }) => kid) };
}
