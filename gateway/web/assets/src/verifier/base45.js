// Base45 (RFC 9285) of a wire text. One spelling for one value: overflow and a length of 1 modulo 3
// are refused. Returns null for what is no Base45.
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const DIGITS = new Map(Array.from(ALPHABET, (letter, digit) => [letter, digit]));

export function decode(text) {
  const { length } = text;
  if (length % 3 === 1) return null;
  const bytes = new Uint8Array(2 * Math.floor(length / 3) + (length % 3 === 2 ? 1 : 0));
  let end = 0;
  for (let at = 0; at < length; at += 3) {
    const pair = at + 2 === length;
    const value = valueOf(text, at, pair ? 2 : 3);
    // Written so that NaN, of a character outside the alphabet, fails too.
    if (!(value <= (pair ? 0xff : 0xffff))) return null;
    if (!pair) bytes[end++] = value >> 8;
    bytes[end++] = value & 0xff;
  }
  return bytes;
}

function valueOf(text, at, count) {
  let value = 0;
  for (let place = count - 1; place >= 0; place -= 1) value = 45 * value + DIGITS.get(text[at + place]);
  return value;
}
