// The text in the QR: CC1: and Base45 of form byte, hint, signature and packed payload
// (docs/protocol/codes.md, gateway/codes/wire.py). Nothing of it may be believed yet.
import dictionary from "dictionary-1";
import { decode } from "./base45.js";
import { encode } from "./base64url.js";
import { parse } from "./grammar.js";
import { inflate } from "./inflate.js";
import { Refusal } from "./refusal.js";

const MOST_CHARS = 4096;
const MOST_PAYLOAD_BYTES = 1024;
const PREFIX = "CC1:";
const NEWER = /^CC(?!1:)[1-9][0-9]*:/;
const SIGNATURE_AT = 7;
const PAYLOAD_AT = 71;
const STRIPPED = " \t\r\n";

const notACode = () => new Refusal("not_a_code", "not_a_code");
const newerForm = () => new Refusal("newer_form", "not_a_code", "update");

// Returns {claims, hint, payload, signature}; throws a Refusal for what is no code of form 1.
export function read(text) {
  const { hint, signature, payload } = unwrap(text);
  const claims = parse(payload);
  if (claims === null) throw notACode();
  return { claims, hint: encode(hint), payload, signature };
}

function unwrap(text) {
  if (typeof text !== "string" || isLong(text)) throw notACode();
  const stripped = strip(text);
  if (!stripped.startsWith(PREFIX)) throw NEWER.test(stripped) ? newerForm() : notACode();
  const raw = decode(stripped.slice(PREFIX.length));
  if (raw === null || raw.length === 0) throw notACode();
  if (raw[0] !== 1) throw newerForm();
  const payload = unpack(raw.subarray(PAYLOAD_AT));
  if (payload === null) throw notACode();
  return { hint: raw.subarray(1, SIGNATURE_AT), signature: raw.subarray(SIGNATURE_AT, PAYLOAD_AT), payload };
}

// Returns the payload of a raw DEFLATE stream with dictionary 1, or null.
export function unpack(packed) {
  return inflate(packed, MOST_PAYLOAD_BYTES, dictionary);
}

// Characters are code points, of which one may be two units of a text here.
function isLong(text) {
  if (text.length <= MOST_CHARS) return false;
  return text.length > 2 * MOST_CHARS || Array.from(text).length > MOST_CHARS;
}

// A pattern that looks for the end of white space takes quadratic time, this does not.
function strip(text) {
  let start = 0;
  let end = text.length;
  while (start < end && STRIPPED.includes(text[start])) start += 1;
  while (start < end && STRIPPED.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
