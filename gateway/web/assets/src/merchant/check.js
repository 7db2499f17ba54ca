// The self-check: tries what the counter needs, one after the other, and says what came of it.
import { judge } from "./card.js";
import { read } from "./sources/decoder.js";
import * as sound from "./sound.js";

const byId = (id) => document.getElementById(id);
const checks = byId("checks");
const { dataset: facts } = checks;
const MOST_OFF_MS = 60000;
const SLOW_MS = 1000;
// A scanner that sends no Enter has long been done by then.
const IDLE_MS = 600;

// Shows how a check came out: `is` is busy, good, bad or ask.
function tell(name, is, value = "") {
  const row = checks.querySelector(`[data-check=${name}]`);
  for (const each of row.querySelectorAll("[data-is]")) each.hidden = each.dataset.is !== is;
  row.querySelector("output").textContent = value;
}

async function camera() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const [track] = stream.getVideoTracks();
  const { width, height } = track.getSettings();
  track.stop();
  return `${width} × ${height}`;
}

async function decoder() {
  const picture = document.querySelector("#card img");
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const brush = canvas.getContext("2d");
  brush.drawImage(picture, 0, 0);
  const begun = performance.now();
  const texts = await read(brush.getImageData(0, 0, canvas.width, canvas.height), facts);
  if (!texts.includes(picture.dataset.text)) throw new Error("not read");
  return `${Math.round(performance.now() - begun)} ms`;
}

function vibration() {
  if (!navigator.vibrate || !navigator.vibrate(200)) throw new Error("cannot");
  return "";
}

async function offline() {
  const found = await navigator.serviceWorker.getRegistration("/merchant");
  if (!found || !found.active) throw new Error("nobody stands in for the city");
  return "";
}

// The page came with the city's time; since then this clock has only gone on.
function clock() {
  const [opened] = performance.getEntriesByType("navigation");
  const then = performance.timeOrigin + opened.responseStart;
  const offMs = Math.round(then - 1000 * Number(facts.now));
  if (Math.abs(offMs) > MOST_OFF_MS) throw new Error(`${Math.round(offMs / 1000)} s`);
  return `${Math.round(offMs / 1000)} s`;
}

async function network() {
  const took = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const begun = performance.now();
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    took.push(performance.now() - begun);
  }
  const [, middle] = took.sort((one, other) => one - other);
  if (middle > SLOW_MS) throw new Error(`${Math.round(middle)} ms`);
  return `${Math.round(middle)} ms`;
}

const CHECKS = { camera, decoder, vibration, offline, clock, network };

async function run() {
  byId("begin").disabled = true;
  sound.unlock();
  sound.play("now");
  tell("sound", "ask");
  for (const [name, check] of Object.entries(CHECKS)) {
    tell(name, "busy");
    try {
      tell(name, "good", await check());
    } catch (error) {
      // The words are on the page; what a number says beside them is ours.
      tell(name, "bad", /^-?\d+ m?s$/.test(error.message) ? error.message : "");
    }
  }
  byId("begin").disabled = false;
}

function showCard(typed, how) {
  const { line, faults, missing } = judge(typed, how);
  for (const each of byId("said").children) each.hidden = !faults.includes(each.dataset.fault);
  byId("missing").textContent = missing;
  byId("fine").hidden = faults.length > 0;
  const picture = [...document.querySelectorAll("#card img")].find((each) => each.dataset.text === line);
  if (picture && !faults.length) picture.closest("figure").querySelector("[data-read]").hidden = false;
}

function listen() {
  const box = byId("scanned");
  let composed = false;
  let idle = 0;
  const take = (enter) => {
    clearTimeout(idle);
    const typed = box.value.replace(/[\r\n]+$/, "");
    box.value = "";
    if (typed) showCard(typed, { enter, composed });
    composed = false;
  };
  box.addEventListener("compositionstart", () => (composed = true));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    take(true);
  });
  box.addEventListener("input", () => {
    clearTimeout(idle);
    idle = setTimeout(take, IDLE_MS, false);
  });
}

byId("begin").hidden = false;
byId("begin").addEventListener("click", run);
for (const each of checks.querySelectorAll("[data-heard]")) {
  each.addEventListener("click", () => tell("sound", each.dataset.heard));
}
listen();
