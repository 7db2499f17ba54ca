// Reads tests/vectors/codes.json as a stranger would: written from docs/protocol/codes.md
// alone, with other people's libraries (fflate for DEFLATE, jose for signatures).
//
//   node codes.mjs [codes.json]
//
// Prints one JSON object, {"checked": n, "disagreements": [...]}; exit code 1 if there are any.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateSync } from "fflate";
import { compactVerify, importJWK } from "jose";

const here = dirname(fileURLToPath(import.meta.url));
const path = process.argv[2] ?? join(here, "..", "vectors", "codes.json");
const vectors = JSON.parse(readFileSync(path, "utf8"));
const dictionary = readFileSync(join(dirname(path), vectors.dictionary.file));

class Refusal extends Error {
  constructor(stage, error) {
    super(`${stage}: ${error}`);
    this.stage = stage;
    this.error = error;
  }
}
const notACode = () => new Refusal("read", "not_a_code");

// --- Base45 (RFC 9285) -----------------------------------------------------------------------

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

function base45(text) {
  const digits = Array.from(text, (letter) => ALPHABET.indexOf(letter));
  if (digits.includes(-1) || digits.length % 3 === 1) throw notACode();
  const bytes = [];
  for (let i = 0; i < digits.length; i += 3) {
    const pair = i + 2 === digits.length;
    const value = digits[i] + 45 * digits[i + 1] + (pair ? 0 : 2025 * digits[i + 2]);
    if (value > (pair ? 0xff : 0xffff)) throw notACode();
    if (!pair) bytes.push(value >> 8);
    bytes.push(value & 0xff);
  }
  return Uint8Array.from(bytes);
}

// --- raw DEFLATE with dictionary 1 -----------------------------------------------------------

const MAX_PAYLOAD = 1024;

function tryInflate(packed) {
  // fflate takes "nothing at all" for an empty result.
  if (packed.length === 0) return null;
  try {
    return inflateSync(packed, { dictionary });
  } catch {
    return null;
  }
}

function inflate(packed) {
  // The text is at most 4,096 characters, so that a bomb is at most about 2.8 MB here; a page
  // that wants less inflates piecewise with fflate's Inflate and stops.
  const payload = tryInflate(packed);
  if (payload === null || payload.length > MAX_PAYLOAD) throw notACode();
  // fflate ignores what follows the last block. The stream ends in the last byte exactly if
  // it is incomplete without that byte.
  if (tryInflate(packed.subarray(0, -1)) !== null) throw notACode();
  return payload;
}

// --- the payload -----------------------------------------------------------------------------

const INTEGER = "(0|[1-9][0-9]{0,15})";
const COMMON = `\\{"iss":"([0-9]{6})","iat":${INTEGER},"exp":${INTEGER},"jti":"[A-Za-z0-9_-]{16}",`;
const GENERAL = new RegExp(`^${COMMON}"tier":[123]\\}$`, "u");
const SCENARIO = new RegExp(
  `^${COMMON}"aud":"[0-9]{6}","scn":"([a-z][a-z0-9_]*(?:\\.[a-z][a-z0-9_]*)+)",` +
    `"pol":"[A-Za-z0-9._-]{1,12}"(,"nul":"[A-Za-z0-9_-]{21}[AQgw]")?` +
    `(?:(?:,"nm":"([^\\u0000-\\u0020\\u007f-\\u009f"*\\\\]{1,4}\\*)")?` +
    `(,"status":\\{"status_list":\\{"idx":${INTEGER},"uri":"([!#-\\[\\]-~]+/status/[1-9][0-9]{0,3})"\\}\\}))?\\}$`,
  "u",
);

function grammar(payload) {
  let text;
  try {
    // ignoreBOM keeps a byte-order mark in the text, where no pattern fits it.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw notACode();
  }
  const general = GENERAL.exec(text);
  const found = general ?? SCENARIO.exec(text);
  if (found === null) throw notACode();
  const [, , iat, exp, scn = "", nul, nm, status, idx = "0", uri = ""] = found;
  if (![iat, exp, idx].every((digits) => Number.isSafeInteger(Number(digits)))) throw notACode();
  if (scn.length > 32 || uri.length > 48 || (nul && status)) throw notACode();
  if (nm && nm.normalize("NFC") !== nm) throw notACode();
  return JSON.parse(text);
}

// --- the two forms ---------------------------------------------------------------------------

function readWire(text) {
  if (text.length > 4096) throw notACode();
  const stripped = text.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
  if (!stripped.startsWith("CC1:")) {
    if (/^CC(?!1:)[1-9][0-9]*:/.test(stripped)) throw new Refusal("read", "newer_form");
    throw notACode();
  }
  const raw = base45(stripped.slice(4));
  if (raw.length === 0) throw notACode();
  if (raw[0] !== 1) throw new Refusal("read", "newer_form");
  const payload = inflate(raw.subarray(71));
  return {
    hint: Buffer.from(raw.subarray(1, 7)).toString("base64url"),
    kid: null,
    signature: raw.subarray(7, 71),
    payload,
    claims: grammar(payload),
  };
}

function canonical(part) {
  const raw = Buffer.from(part, "base64url");
  if (raw.toString("base64url") !== part) throw notACode();
  return raw;
}

const header = (kid) => `{"alg":"ES256","kid":"${kid}","typ":"credit-code+jwt"}`;
const HEADER = /^\{"alg":"ES256","kid":"([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])","typ":"credit-code\+jwt"\}$/;

function readJws(text) {
  if (text.length > 4096) throw notACode();
  const parts = text.split(".");
  if (parts.length !== 3) throw notACode();
  const [head, payload, signature] = parts.map(canonical);
  const named = HEADER.exec(head.toString("latin1"));
  if (named === null || signature.length !== 64) throw notACode();
  return { hint: named[1].slice(0, 8), kid: named[1], signature, payload, claims: grammar(payload) };
}

// --- who signed, and is it alive? ------------------------------------------------------------

async function signedBy(code, key) {
  if (code.kid !== null && code.kid !== key.jwk.kid) return false;
  const parts = [Buffer.from(header(key.jwk.kid)), code.payload, code.signature];
  const jws = parts.map((part) => Buffer.from(part).toString("base64url")).join(".");
  try {
    await compactVerify(jws, await importJWK(key.jwk, "ES256"), { algorithms: ["ES256"] });
    return true;
  } catch {
    return false;
  }
}

function check({ iat, exp, status }, now, most, key) {
  const life = exp - iat;
  if (life <= 0 || iat > now + 60 || now >= exp) throw new Refusal("check", "code_life");
  if (life > 3600 !== (status !== undefined)) throw new Refusal("check", "code_status_rule");
  if (life > Math.min(31 * 86400, most)) throw new Refusal("check", "code_lifetime");
  if (exp > key.expires_at) throw new Refusal("check", "code_outlives_key");
}

async function judge({ form, text, keys, now, code_lifetime_max: most }) {
  const code = form === "jws" ? readJws(text) : readWire(text);
  const known = keys.map((name) => vectors.keys[name]).filter((key) => key.city === code.claims.iss);
  if (known.length === 0) throw new Refusal("issuer", "not_a_member");
  const hinted = known.filter((key) => key.jwk.kid.startsWith(code.hint));
  if (hinted.length === 0) throw new Refusal("key", "no_key");
  const alive = hinted.filter((key) => key.not_before <= now && now < key.expires_at);
  if (alive.length === 0) throw new Refusal("key", "key_not_usable");
  for (const key of alive) {
    if (await signedBy(code, key)) {
      check(code.claims, now, most, key);
      return { outcome: "accepted", claims: code.claims };
    }
  }
  throw new Refusal("verify", "code_bad_signature");
}

const HINTS = { newer_form: "update", not_a_member: "not_a_member" };

function refused({ stage, error }) {
  const outcome = stage === "read" || stage === "issuer" ? "not_a_code" : "present_again";
  const hint = HINTS[error];
  return { outcome, stage, error, ...(hint && { hint }) };
}

// --- run -------------------------------------------------------------------------------------

const sorted = (value) =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

let checked = 0;
const disagreements = [];

function compare(name, here, published) {
  checked += 1;
  if (sorted(here) !== sorted(published)) disagreements.push({ name, here, published });
}

function attempt(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return { error: error.error };
    throw error;
  }
}

const digest = createHash("sha256").update(dictionary).digest("hex");
compare("dictionary", [dictionary.length, digest], [vectors.dictionary.bytes, vectors.dictionary.sha256]);

for (const [name, key] of Object.entries(vectors.keys)) {
  const kid = createHash("sha256")
    .update(`{"crv":"P-256","kty":"EC","x":"${key.jwk.x}","y":"${key.jwk.y}"}`)
    .digest();
  compare(
    `key ${name}`,
    [kid.toString("base64url"), kid.subarray(0, 6).toString("hex"), header(key.jwk.kid)],
    [key.jwk.kid, key.hint, key.header],
  );
}
for (const { text, ...published } of vectors.base45) {
  compare(`base45 ${text}`, attempt(() => ({ hex: Buffer.from(base45(text)).toString("hex") })), published);
}
for (const { name, hex, ...published } of vectors.deflate) {
  const unpack = () => ({ payload: Buffer.from(inflate(Buffer.from(hex, "hex"))).toString("utf8") });
  compare(`deflate ${name}`, attempt(unpack), published);
}
for (const vector of vectors.cases) {
  let verdict;
  try {
    verdict = await judge(vector);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    verdict = refused(error);
  }
  compare(vector.name, verdict, vector.expected);
}

console.log(JSON.stringify({ checked, disagreements }, null, 1));
process.exitCode = disagreements.length === 0 ? 0 : 1;
