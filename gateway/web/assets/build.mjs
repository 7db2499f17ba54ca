// Builds the page code and styles into ../static, with a hash in each name and a manifest.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const out = "../static";
const fresh = `${out}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

const made = await build({
  entryPoints: ["src/citizen.js", "src/enrol.js", "src/merchant.js", "src/reader.js", "css/style.css"],
  outdir: fresh,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2017"],
  supported: { "dynamic-import": true, "import-meta": true },
  legalComments: "eof",
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [file, { entryPoint }] of Object.entries(made.metafile.outputs)) {
  if (entryPoint) manifest[basename(entryPoint)] = basename(file);
}
const wasm = "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm";
const hash = createHash("sha256").update(readFileSync(wasm)).digest("hex").slice(0, 8);
manifest["zxing_reader.wasm"] = `zxing_reader-${hash}.wasm`;
copyFileSync(wasm, join(fresh, manifest["zxing_reader.wasm"]));
writeFileSync(join(fresh, "manifest.json"), JSON.stringify(manifest));
rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
