// Reads tests/vectors/status.json and bundle.json as a stranger would: written from
// docs/protocol/documents.md alone, with another library (jose) for signatures and keys, and
// Node's own zlib.
//
//   node documents.mjs [status.json bundle.json]
//
// Prints one JSON object, {"checked": n, "disagreements": [...]}; exit code 1 if there are any.
// It says whether a document counts and what is in it; by which name it is refused it does not.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { strictJson as strict } from "./strict_json.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");
const read = (place, name) => JSON.parse(readFileSync(place ?? join(here, name), "utf8"));
const STATUS = read(process.argv[2], "status.json");
const BUNDLE = read(process.argv[3], "bundle.json");

const ENTRIES = 2 ** 20;
const SIZE = ENTRIES / 8;
const DAY = 86400;
const TOLERANCE = 21600;

class Refusal extends Error {}
const must = (holds) => {
  if (!holds) throw new Refusal();
};
const isInteger = (value, least = 0, most = 2 ** 53 - 1) =>
  Number.isInteger(value) && value >= least && value <= most;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function base64url(text) {
  must(typeof text === "string" && /^[A-Za-z0-9_-]*$/.test(text));
  const raw = Buffer.from(text, "base64url");
  must(raw.toString("base64url") === text);
  return raw;
}

// Strict all over, whatever is read of it afterwards.
function strictJson(raw) {
  try {
    strict(raw);
  } catch {
    throw new Refusal();
  }
  return JSON.parse(raw.toString("utf8"));
}

async function shell(vectors, token, now, typ, maxChars) {
  must(token.length <= maxChars);
  const parts = token.split(".");
  must(parts.length === 3 && base64url(parts[2]).length === 64);
  const head = strictJson(base64url(parts[0]));
  must(Object.keys(head).sort().join() === "alg,kid,typ");
  must(head.alg === "ES256" && head.typ === typ);
  const jwk = vectors.keys.find((each) => each.kid === head.kid);
  must(jwk !== undefined);
  try {
    await compactVerify(token, await importJWK(jwk, "ES256"), { algorithms: ["ES256"] });
  } catch {
    throw new Refusal();
  }
  const payload = strictJson(base64url(parts[1]));
  must(payload.iss === vectors.leaf && !("crit" in payload));
  must(isInteger(payload.iat) && isInteger(payload.exp) && payload.exp - payload.iat <= DAY);
  must(payload.iat <= now + 60 && now < payload.exp);
  return payload;
}

// --- status lists -------------------------------------------------------------------------------

function inflate(lst) {
  const raw = base64url(lst);
  let found;
  try {
    found = inflateSync(raw, { maxOutputLength: SIZE, info: true });
  } catch {
    throw new Refusal();
  }
  must(found.buffer.length === SIZE && found.engine.bytesWritten === raw.length);
  return found.buffer;
}

async function statusList(token, now) {
  const payload = await shell(STATUS, token, now, "statuslist+jwt", 512 * 1024);
  must(payload.sub === STATUS.uri && isInteger(payload.ttl, 1, DAY));
  const list = payload.status_list;
  must(isObject(list) && list.bits === 1);
  return { payload, bits: inflate(list.lst) };
}

const isSet = (bits, index) => ((bits[index >> 3] >> (index & 7)) & 1) === 1;

function allSet(bits) {
  const found = [];
  for (let at = 0; at < SIZE; at += 1)
    for (let bit = 0; bits[at] >> bit > 0; bit += 1)
      if (isSet(bits, at * 8 + bit)) found.push(at * 8 + bit);
  return found;
}

function ask({ payload, bits }, { issuer, uri, idx, now }) {
  if (issuer !== STATUS.leaf || uri !== STATUS.uri) return "undetermined";
  if (now >= payload.exp || now - payload.iat > payload.ttl + TOLERANCE) return "undetermined";
  if (idx >= ENTRIES) return "undetermined";
  return isSet(bits, idx) ? "present_again" : "goes_on";
}

function listing(body) {
  const uris = strictJson(Buffer.from(body)).status_lists;
  must(Array.isArray(uris) && uris.length <= 16);
  const numbers = uris.map((uri) => {
    const prefix = `${STATUS.leaf}/status/`;
    must(typeof uri === "string" && uri.startsWith(prefix));
    must(/^[1-9][0-9]{0,3}$/.test(uri.slice(prefix.length)));
    return Number(uri.slice(prefix.length));
  });
  must(new Set(numbers).size === numbers.length);
  return numbers;
}

// --- bundles ------------------------------------------------------------------------------------

const LIST =
  /^(https:\/\/[a-z0-9.-]+(:[0-9]+)?|http:\/\/127\.0\.0\.1:[0-9]+)(\/(?!\.{1,2}\/)[A-Za-z0-9._~-]+)*\/status\/[1-9][0-9]{0,3}$/;

async function checkKey(key) {
  must(isObject(key) && (key.alg ?? "ES256") === "ES256" && (key.use ?? "sig") === "sig" && !("d" in key));
  must((await calculateJwkThumbprint(key, "sha256")) === key.kid);
  // Importing refuses what is not on the curve.
  await importJWK(key, "ES256").catch(() => must(false));
}

async function bundle(token, now) {
  const { issuers } = await shell(BUNDLE, token, now, "credit-bundle+jwt", 1024 * 1024);
  must(isObject(issuers) && Object.keys(issuers).length <= 1024);
  const kids = {};
  for (const [city, issuer] of Object.entries(issuers)) {
    must(/^[0-9]{6}$/.test(city) && isObject(issuer));
    const { keys, status_lists: lists, checked, expires } = issuer;
    must(Array.isArray(keys) && keys.length <= 16 && isInteger(checked) && isInteger(expires));
    must(Array.isArray(lists) && lists.length <= 16 && new Set(lists).size === lists.length);
    must(lists.every((uri) => uri.length <= 48 && LIST.test(uri)));
    const signers = issuer.status_keys ?? [];
    must(Array.isArray(signers) && signers.length <= 16);
    must(new Set(signers.map((key) => key.kid)).size === signers.length);
    for (const key of signers) await checkKey(key);
    for (const key of keys) {
      await checkKey(key);
      must(key.alg === "ES256" && key.use === "sig");
      must(isInteger(key.nbf) && isInteger(key.exp) && key.nbf < key.exp);
    }
    kids[city] = keys.map((key) => key.kid);
    must(new Set(kids[city]).size === keys.length);
  }
  return kids;
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
    found = null;
  }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) disagreements.push({ name, wanted, found });
}

for (const { name, token, now, expected } of STATUS.cases)
  await compare(`status: ${name}`, expected.set ?? null, async () =>
    allSet((await statusList(token, now)).bits),
  );
const held = await statusList(STATUS.cases[0].token, STATUS.cases[0].now);
for (const row of STATUS.asks) await compare(`ask: ${row.name}`, row.expected, () => ask(held, row));
for (const { name, body, numbers } of STATUS.listings)
  await compare(`listing: ${name}`, numbers, () => listing(body));
for (const { name, token, now, expected } of BUNDLE.cases)
  await compare(`bundle: ${name}`, expected.issuers ?? null, () => bundle(token, now));

console.log(JSON.stringify({ checked, disagreements }));
process.exitCode = disagreements.length === 0 ? 0 : 1;
