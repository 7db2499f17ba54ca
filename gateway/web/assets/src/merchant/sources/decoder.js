// The decoding worker as a function: a picture in, the texts of its QR codes out.
let worker = null;
let asked = 0;
const waiting = new Map();

function settle(number, texts) {
  const { resolve, reject } = waiting.get(number) || {};
  waiting.delete(number);
  if (texts) resolve?.(texts);
  else reject?.(new Error("no reader"));
}

function started(address) {
  if (worker) return worker;
  worker = new Worker(address, { type: "module" });
  worker.addEventListener("message", ({ data }) => settle(data.number, data.texts));
  worker.addEventListener("error", () => {
    // It did not load: whoever asks next tries again.
    worker = null;
    for (const number of [...waiting.keys()]) settle(number, null);
  });
  return worker;
}

// Whether the page was built with a reader: `files` are the addresses of the worker and its WebAssembly.
export function hasDecoder(files) {
  return Boolean(files.worker && files.wasm);
}

// Returns the texts in a photo (Blob) or frame (ImageData, which is taken away); with null it only
// makes itself ready. Fails where the reader cannot be had.
export function read(picture, { worker: address, wasm }) {
  return new Promise((resolve, reject) => {
    asked += 1;
    waiting.set(asked, { resolve, reject });
    const taken = picture instanceof ImageData ? [picture.data.buffer] : [];
    started(address).postMessage({ number: asked, picture, wasm }, taken);
  });
}
