// What is seen: a code and how long it is fresh, or words in its place, or nothing.
import { clearCode, drawCode, drawMosaic } from "./draw.js";
import { Ring } from "./ring.js";

const byId = (id) => document.getElementById(id);
const [panel, canvas, state, another] = ["code", "symbol", "state", "another"].map(byId);
const [instead, none, why] = ["instead", "none", "why"].map(byId);
const ring = new Ring(cover);

// The page's words, by a name or by the code of a problem.
export const word = (name) =>
  byId("words").dataset[name.replace(/[_-](\w)/g, (_, letter) => letter.toUpperCase())];

export function showCode(code, refreshMs, lifeMs) {
  drawCode(canvas, code);
  canvas.removeAttribute("aria-hidden");
  panel.dataset.code = code;
  byId("wire").textContent = code;
  byId("text").hidden = false;
  instead.hidden = true;
  offer("another");
  ring.start(refreshMs, lifeMs);
}

// In the same place, of the same size and for as long: who stands beside sees no difference.
// `asks` adds where to read why, and to object.
export function showInstead(text, refreshMs, asks = false) {
  cover();
  drawMosaic(canvas);
  canvas.setAttribute("aria-hidden", "true");
  none.textContent = text;
  why.hidden = !asks;
  instead.hidden = false;
  offer("again");
  ring.start(refreshMs, Infinity);
}

// Leaves nothing to see or to read.
export function cover() {
  clearCode(canvas);
  delete panel.dataset.code;
  byId("wire").textContent = "";
  byId("text").hidden = instead.hidden = true;
  ring.stop();
}

// Says of which day the assessment behind the code is, if it is an earlier one.
export function noteDay(day) {
  const element = byId("as-of");
  element.hidden = !day;
  element.textContent = day ? element.dataset.words.replace("{day}", day) : "";
}

// Says something under the panel; a code there goes on.
export function say(text) {
  // Said once: a screen reader reads out whatever is put there, the same words as well.
  if (state.textContent !== text) state.textContent = text;
  state.hidden = text === "";
}

// Names the button: another code, or to try again.
export function offer(name) {
  another.textContent = another.dataset[name];
  another.hidden = false;
  const slow = byId("slow");
  if (slow) slow.hidden = true;
}
