// What the page says of offline codes: its own words, from the data of `#offline`, and hours.
import { packEnd } from "./pack.js";

const CHINA_MS = 8 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;

const dayOf = (seconds) => Math.floor((seconds * 1000 + CHINA_MS) / DAY_MS);

// HH:MM in China; "tomorrow" comes before it if it is another day than that of `nowS`.
export function hourOf(seconds, nowS, tomorrow) {
  const time = new Date(seconds * 1000 + CHINA_MS).toISOString().slice(11, 16);
  return dayOf(seconds) > dayOf(nowS) ? tomorrow.replace("{time}", time) : time;
}

export function lasting(words, pack, phoneMs) {
  const nowS = (phoneMs + pack.offsetMs) / 1000;
  return (text) => text.replace("{time}", hourOf(packEnd(pack), nowS, words.tomorrow));
}

// Returns [what to say beside the code, what to say in its place].
export function said(words, { pack, choice }, phoneMs) {
  if (choice.code) return [lasting(words, pack, phoneMs)(words.until), ""];
  if (choice.why !== "used") return [words.off, words[choice.why]];
  const nowS = (phoneMs + pack.offsetMs) / 1000;
  return [words.off, words.used.replace("{time}", hourOf(choice.freshAt, nowS, words.tomorrow))];
}
