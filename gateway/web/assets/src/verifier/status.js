// Which long-lived codes were revoked (gateway/codes/status_list.py): always 2^20 entries of one bit,
// entry 0 in the lowest bit of the first byte. Whatever cannot be known is undetermined, never valid.
import { decode } from "./base64url.js";
import { inflateZlib } from "./inflate.js";
import { inner, integer, text } from "./members.js";
import { Refusal } from "./refusal.js";

export const ENTRIES = 2 ** 20;
const SIZE_BYTES = ENTRIES / 8;
const MOST_CHARS = 512 * 1024;
const MOST_TTL_S = 24 * 3600;
const TOLERANCE_S = 6 * 3600;

const known = new WeakMap();

// Returns {uri, issuedAt, expiresAt, ttlS, packed} of a payload that `openDocument` gave, if it is
// the list of that address.
export function readStatusList(payload, uri) {
  if (!known.has(payload)) known.set(payload, parseList(payload));
  const found = known.get(payload);
  if (found.uri !== uri) throw badForm();
  return found;
}

function parseList(payload, packed) {
  try {
    const list = inner(payload, "status_list");
    integer(list, "bits", 1, 1);
    return {
      uri: text(payload, "sub"),
      issuedAt: integer(payload, "iat"),
      expiresAt: integer(payload, "exp"),
      ttlS: integer(payload, "ttl", 1, MOST_TTL_S),
      packed: packed || inflateList(text(list, "lst", /^/, MOST_CHARS)),
    };
  } catch (_) {
    throw badForm();
  }
}

// The bits of a list together with those that were seen set before: who was revoked once stays so.
export function unionOf(payload, uri, seen) {
  const { packed } = readStatusList(payload, uri);
  return seen ? packed.map((byte, at) => byte | seen[at]) : packed;
}

// Lets a payload be read with the bits that were kept of it.
export function holdBits(payload, bits) {
  known.set(payload, parseList(payload, bits));
}

export function inflateList(spelled) {
  const stream = decode(spelled);
  const packed = stream && inflateZlib(stream, SIZE_BYTES);
  if (!packed) throw badForm();
  return packed;
}

export function isSet(packed, index) {
  return ((packed[index >> 3] >> (index & 7)) & 1) === 1;
}

// Returns if nothing is said against a code (step 7). `list` is undefined where none is held.
export function checkStatus(list, index, nowS) {
  // Is it a list of the very city that signed the code?
  if (list === undefined) throw new Refusal("status_unlisted", "undetermined");
  // Is it fresh enough to say that nothing happened since?
  const counts = nowS < list.expiresAt && nowS - list.issuedAt <= list.ttlS + TOLERANCE_S;
  if (!counts) throw new Refusal("status_too_old", "undetermined");
  // Does it say anything about this code, and what?
  if (index >= ENTRIES) throw new Refusal("status_index", "undetermined");
  if (isSet(list.packed, index)) throw new Refusal("revoked", "present_again");
}

const badForm = () => new Refusal("status_list_form");
