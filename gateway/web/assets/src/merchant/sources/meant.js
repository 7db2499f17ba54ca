// Which of the codes in one picture is meant, without looking into it.

// Credit codes of every form; what else stands on a counter is looked at only if there is none.
const OURS = /^CC[0-9]+:/;

// Returns {text, several}: text is "" where nothing is to be read, or where two could be meant.
export function meant(texts) {
  const all = Array.from(new Set(texts));
  const ours = all.filter((text) => OURS.test(text));
  const left = ours.length ? ours : all;
  return { text: left.length === 1 ? left[0] : "", several: left.length > 1 };
}
