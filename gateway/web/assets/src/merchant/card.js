// What a hand-held scanner makes of the card on the self-check page: pure, so that Node runs it in a test.

// Every character of Base45 (RFC 9285), in three codes; gateway/web/pages/merchant/check.py draws them.
export const CARD = ["CC-CARD:0123456789", "CC-CARD:ABCDEFGHIJKLMNOPQRSTUVWXYZ", "CC-CARD:$%*+-./: $%*+-./:"];
const WIDE = /[\uff01-\uff5e\u3000。、￥¥]/;
const OTHERS = { "\u3000": " ", "。": ".", "、": "/", "￥": "$", "¥": "$" };
// Half of a code has to be there, or it is something else.
const ALIKE = 0.5;

function narrow(text) {
  const one = (char) => OTHERS[char] || String.fromCharCode(char.charCodeAt(0) - 0xfee0);
  return Array.from(text, (char) => (WIDE.test(char) ? one(char) : char)).join("");
}

// Returns the characters of `text` that `other` has not, each as often as it is missing.
function without(text, other) {
  const left = Array.from(other);
  return Array.from(text).filter((char) => {
    const at = left.indexOf(char);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const alike = (line, text) => 1 - without(line, text).length / line.length;

function nearest(text) {
  const found = CARD.map((line) => [alike(line, text), line]).sort((one, other) => other[0] - one[0]);
  return found[0][0] >= ALIKE ? found[0][1] : null;
}

// Returns {line, faults, missing}: which code of the card was meant, and what arrived wrong:
// input_method, lower_case, layout, missing, no_enter, or other where it is none of the card.
export function judge(typed, { enter, composed }) {
  const text = narrow(typed);
  const line = nearest(text.toUpperCase());
  if (!line) return { line: null, faults: ["other"], missing: "" };
  const faults = [];
  const missing = without(line, text.toUpperCase());
  const strange = without(text.toUpperCase(), line);
  if (composed || WIDE.test(typed)) faults.push("input_method");
  if (without(line, text).length > missing.length) faults.push("lower_case");
  if (strange.length) faults.push("layout");
  else if (missing.length) faults.push("missing");
  else if (text.toUpperCase() !== line) faults.push("layout");
  if (!enter) faults.push("no_enter");
  return { line, faults, missing: strange.length ? "" : missing.join("").replace(/ /g, "␣") };
}
