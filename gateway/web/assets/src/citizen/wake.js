// Keeps the screen on while a code is shown, where the browser can.
let lock = null;

export async function stayAwake() {
  try {
    lock = await navigator.wakeLock?.request("screen");
  } catch {
    lock = null;
  }
}

export function mayDim() {
  lock?.release();
}
