// The live camera: its frames go to the decoding worker, one at a time. Begin at `open`.
import { hasDecoder, read } from "./decoder.js";
import { frameSize } from "./frame_size.js";
import { fitLens, openLens, startLens } from "./lens.js";
import { meant } from "./meant.js";
import { browserKind, hindrance, reasonOf } from "./refusal.js";

const byId = (id) => document.getElementById(id);
const [camera, view, video, tap, lens, refused] = ["camera", "view", "video", "tap", "lens", "refused"].map(byId);
const { dataset: files } = camera;
// A phone that lies on a counter all day shall stay cool: some 16 frames a second at most.
const BETWEEN_MS = 60;
// A screen reader reads it out each time.
const SEVERAL_AGAIN_MS = 4000;
const canvas = document.createElement("canvas");
const brush = canvas.getContext("2d", { willReadFrequently: true });
let stream = null;
// Every stream has a number of its own: what an earlier one still brings is dropped.
let round = 0;
let wanted = false;
let paused = false;
let told = {};

function showWhy(why) {
  refused.hidden = !why;
  const help = why === "denied" ? browserKind(navigator.userAgent) : "";
  for (const each of refused.children) {
    each.hidden = each.dataset.help ? each.dataset.help !== help : each.dataset.why !== why;
  }
}

function release() {
  round += 1;
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  video.srcObject = null;
}

// Shows the finder, or the button where nothing is to be seen.
function arrange() {
  const on = Boolean(stream) && !paused;
  view.hidden = !stream;
  lens.hidden = !on;
  tap.hidden = on;
}

function fail(why) {
  wanted = false;
  release();
  arrange();
  showWhy(why);
}

function frame() {
  const [wide, high] = frameSize(video.videoWidth, video.videoHeight);
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  brush.drawImage(video, 0, 0, wide, high);
  return brush.getImageData(0, 0, wide, high);
}

const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));

async function look(mine) {
  let last = -BETWEEN_MS;
  let severalAt = -SEVERAL_AGAIN_MS;
  while (mine === round) {
    const now = await drawn();
    if (mine !== round) return;
    if (paused || !video.videoWidth || now - last < BETWEEN_MS) continue;
    last = now;
    const { text, several } = meant(await read(frame(), files));
    if (mine !== round || paused) continue;
    if (text) told.onText(text, true);
    if (!several || now - severalAt < SEVERAL_AGAIN_MS) continue;
    severalAt = now;
    told.onSeveral();
  }
}

// Shows the camera and reads it until the page is left; says why where there is none.
export async function open() {
  const why = hindrance(window);
  if (why) return fail(why);
  wanted = true;
  paused = false;
  release();
  showWhy("");
  const mine = round;
  try {
    const opened = await openLens();
    if (mine !== round) return opened.getTracks().forEach((track) => track.stop());
    stream = opened;
    video.srcObject = stream;
    // A camera that is unplugged, or that another app takes.
    stream.getVideoTracks()[0].addEventListener("ended", () => mine === round && fail("busy"));
    // In sight first: some phones play nothing that is hidden.
    arrange();
    await video.play();
    fitLens(stream);
    await look(mine);
  } catch (error) {
    if (mine === round) fail(reasonOf(error));
  }
}

// Reads nothing until `resume`; the camera stays on, so that going on takes no time.
export function pause() {
  paused = true;
  arrange();
}

function comeBack() {
  if (wanted && !paused && !stream && !document.hidden) open();
}

// Goes on reading if somebody had begun to.
export function resume() {
  paused = false;
  arrange();
  comeBack();
}

// Makes everything ready but the camera, which waits for a tap; returns whether there can be one.
export function start({ onText, onSeveral }) {
  if (!hasDecoder(files)) return false;
  told = { onText, onSeveral };
  camera.hidden = false;
  // Loaded while nobody waits for it.
  read(null, files).catch(() => {});
  startLens({ onTurn: open });
  document.addEventListener("visibilitychange", () => {
    // Another app may want the camera, the one that takes a photo for us among them.
    if (document.hidden) release();
    else comeBack();
  });
  addEventListener("pagehide", release);
  addEventListener("pageshow", comeBack);
  return true;
}
