// What a hand-held scanner typed, through whatever input method: pure, so that Node runs it in a test.

// What a Chinese input method makes of some keys of Base45 (RFC 9285, 4.2): one character each.
const KEYS = { "\u3000": " ", "。": ".", "、": "/", "￥": "$", "¥": "$" };
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const FULL_WIDTH_BY = 0xfee0;

// A credit code has no letter that any of these could stand for as well; the signature decides anyway.
function fold(text) {
  const narrow = text.replace(FULL_WIDTH, (one) => String.fromCharCode(one.charCodeAt(0) - FULL_WIDTH_BY));
  return /^CC[0-9]+:/.test(narrow) ? narrow.replace(/[\u3000。、￥¥]/g, (one) => KEYS[one]) : text;
}

// Returns the texts that were typed or pasted: no code holds a line break or a tab.
export function textsOf(typed) {
  const lines = typed.split(/[\t\r\n]+/).map((line) => fold(line.replace(/^[ \u3000]+|[ \u3000]+$/g, "")));
  return Array.from(new Set(lines.filter(Boolean)));
}

// A scanner types faster than anybody; what comes later is a person's.
const SCANNER_MS = 100;

// Whether a key that comes so long after the one before is still the scanner's.
export function isScanner(sinceMs) {
  return sinceMs < SCANNER_MS;
}
