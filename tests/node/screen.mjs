// Asks the words of the merchant's page (src/merchant/words.js): argument is a file of JSON.
import { readFileSync } from "node:fs";
import { pageModules } from "./page_modules.mjs";

const { words, lang, texts, answers, kinds, scenario } = JSON.parse(readFileSync(process.argv[2], "utf8"));
globalThis.document = {
  documentElement: { lang },
  getElementById: () => ({ dataset: { words: JSON.stringify(words) } }),
};
const page = await pageModules("merchant/words.js");
const said = {
  pieces: texts.map((text) => page.pieces({ words: text })),
  sentences: answers.map((answer) => page.sentence(answer, scenario)),
  kinds: page.bestFirst(kinds.map((kind) => ({ kind }))).map(({ kind }) => kind),
};
console.log(JSON.stringify(said));
