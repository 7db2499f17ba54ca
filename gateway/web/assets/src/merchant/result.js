// Shows what to do for this guest: over the whole screen where there is something to grant, in a
// small card otherwise. Whatever the text of an offer holds, it is put in as text.
import { bestFirst, pieces, words } from "./words.js";

// So long a grant stays on the screen by itself; not in the large view, nor where an ID is looked at.
const RETURN_MS = 8000;
const byId = (id) => document.getElementById(id);
const result = byId("result");
const voiding = byId("void");
let turn = 0;
let said = { onFull: () => undefined, onBack: () => undefined };

// Calls `onFull` when a grant takes the whole screen and `onBack` when it is gone again.
export function start({ onFull, onBack, onVoid }) {
  said = { onFull, onBack };
  voiding.addEventListener("submit", (event) => {
    event.preventDefault();
    onVoid(voiding.elements.receipt.value);
  });
  byId("keep").addEventListener("click", () => {
    keep();
    result.focus();
  });
  byId("next").addEventListener("click", (event) => event.preventDefault());
  result.addEventListener("click", ({ target, detail }) => {
    // The second of two taps on what asked for this grant is not meant for it.
    if (isFull() && (pressed(target) ? pressed(target).id === "next" : detail < 2)) clear();
  });
  result.addEventListener("keydown", leaveByKey);
  // Who reads on has time.
  for (const event of ["wheel", "touchmove"]) result.addEventListener(event, keep, { passive: true });
}

// Whether an answer was found here, without asking the city.
export const isLater = ({ checked = "now" }) => checked !== "now";

// Returns which offers of an answer may be granted now; each says itself whether without a network.
export function grantedOf(answer) {
  return (answer.offers || []).filter((offer) => !isLater(answer) || offer.offline === "grant");
}

// Shows one answer. `kind` is an outcome of docs/protocol/api.md, or busy, unread, voided and
// what else the page says; `answer` has the members of an answer. Returns whether it is a grant.
export function show(kind, message, answer = {}) {
  const { offers = [], receipt = "", holder = "" } = answer;
  const granted = grantedOf(answer);
  const later = isLater(answer);
  const full = kind === "recognised" && granted.length > 0;
  const was = isFull();
  result.hidden = false;
  result.className = `result${full ? " recognised" : ""}${full && later ? " later" : ""}`;
  result.setAttribute("aria-busy", String(kind === "busy"));
  document.body.classList.toggle("granted", full);
  if (full) sayGrant(granted, later);
  else byId("message").textContent = kind === "recognised" ? words.only_online : message;
  fill("online", full ? onlineOf(offers.filter((offer) => !granted.includes(offer))) : "");
  fill("note", "");
  byId("holder").hidden = !full || !holder;
  byId("holder").querySelector("b").textContent = holder;
  fill("receipt", receipt && `${byId("receipt").dataset.named} ${receipt}`);
  byId("after").hidden = !full;
  voiding.hidden = !receipt;
  voiding.elements.receipt.value = receipt;
  time(full && !holder);
  result.scrollTop = 0;
  if (full) result.focus({ preventScroll: true });
  else result.scrollIntoView({ block: "nearest" });
  if (full && !was) said.onFull();
  if (was && !full) said.onBack();
  return full;
}

// Says something beside what is shown, or alone where nothing is.
export function say(message) {
  if (isFull()) fill("note", message);
  else show("said", message);
}

export function clear() {
  const was = isFull();
  clearTimeout(turn);
  result.hidden = true;
  result.classList.remove("recognised", "later");
  document.body.classList.remove("granted");
  if (was) said.onBack();
}

export const isFull = () => result.classList.contains("recognised");

function fill(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

function part(name, text, tag = "span") {
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

function sayGrant(offers, later) {
  const message = byId("message");
  message.textContent = "";
  message.appendChild(part("lead", words.lead));
  for (const offer of bestFirst(offers)) {
    const [head, comma, limits] = pieces(offer);
    const benefit = part("", "", "b");
    const size = head.length > (document.documentElement.lang === "en" ? 12 : 5) ? "head long" : "head";
    benefit.append(part(size, head), part("comma", comma), part("limits", limits));
    message.append(" ", benefit);
  }
  const then = later ? words.later : words.then;
  if (then) message.append(" ", part("then", then));
}

function onlineOf(offers) {
  return offers.length ? `${words.online}: ${offers.map((each) => pieces(each).join("")).join(" · ")}` : "";
}

const pressed = (target) => target.closest("a, button, input");

// Any key leads to the next guest; a scanner's first letter is in the box already.
function leaveByKey(event) {
  // Who walks through the buttons has time.
  if (event.key === "Tab") return void keep();
  if (!isFull() || event.ctrlKey || event.metaKey || event.altKey) return;
  const typed = event.key.length === 1 && event.key !== " ";
  const idle = !pressed(event.target) && (event.key === "Enter" || event.key === " ");
  if (!typed && !idle && event.key !== "Escape") return;
  if (!typed) event.preventDefault();
  clear();
}

function time(returns) {
  clearTimeout(turn);
  const moving = returns && !document.documentElement.classList.contains("elder");
  byId("bar").hidden = !moving;
  byId("keep").hidden = !moving;
  if (!moving) return;
  byId("bar").style.animationDuration = `${RETURN_MS}ms`;
  turn = setTimeout(clear, RETURN_MS);
}

function keep() {
  if (byId("bar").hidden) return;
  time(false);
}
