// Reads tests/vectors/events.json as a stranger would: written from docs/federation.md alone, with
// another library (jose) for signatures.
//
//   node events.mjs [events.json]
//
// Prints one JSON object, {"checked": n, "disagreements": [...]}; exit code 1 if there are any.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compactVerify, importJWK } from "jose";
import { canonical, integer, strictJson } from "./strict_json.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const vectors = JSON.parse(
  readFileSync(process.argv[2] ?? join(here, "..", "vectors", "events.json"), "utf8"),
);

class Refusal extends Error {}
const bad = () => new Refusal("invalid_request");

function object(raw) {
  try {
    return strictJson(raw);
  } catch {
    throw bad();
  }
}

function bytes(part) {
  try {
    return canonical(part);
  } catch {
    throw bad();
  }
}

// --- the event -----------------------------------------------------------------------------------

const KID = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const TRUST_CHANGED = "urn:credit-code:event:trust-changed";
const isText = (value, most) => typeof value === "string" && 0 < value.length && value.length <= most;

function read(token) {
  if (token.length > 4096) throw new Refusal("too_large");
  const parts = token.split(".");
  if (parts.length !== 3) throw bad();
  const [head, payload, signature] = parts.map(bytes);
  const header = object(head);
  const kid = header.get("kid");
  if (header.size !== 3 || header.get("alg") !== "ES256") throw bad();
  if (header.get("typ") !== "secevent+jwt" || !KID.test(kid) || signature.length !== 64) throw bad();
  const members = object(payload);
  if (["crit", "exp", "nbf"].some((name) => members.has(name))) throw bad();
  const [iss, aud, iat, jti, events] = ["iss", "aud", "iat", "jti", "events"].map((name) => members.get(name));
  if (Number.isNaN(integer(iat))) throw bad();
  if (!isText(iss, 512) || !isText(aud, 512) || !isText(jti, 128) || !/^[!-~]+$/.test(jti)) throw bad();
  if (!(events instanceof Map) || !(events.get(TRUST_CHANGED) instanceof Map)) throw bad();
  return { kid, iss, aud, iat: integer(iat) };
}

async function told(token) {
  try {
    const event = read(token);
    const partner = vectors.partners[event.iss];
    if (partner === undefined) throw new Refusal("invalid_issuer");
    if (event.aud !== vectors.recipient) throw new Refusal("invalid_audience");
    if (Math.abs(vectors.now - event.iat) > 300) throw bad();
    const jwk = partner.live.find((each) => each.kid === event.kid);
    if (jwk === undefined) throw new Refusal("invalid_key");
    await compactVerify(token, await importJWK(jwk, "ES256")).catch(() => {
      throw new Refusal("authentication_failed");
    });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

const disagreements = [];
for (const { name, token, err } of vectors.cases) {
  const said = await told(token);
  if (said !== err) disagreements.push({ name, expected: err, said });
}
process.stdout.write(`${JSON.stringify({ checked: vectors.cases.length, disagreements })}\n`);
process.exitCode = disagreements.length === 0 ? 0 : 1;
