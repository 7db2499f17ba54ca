// A worker that finds a QR code in a photo; the picture never leaves the phone.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const options = { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true };
let ready = null;

self.addEventListener("message", async ({ data: { photo, wasm } }) => {
  try {
    ready = ready ?? prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
    await ready;
    const [found] = await readBarcodes(photo, options);
    self.postMessage({ text: found?.isValid ? found.text : "" });
  } catch {
    self.postMessage({ text: "" });
  }
});
