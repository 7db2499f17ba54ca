// What the code is for: exactly one scenario of one city, or `general` and a city to look at.
// It stands after # in the address, which no browser sends, and on this phone for the next time.
import { onPhone } from "../kept.js";

const KEY = "choice";
const CITY = /^[0-9]{6}$/;
const SCENARIO = /^(general|(?=.{1,32}$)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+)$/;

// Returns what a text says, in whole or of the city alone; null for anything else.
export function readChoice(text) {
  const said = new URLSearchParams(text.replace(/^#/, ""));
  const city = said.get("city") || "";
  const scenario = said.get("scenario");
  if (!CITY.test(city) || (scenario !== null && !SCENARIO.test(scenario))) return null;
  return { city, scenario };
}

export function spellChoice({ city, scenario }) {
  return scenario === null ? `city=${city}` : `city=${city}&scenario=${scenario}`;
}

export const lastChoice = () => readChoice(onPhone.get(KEY) || "");
export const rememberChoice = (choice) => onPhone.put(KEY, spellChoice(choice));
