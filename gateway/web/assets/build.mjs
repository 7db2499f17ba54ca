// Builds the page code and styles into ../static, with a hash in each name and a manifest.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { dictionary } from "./dictionary.mjs";
import { icon } from "./icons.mjs";

const out = "../static";
const fresh = `${out}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

const how = {
  outdir: fresh,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  target: ["es2017"],
  plugins: [dictionary],
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
};
const made = await build({
  ...how,
  entryPoints: {
    carry: "src/carry.js",
    check: "src/merchant/check.js",
    citizen: "src/citizen/page.js",
    enrol: "src/enrol.js",
    forget: "src/offline/forget.js",
    leave: "src/merchant/offline/leave.js",
    merchant: "src/merchant/page.js",
    office: "src/office.js",
    offline: "src/offline/offline.js",
    reader: "src/merchant/reader.js",
    style: "css/style.css",
  },
  format: "esm",
  supported: { "dynamic-import": true, "import-meta": true },
});
// A service worker is no module everywhere.
const workers = { merchant_worker: "src/merchant_worker.js", service_worker: "src/service_worker.js" };
const worker = await build({ ...how, entryPoints: workers, format: "iife" });

const manifest = {};
const outputs = { ...made.metafile.outputs, ...worker.metafile.outputs };
for (const [file, { entryPoint }] of Object.entries(outputs)) {
  if (entryPoint) manifest[basename(file).replace(/-[A-Z0-9]{8}\./, ".")] = basename(file);
}
const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 8);
const round = { margin: 0.17, round: 0.22 };
const icons = { "icon-180": [180, { margin: 0.17, round: 0 }], "icon-192": [192, round], "icon-512": [512, round] };
// A system may cut a maskable icon down to the circle in its middle (W3C manifest, 80 %).
icons["icon-maskable"] = [512, { margin: 0.24, round: 0 }];
for (const [name, [size, shape]] of Object.entries(icons)) {
  const drawn = icon(size, shape);
  manifest[`${name}.png`] = `${name}-${hashOf(drawn)}.png`;
  writeFileSync(join(fresh, manifest[`${name}.png`]), drawn);
}
const wasm = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
manifest["zxing_reader.wasm"] = `zxing_reader-${hashOf(readFileSync(wasm))}.wasm`;
copyFileSync(wasm, join(fresh, manifest["zxing_reader.wasm"]));
// The lettering of printed sheets: read by the server, which draws them, and served to nobody.
const font = "node_modules/@fontsource-variable/noto-sans-sc";
cpSync(join(font, "files"), join(fresh, "font"), { recursive: true });
for (const file of ["unicode.json", "LICENSE"]) copyFileSync(join(font, file), join(fresh, "font", file));
// A smaller twin for whoever takes it (gateway/web/pages/assets.py).
for (const built of Object.values(manifest).filter((name) => /\.(css|js|wasm)$/.test(name))) {
  writeFileSync(join(fresh, `${built}.gz`), gzipSync(readFileSync(join(fresh, built)), { level: 9 }));
}
writeFileSync(join(fresh, "manifest.json"), JSON.stringify(manifest));
rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
