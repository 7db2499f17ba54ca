// Strict JSON as docs/federation.md and docs/protocol/documents.md ask for it: UTF-8 without a
// byte-order mark, no member twice, no NaN, at most 8 levels, no number outside the exact range, and
// a number keeps its spelling.
// Objects come as Map, numbers as {number: text}, words as {word: text}.

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

const isExact = (number) =>
  /^-?[0-9]+$/.test(number)
    ? Number.isSafeInteger(Number(number)) && number !== "-0"
    : Number.isFinite(Number(number));

function parse(text) {
  let at = 0;
  const bad = () => new SyntaxError(`not strict JSON at ${at}`);
  const eat = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found?.[0];
  };
  const sign = (character) => {
    eat(SPACE);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const must = (value) => {
    if (value === undefined || value === false) throw bad();
    return value;
  };
  function string() {
    eat(SPACE);
    const value = JSON.parse(must(eat(STRING)));
    if (!value.isWellFormed()) throw bad();
    return value;
  }
  function list(end, one) {
    if (sign(end)) return;
    do one();
    while (sign(","));
    must(sign(end));
  }
  function value(depth) {
    if (sign("{")) {
      if (depth === 8) throw bad();
      const members = new Map();
      list("}", () => {
        const name = string();
        must(sign(":"));
        if (members.has(name)) throw bad();
        members.set(name, value(depth + 1));
      });
      return members;
    }
    if (sign("[")) {
      if (depth === 8) throw bad();
      const items = [];
      list("]", () => items.push(value(depth + 1)));
      return items;
    }
    if (text[at] === '"') return string();
    const number = eat(NUMBER);
    if (number !== undefined && !isExact(number)) throw bad();
    return number === undefined ? { word: must(eat(WORD)) } : { number };
  }
  const found = value(0);
  eat(SPACE);
  if (at !== text.length || !(found instanceof Map)) throw bad();
  return found;
}

/** Returns the object that bytes spell; throws for anything else. */
export function strictJson(raw) {
  // ignoreBOM keeps a byte-order mark in the text, where no JSON begins with it.
  return parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw));
}

/** Returns an integer as it has to be spelled; NaN for anything else. */
export function integer(value) {
  const number = /^(?:0|[1-9][0-9]*)$/.test(value?.number) ? Number(value.number) : NaN;
  return Number.isSafeInteger(number) ? number : NaN;
}

/** Returns the bytes of canonical base64url; throws for anything else. */
export function canonical(part) {
  const raw = Buffer.from(part, "base64url");
  if (raw.toString("base64url") !== part) throw new SyntaxError("not canonical base64url");
  return raw;
}
