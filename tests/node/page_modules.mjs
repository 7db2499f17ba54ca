// The page modules as browsers get them: bundled and lowered to ES2017 as build.mjs does, in memory.
import { build } from "../../gateway/web/assets/node_modules/esbuild/lib/main.js";
import { dictionary } from "../../gateway/web/assets/dictionary.mjs";

const SOURCES = new URL("../../gateway/web/assets/src/", import.meta.url).pathname;

let loads = 0;

/** Returns what the modules export, all in one object; each time anew, as a page that is loaded. */
export async function pageModules(...names) {
  const made = await build({
    stdin: { contents: names.map((name) => `export * from "./${name}";`).join("\n"), resolveDir: SOURCES },
    bundle: true,
    write: false,
    format: "esm",
    target: ["es2017"],
    plugins: [dictionary],
    logLevel: "warning",
  });
  const [{ contents }] = made.outputFiles;
  loads += 1;
  return import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}#${loads}`);
}
