// The citizen's code: asked for, drawn here, drawn anew before it ends, gone when nobody looks.
import { correction, generate, mode } from "lean-qr";

const byId = (id) => document.getElementById(id);
const panel = byId("code");
const canvas = byId("symbol");
const state = byId("state");
const another = byId("another");
const RETRY_MS = 5000;
const MIN_WAIT_MS = 2000;
let timer = 0;
let ends = 0;
let wakeLock = null;

function say(text) {
  state.textContent = text;
  state.hidden = text === "";
}

function show(code) {
  generate(code, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M, modes: [mode.alphaNumeric] })
    .toCanvas(canvas, { on: [0, 0, 0, 255], off: [255, 255, 255, 255], padX: 4, padY: 4 });
  panel.dataset.code = code;
  byId("wire").textContent = code;
  canvas.hidden = another.hidden = byId("text").hidden = false;
  byId("none").hidden = byId("slow").hidden = true;
}

function cover() {
  canvas.hidden = byId("text").hidden = true;
  byId("wire").textContent = "";
  byId("left").textContent = "";
  delete panel.dataset.code;
  ends = 0;
}

function showNone() {
  cover();
  byId("none").textContent = panel.dataset.none;
  byId("none").hidden = false;
  another.hidden = byId("slow").hidden = true;
}

async function ask() {
  clearTimeout(timer);
  let wait = RETRY_MS;
  try {
    const answer = await fetch("/api/v1/codes", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Form-Token": panel.dataset.token },
      body: JSON.stringify({ kind: "general" }),
    });
    if (answer.status === 401 || answer.status === 403) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const issued = await answer.json();
    say("");
    if (issued.code === null) {
      showNone();
      return undefined;
    }
    show(issued.code);
    // The phone's clock may be wrong: only lengths of time are taken from the answer.
    const lifeMs = Number(panel.dataset.live) * 1000;
    ends = performance.now() + lifeMs;
    count();
    wait = Math.max(lifeMs - (issued.expires_at - issued.refresh_at) * 1000, MIN_WAIT_MS);
  } catch {
    say(panel.dataset.failed);
  }
  timer = setTimeout(ask, wait);
  return undefined;
}

async function stayAwake() {
  try {
    wakeLock = await navigator.wakeLock?.request("screen");
  } catch {
    wakeLock = null;
  }
}

function count() {
  if (!ends) return;
  const left = Math.ceil((ends - performance.now()) / 1000);
  if (left <= 0) cover();
  else byId("left").textContent = `${left}`;
}

setInterval(count, 500);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    clearTimeout(timer);
    cover();
    wakeLock?.release();
  } else {
    ask();
    stayAwake();
  }
});
another.addEventListener("click", ask);
ask();
stayAwake();
