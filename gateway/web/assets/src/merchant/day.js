// How many showings this phone saw today, by the day of China. Three numbers, about nobody.
import { onPhone } from "../kept.js";

const CHINA_MS = 8 * 3600 * 1000;
const NONE = { recognised: 0, others: 0, voided: 0 };
const line = document.getElementById("day");

const dayOf = (nowMs) => new Date(nowMs + CHINA_MS).toISOString().slice(0, 10);

function counts(nowMs) {
  try {
    const kept = JSON.parse(onPhone.get("day"));
    if (kept.day === dayOf(nowMs)) return { ...NONE, ...kept };
  } catch {
    // Nothing is kept yet, or something that we did not write.
  }
  return { ...NONE, day: dayOf(nowMs) };
}

// Counts one more of recognised, others or voided.
export function count(name, nowMs) {
  const now = counts(nowMs);
  now[name] = Number(now[name]) + 1;
  onPhone.put("day", JSON.stringify(now));
  show(nowMs);
}

export function show(nowMs) {
  const now = counts(nowMs);
  line.textContent = line.dataset.said.replace(/\{(\w+)\}/g, (_, name) => Number(now[name]) || 0);
  line.hidden = Object.keys(NONE).every((name) => !now[name]);
}
