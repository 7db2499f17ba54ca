// What a counter's plate put into the address (#city=330300&scenario=lodging.hotel) on its way
// through the finder, the sign-in and the consent. It stays in this tab; no request carries it.
import { inTab } from "../kept.js";
import { readChoice, spellChoice } from "./choice.js";

const KEY = "plate";

// Returns the fragment of this page's address if it is a choice; else an empty text.
export function plate() {
  return spelled(location.hash);
}

export function keepPlate() {
  if (plate()) inTab.put(KEY, plate());
}

// Puts a kept choice back into the address, once; a choice that is there already wins.
export function returnPlate() {
  const kept = spelled(inTab.get(KEY) || "");
  inTab.drop(KEY);
  if (kept && !location.hash) history.replaceState(history.state, "", kept);
}

function spelled(fragment) {
  const choice = readChoice(fragment);
  return choice ? `#${spellChoice(choice)}` : "";
}
