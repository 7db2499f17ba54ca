// JSON as gateway/jose/strict_json.py allows it: UTF-8 without a byte-order mark, no member twice, at
// most 8 deep, no NaN, integers within 2^53 - 1. Objects have no prototype, so that a member called
// __proto__ or constructor is a member like any other. A number that is not spelled as an integer
// comes as NaN: no known member is one, and 1.0 must not pass for 1.
import { Refusal } from "./refusal.js";

const MOST_DEPTH = 8;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

const notStrict = () => new Refusal("json_not_strict");

// Returns the object that bytes spell.
export function parse(bytes) {
  const reader = { text: decodeUtf8(bytes), at: 0 };
  const found = value(reader, 0);
  space(reader);
  if (reader.at !== reader.text.length || !isObject(found)) throw notStrict();
  return found;
}

export function isObject(found) {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

function decodeUtf8(bytes) {
  try {
    // ignoreBOM keeps a byte-order mark in the text, where no JSON begins with it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (_) {
    throw notStrict();
  }
}

function value(reader, depth) {
  space(reader);
  const first = reader.text[reader.at];
  if (first === '"') return string(reader);
  if (first !== "{" && first !== "[") return scalar(reader);
  if (depth === MOST_DEPTH) throw notStrict();
  reader.at += 1;
  return first === "{" ? members(reader, depth + 1) : items(reader, depth + 1);
}

function members(reader, depth) {
  const found = Object.create(null);
  list(reader, "}", () => {
    space(reader);
    if (reader.text[reader.at] !== '"') throw notStrict();
    const name = string(reader);
    if (name in found || !takes(reader, ":")) throw notStrict();
    found[name] = value(reader, depth);
  });
  return found;
}

function items(reader, depth) {
  const found = [];
  list(reader, "]", () => found.push(value(reader, depth)));
  return found;
}

function list(reader, end, one) {
  if (takes(reader, end)) return;
  do one();
  while (takes(reader, ","));
  if (!takes(reader, end)) throw notStrict();
}

function space(reader) {
  while (" \t\r\n".includes(reader.text[reader.at] || "?")) reader.at += 1;
}

function takes(reader, sign) {
  space(reader);
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  return true;
}

function match(reader, pattern) {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found !== null) reader.at += found[0].length;
  return found;
}

function scalar(reader) {
  const word = match(reader, WORD);
  if (word !== null) return { true: true, false: false, null: null }[word[0]];
  const found = match(reader, NUMBER);
  if (found === null) throw notStrict();
  const number = Number(found[0]);
  if (found[1] !== undefined || found[2] !== undefined) {
    if (!Number.isFinite(number)) throw notStrict();
    return NaN;
  }
  if (!Number.isSafeInteger(number) || found[0] === "-0") throw notStrict();
  return number;
}

// A pattern for the whole of a long text could run out of stack, so it is walked through.
function string(reader) {
  const start = reader.at;
  let escaped = false;
  reader.at += 1;
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code === 0x22) break;
    // NaN, behind the end of the text, is no character either.
    if (!(code >= 0x20)) throw notStrict();
    if (code !== 0x5c) reader.at += 1;
    else if (match(reader, ESCAPE) === null) throw notStrict();
    else escaped = true;
  }
  reader.at += 1;
  if (!escaped) return reader.text.slice(start + 1, reader.at - 1);
  const found = JSON.parse(reader.text.slice(start, reader.at));
  // Halves that belong together are one character to a pattern with the flag u.
  if (LONE_SURROGATE.test(found)) throw notStrict();
  return found;
}
