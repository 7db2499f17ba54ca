// The last five showings of this tab: when, what came of it, for which scenario, and a receipt.
import { inTab } from "../kept.js";

const RECENT = 5;
// The city gives a minute more (gateway/services/void.py), so a button that is there works.
const VOIDABLE_MS = 15 * 60 * 1000;
const list = document.getElementById("list");
const named = JSON.parse(list.dataset.named);
let shown = [];
let onVoid = () => undefined;
let turn = 0;

// Shows what a reload left, and calls `onVoid` with the receipt that somebody takes back.
export function start(how) {
  ({ onVoid } = how);
  try {
    const kept = JSON.parse(inTab.get("recent"));
    shown = kept.filter((each) => named[each.kind]).slice(0, RECENT);
  } catch {
    shown = [];
  }
  draw();
}

// `kind` is an outcome, or later; `receipt` is "" where there is none.
export function add({ kind, scenario, receipt = "", at = Date.now() }) {
  shown = [{ kind, scenario, receipt, at }, ...shown].slice(0, RECENT);
  keep();
}

// Marks a grant as taken back; returns whether it was not before.
export function markVoided(receipt) {
  const found = shown.find((each) => each.receipt === receipt && each.kind !== "voided");
  if (found) found.kind = "voided";
  keep();
  return found !== undefined;
}

function keep() {
  inTab.put("recent", JSON.stringify(shown));
  draw();
}

function draw() {
  list.textContent = "";
  for (const each of shown) list.appendChild(row(each));
  document.getElementById("recent").hidden = shown.length === 0;
  clearTimeout(turn);
  const left = shown.map(leftMs).filter((ms) => ms > 0);
  if (left.length) turn = setTimeout(draw, Math.min(...left));
}

function leftMs({ kind, receipt, at }) {
  return receipt && kind !== "voided" ? at + VOIDABLE_MS - Date.now() : 0;
}

function row(each) {
  const item = document.createElement("li");
  const said = document.createElement("span");
  const time = new Date(each.at).toTimeString().slice(0, 5);
  said.textContent = `${time} ${named[each.kind]} · ${each.scenario}`;
  if (each.receipt) {
    const short = document.createElement("span");
    Object.assign(short, { className: "whole", textContent: `…${each.receipt.slice(-4)}` });
    said.append(" · ", short);
  }
  item.appendChild(said);
  if (leftMs(each) > 0) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "plain", textContent: list.dataset.void });
    button.setAttribute("aria-label", `${list.dataset.void} ${each.receipt.slice(-4)}`);
    button.addEventListener("click", () => onVoid(each.receipt));
    item.appendChild(button);
  }
  return item;
}
