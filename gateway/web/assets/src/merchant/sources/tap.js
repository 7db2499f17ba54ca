// The one tap that scanning begins with: the app's own scanner where it has one, else the camera.
import { bridgeIn } from "./bridge.js";
import * as camera from "./camera.js";

const tap = document.getElementById("tap");
let asking = false;

async function scanInApp(scan, onText) {
  asking = true;
  try {
    const text = await scan();
    if (text) onText(text);
    return true;
  } catch {
    // The app has no right to it, or an old version of it.
    return false;
  } finally {
    asking = false;
  }
}

// Calls `onText` with what is read, and `onSeveral` where two codes could be meant.
export function start({ onText, onSeveral }) {
  if (!camera.start({ onText, onSeveral })) return;
  tap.addEventListener("click", async () => {
    // Who can tap again does not see the app's scanner: it never came.
    const scan = asking ? null : bridgeIn(window);
    if (!scan || !(await scanInApp(scan, onText))) camera.open();
  });
}
