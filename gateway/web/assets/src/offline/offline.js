// The page that the service worker shows when the city cannot be reached: a code out of the pack.
import { cover, offer, say, showCode, showInstead } from "../citizen/panel.js";
import { mayDim, stayAwake } from "../citizen/wake.js";
import { AGAIN, ANOTHER, offlineCode, SAME } from "./keep.js";
import { said } from "./words.js";

const byId = (id) => document.getElementById(id);
const words = byId("offline").dataset;
const MINUTE_MS = 60 * 1000;
let timer = 0;
// What the button does to the pack.
let move = SAME;

async function draw(wanted = SAME) {
  clearTimeout(timer);
  const found = await offlineCode({ move: wanted });
  if (document.hidden) return;
  const { code, why, changesInMs } = found.choice;
  const [note, instead] = said(words, found, Date.now());
  say(note);
  if (code) showCode(code, 0, changesInMs);
  else showInstead(instead, 0);
  move = why === "used" ? AGAIN : ANOTHER;
  offer(why === "used" ? "back" : "another");
  byId("another").hidden = !code && why !== "used";
  timer = setTimeout(draw, Math.min(changesInMs || MINUTE_MS, MINUTE_MS));
}

// Once the city answers again, the page that was asked for comes.
async function reach() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (!answer.ok || document.hidden) return;
  } catch {
    return;
  }
  if (location.pathname.startsWith("/offline/")) location.replace("/code");
  else location.reload();
}

function leave() {
  clearTimeout(timer);
  cover();
  mayDim();
}

function comeBack() {
  draw();
  stayAwake();
  reach();
}

document.addEventListener("visibilitychange", () => (document.hidden ? leave() : comeBack()));
addEventListener("pagehide", leave);
addEventListener("pageshow", ({ persisted }) => persisted && comeBack());
addEventListener("online", reach);
setInterval(() => document.hidden || reach(), MINUTE_MS);
byId("another").addEventListener("click", () => draw(move));
draw();
stayAwake();
