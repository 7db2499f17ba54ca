// Which camera, its light and its zoom; what was chosen last is remembered on this phone.
import { onPhone } from "../../kept.js";

const byId = (id) => document.getElementById(id);
const [torch, turn, zoomed, zoom] = ["torch", "turn", "zoomed", "zoom"].map(byId);
const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };
let track = null;

// Returns a stream of the camera chosen last, or of one that looks away from the staff.
export async function openLens() {
  const kept = onPhone.get("camera");
  const ask = (which) => navigator.mediaDevices.getUserMedia({ audio: false, video: { ...SIZE, ...which } });
  if (kept) {
    try {
      return await ask({ deviceId: { exact: kept } });
    } catch (error) {
      if (!/^(Overconstrained|NotFound)Error$/.test(error.name)) throw error;
      // That camera is gone.
      onPhone.drop("camera");
    }
  }
  return ask({ facingMode: { ideal: "environment" } });
}

const set = (what) => track.applyConstraints({ advanced: [what] });

async function shine(on) {
  try {
    await set({ torch: on });
    torch.setAttribute("aria-pressed", String(on));
    return true;
  } catch {
    // Some phones name a light that they do not have.
    torch.hidden = true;
    return false;
  }
}

function offerZoom(range) {
  const wide = range && range.max > range.min;
  zoomed.hidden = !wide;
  if (!wide) return;
  Object.assign(zoom, { min: range.min, max: range.max, step: range.step || 0.1 });
  zoom.value = onPhone.get("zoom") || range.min;
  if (Number(zoom.value) !== range.min) set({ zoom: Number(zoom.value) }).catch(() => {});
}

async function offerOthers() {
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  turn.hidden = all.filter((each) => each.kind === "videoinput").length < 2;
}

// Shows what the camera in use can do, and sets it as it was.
export function fitLens(stream) {
  [track] = stream.getVideoTracks();
  const able = track.getCapabilities ? track.getCapabilities() : {};
  torch.hidden = !able.torch;
  torch.setAttribute("aria-pressed", "false");
  if (able.torch && onPhone.get("torch") === "on") shine(true);
  offerZoom(able.zoom);
  offerOthers();
}

async function chooseNext() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const ids = all.filter((each) => each.kind === "videoinput").map((each) => each.deviceId);
  const { deviceId } = track.getSettings();
  onPhone.put("camera", ids[(ids.indexOf(deviceId) + 1) % ids.length]);
}

// Wires the buttons; `onTurn` is called when another camera was chosen.
export function startLens({ onTurn }) {
  turn.addEventListener("click", () => chooseNext().then(onTurn));
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    if (await shine(on)) onPhone.put("torch", on ? "on" : "off");
  });
  zoom.addEventListener("input", () => {
    set({ zoom: Number(zoom.value) }).catch(() => {});
    onPhone.put("zoom", zoom.value);
  });
}
