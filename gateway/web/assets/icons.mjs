// Draws the app's icons: a code's three corners and a few modules, white on the accent colour.
import { deflateSync } from "node:zlib";

const ACCENT = [11, 92, 173];
const WHITE = [255, 255, 255];
const MODULES = [
  "11111011111",
  "10001010001",
  "10101010101",
  "10001010001",
  "11111011111",
  "00000000000",
  "11111010101",
  "10001001010",
  "10101010001",
  "10001001010",
  "11111010101",
];

// Returns a PNG of `size` pixels; `margin` is the part of it that stays empty on each side.
export function icon(size, { margin, round }) {
  const rows = [];
  for (let y = 0; y < size; y += 1) {
    const row = [0];
    for (let x = 0; x < size; x += 1) row.push(...pixel(x, y, size, margin, round));
    rows.push(Buffer.from(row));
  }
  return png(size, Buffer.concat(rows));
}

function pixel(x, y, size, margin, round) {
  const from = size * margin;
  const step = (size - 2 * from) / MODULES.length;
  const inside = x >= from && y >= from && x < size - from && y < size - from;
  const white = inside && MODULES[Math.floor((y - from) / step)][Math.floor((x - from) / step)] === "1";
  return [...(white ? WHITE : ACCENT), cover(x + 0.5, y + 0.5, size, size * round)];
}

// How much of a pixel lies inside the rounded square, 0 to 255.
function cover(x, y, size, radius) {
  const dx = Math.max(radius - x, x - (size - radius), 0);
  const dy = Math.max(radius - y, y - (size - radius), 0);
  return Math.round(255 * Math.min(Math.max(radius - Math.hypot(dx, dy) + 0.5, 0), 1));
}

function png(size, raw) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(raw, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
