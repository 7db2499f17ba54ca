// Asks the pages' own rules of choices (gateway/web/assets/src/citizen/choice.js) how they read
// each of a list of fragments: as the fragment that says the same, or null.
import { readFileSync } from "node:fs";
import { readChoice, spellChoice } from "../../gateway/web/assets/src/citizen/choice.js";

const read = JSON.parse(readFileSync(process.argv[2], "utf8")).map((text) => {
  const choice = readChoice(text);
  return choice && `#${spellChoice(choice)}`;
});
console.log(JSON.stringify({ read }));
