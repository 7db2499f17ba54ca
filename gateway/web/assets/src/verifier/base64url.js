// Base64url without padding, one spelling for one value (RFC 7515, 2): loose bits at the end, `=`,
// white space and `+/` are refused. `decode` returns null for anything else.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NONE = 64;
const VALUES = new Uint8Array(128).fill(NONE);
for (let value = 0; value < NONE; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

export function decode(text) {
  const { length } = text;
  if (length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let held = 0;
  let bits = 0;
  let end = 0;
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    const value = code < VALUES.length ? VALUES[code] : NONE;
    if (value === NONE) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[end++] = held >> bits;
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
    text += ALPHABET[three >> 18] + ALPHABET[(three >> 12) & 63];
    if (left > 1) text += ALPHABET[(three >> 6) & 63];
    if (left > 2) text += ALPHABET[three & 63];
  }
  return text;
}
