// Asks the self-check's own rules what each of a list of typed texts says of a scanner.
import { readFileSync } from "node:fs";
import { CARD, judge } from "../../gateway/web/assets/src/merchant/card.js";

const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify({ card: CARD, found: cases.map(([typed, how]) => judge(typed, how)) }));
