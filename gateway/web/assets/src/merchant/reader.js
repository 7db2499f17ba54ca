// A worker that finds QR codes in photos and in frames of the camera; no picture leaves the phone.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

// More than one, since it matters whether a picture holds two (sources/meant.js).
const options = { formats: ["QRCode"], maxNumberOfSymbols: 3, tryHarder: true };
let ready = null;

function prepare(wasm) {
  ready = ready || prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return ready;
}

async function textsIn(picture) {
  try {
    const found = await readBarcodes(picture, options);
    return found.filter((each) => each.isValid).map((each) => each.text);
  } catch {
    // No picture at all.
    return [];
  }
}

// Answers {number, texts}, or {number, texts: null} where the reader itself could not be had.
self.addEventListener("message", async ({ data: { number, picture, wasm } }) => {
  try {
    await prepare(wasm);
  } catch {
    // Another time the network may be there.
    ready = null;
    return self.postMessage({ number, texts: null });
  }
  return self.postMessage({ number, texts: picture ? await textsIn(picture) : [] });
});
