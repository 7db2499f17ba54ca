// P-256 public keys as JWK (gateway/jose/keys.py): one form, on the curve, kid the RFC 7638 thumbprint.
import { decode, encode } from "./base64url.js";
import { array, has, own, text } from "./members.js";
import { Refusal } from "./refusal.js";
import { isObject } from "./strict_json.js";

const MOST_KEYS = 16;
const BYTES = 32;
const SIGNATURE_BYTES = 64;
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const FIXED = { kty: "EC", crv: "P-256" };
const IF_THERE = { use: "sig", alg: "ES256" };
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SCHEME = { name: "ECDSA", hash: "SHA-256" };
// The prime of the field, whose multiples may not be added to a coordinate.
const FIELD = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

const badKey = () => new Refusal("jwk_invalid");

// Of a kid: the canonical spelling of 32 bytes.
export const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

// The JWKs of a set as objects, at most 16, none twice.
export function keyObjects(set) {
  let found;
  try {
    found = array(set, "keys", MOST_KEYS);
  } catch (_) {
    throw badKey();
  }
  if (!found.every((jwk) => isObject(jwk) && typeof own(jwk, "kid") === "string")) throw badKey();
  if (new Set(found.map((jwk) => jwk.kid)).size !== found.length) throw badKey();
  return found;
}

// Returns {kid, jwk, native}: the key of a JWK, checked.
export async function parseJwk(jwk) {
  if (!isObject(jwk) || PRIVATE.some((name) => has(jwk, name))) throw badKey();
  if (Object.keys(FIXED).some((name) => own(jwk, name) !== FIXED[name])) throw badKey();
  if (Object.keys(IF_THERE).some((name) => has(jwk, name) && jwk[name] !== IF_THERE[name])) throw badKey();
  const x = coordinate(own(jwk, "x"));
  const y = coordinate(own(jwk, "y"));
  if (own(jwk, "kid") !== (await thumbprint(x, y))) throw badKey();
  try {
    const native = await crypto.subtle.importKey("jwk", { ...FIXED, x, y }, CURVE, false, ["verify"]);
    return { kid: jwk.kid, jwk: { ...FIXED, x, y, kid: jwk.kid }, native };
  } catch (_) {
    throw badKey();
  }
}

export async function parseKeySet(set) {
  return Promise.all(keyObjects(set).map(parseJwk));
}

export async function verifies(key, signature, message) {
  if (signature.length !== SIGNATURE_BYTES) return false;
  return crypto.subtle.verify(SCHEME, key.native, signature, message);
}

export function asciiBytes(ascii) {
  return Uint8Array.from(ascii, (letter) => letter.charCodeAt(0));
}

async function thumbprint(x, y) {
  const canonical = asciiBytes(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`);
  return encode(new Uint8Array(await crypto.subtle.digest("SHA-256", canonical)));
}

function coordinate(spelled) {
  const bytes = typeof spelled === "string" ? decode(spelled) : null;
  if (bytes === null || bytes.length !== BYTES || hex(bytes) >= FIELD) throw badKey();
  return spelled;
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
