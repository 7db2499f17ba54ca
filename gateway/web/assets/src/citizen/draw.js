// Draws a code: black on white whatever the page's colours, as few modules as fit.
import { correction, generate, mode } from "lean-qr";

const LEVEL = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };
const COLOURS = { on: [0, 0, 0, 255], off: [255, 255, 255, 255], padX: 4, padY: 4 };
const MOSAIC_MODULES = 53;

export function drawCode(canvas, code) {
  generate(code, { ...LEVEL, modes: [mode.alphaNumeric] }).toCanvas(canvas, COLOURS);
  canvas.hidden = false;
}

// Grey squares at random, as large as a code: no scanner takes them for one, and from two metres
// nobody sees whose page shows them.
export function drawMosaic(canvas) {
  canvas.width = canvas.height = MOSAIC_MODULES;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, MOSAIC_MODULES, MOSAIC_MODULES);
  pen.fillStyle = "#4d5660";
  for (let at = 0; at < MOSAIC_MODULES ** 2; at += 1) {
    const x = at % MOSAIC_MODULES;
    const y = (at - x) / MOSAIC_MODULES;
    const inside = Math.min(x, y) > 3 && Math.max(x, y) < MOSAIC_MODULES - 4;
    if (inside && Math.random() < 0.5) pen.fillRect(x, y, 1, 1);
  }
  canvas.hidden = false;
}

// Hiding alone would leave the picture in memory, for whoever takes the screen's picture.
export function clearCode(canvas) {
  canvas.hidden = true;
  canvas.width = canvas.height = 1;
}
