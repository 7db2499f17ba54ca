// Gives page code the preset dictionary of form 1 as `import bytes from "dictionary-1"`, out of the
// one place where it stands, gateway/codes/dictionary.py, and refuses to build with another one.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const SOURCE = new URL("../../codes/dictionary.py", import.meta.url);

export function dictionaryOf(source) {
  const bytes = Buffer.from(Array.from(source.matchAll(/^ {4}b'([^'\\]*)'$/gm), (line) => line[1]).join(""));
  const told = /(\d+) bytes, SHA-256 ``([0-9a-f]{64})``/.exec(source);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (!told || String(bytes.length) !== told[1] || digest !== told[2]) {
    throw new Error("gateway/codes/dictionary.py does not hold the dictionary that it describes");
  }
  return bytes;
}

const here = { filter: /.*/, namespace: "dictionary" };

export const dictionary = {
  name: "dictionary",
  setup(build) {
    build.onResolve({ filter: /^dictionary-1$/ }, ({ path }) => ({ path, namespace: here.namespace }));
    build.onLoad(here, () => ({ contents: dictionaryOf(readFileSync(SOURCE, "utf8")), loader: "binary" }));
  },
};
