// Opens what a city signs: the strict shell around bundle, catalogue, status list and leaf
// configuration (docs/protocol/documents.md). What a payload means is read by the module that knows it.
import { decode } from "./base64url.js";
import { has, integer, own } from "./members.js";
import { THUMBPRINT, asciiBytes, parseJwk, verifies } from "./keys.js";
import { Refusal } from "./refusal.js";
import { parse } from "./strict_json.js";

const DAY_S = 24 * 3600;
const LEEWAY_S = 60;
const MOST_HEADER_BYTES = 256;
const SIGNATURE_BYTES = 64;

// Exact typ of the header, longest token in characters, longest life.
export const BUNDLE = "credit-bundle+jwt";
export const CATALOGUE = "credit-catalog+jwt";
export const STATUS_LIST = "statuslist+jwt";
export const STATEMENT = "entity-statement+jwt";
const KINDS = {
  [BUNDLE]: { mostChars: 1024 * 1024, longestS: DAY_S },
  [CATALOGUE]: { mostChars: 1024 * 1024, longestS: 31 * DAY_S },
  [STATUS_LIST]: { mostChars: 512 * 1024, longestS: DAY_S },
  [STATEMENT]: { mostChars: 64 * 1024, longestS: DAY_S },
};

// Returns the payload of a document that counts at `nowS`; throws a Refusal otherwise.
//   typ     one of the four above
//   issuer  leaf of the city that it has to be of
//   keys    JWKs of the live federation keys (K2) of that city, and of no other
export async function openDocument(token, { typ, issuer, keys, nowS }) {
  const { mostChars, longestS } = KINDS[typ];
  if (typeof token !== "string" || token.length > mostChars) throw new Refusal("too_large");
  const { kid, payload, signature, signed } = takeApart(token, typ);
  // Is it signed by a live key of this city?
  const jwk = keys.find((each) => each.kid === kid);
  if (jwk === undefined) throw new Refusal("trust_unknown_signer");
  const fits = await verifies(await parseJwk(jwk), signature, asciiBytes(signed));
  if (!fits) throw new Refusal("jws_bad_signature");
  // Does it say so itself, and does it count now?
  const members = parse(payload);
  if (own(members, "iss") !== issuer) throw new Refusal("trust_wrong_entity");
  if (has(members, "crit")) throw new Refusal("trust_crit");
  checkLife(members, longestS, nowS);
  return members;
}

function checkLife(members, longestS, nowS) {
  const issuedAt = integer(members, "iat");
  const expiresAt = integer(members, "exp");
  if (expiresAt - issuedAt > longestS) throw new Refusal("trust_life_too_long");
  if (issuedAt > nowS + LEEWAY_S) throw new Refusal("trust_from_future");
  if (nowS >= expiresAt) throw new Refusal("trust_expired");
}

function takeApart(token, typ) {
  const parts = token.split(".");
  const [head, payload, signature] = parts.map(decode);
  if (parts.length !== 3 || !head || !payload || !signature) throw badFormat();
  if (signature.length !== SIGNATURE_BYTES) throw badFormat();
  return { kid: kidOf(head, typ), payload, signature, signed: `${parts[0]}.${parts[1]}` };
}

function kidOf(head, typ) {
  const members = headerOf(head);
  if (Object.keys(members).sort().join() !== "alg,kid,typ") throw badFormat();
  if (members.alg !== "ES256" || members.typ !== typ) throw badFormat();
  if (typeof members.kid !== "string" || !THUMBPRINT.test(members.kid)) throw badFormat();
  return members.kid;
}

function headerOf(head) {
  if (head.length > MOST_HEADER_BYTES) throw badFormat();
  try {
    return parse(head);
  } catch (_) {
    throw badFormat();
  }
}

const badFormat = () => new Refusal("jws_format");
