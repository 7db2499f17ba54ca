// Says how this device stands without a network: how old what it knows is, and what waits.
import { spokenAge } from "./rules.js";

const trust = document.getElementById("trust");
const sent = document.getElementById("sent");

const filled = (text, name, value) => text.replace(`{${name}}`, String(value));

function ageWords(ageS) {
  const [number, unit] = spokenAge(ageS);
  return filled(trust.dataset[unit], "n", number);
}

function trustWords({ mood, ageS, silent }) {
  if (mood === "none" || mood === "ended") return trust.dataset[mood];
  return filled(silent ? trust.dataset.off : trust.dataset.on, "age", ageWords(ageS));
}

export function say(state) {
  const { mood, waiting, silent, tally } = state;
  const more = waiting ? filled(trust.dataset.waiting, "n", waiting) : "";
  trust.hidden = mood === "none" && !silent && !waiting;
  trust.textContent = trustWords(state) + more;
  trust.classList.toggle("badge", mood !== "fresh" || silent);
  sent.hidden = !tally || !(tally.registered + tally.conflicts + tally.dropped);
  if (!sent.hidden) sent.textContent = sentWords(tally);
}

function sentWords({ registered, conflicts, dropped }) {
  const part = (name, number) => (number ? filled(sent.dataset[name], "n", number) : "");
  return filled(sent.dataset.registered, "n", registered) + part("conflicts", conflicts) + part("dropped", dropped);
}

export function sayGone(unsent) {
  const gone = document.getElementById("gone");
  gone.textContent = filled(gone.dataset.said, "n", unsent);
  gone.hidden = false;
  trust.hidden = sent.hidden = true;
}

// The page that a phone keeps knows no merchant: it gets name, venue and scenarios from what is kept.
// Returns whether it did.
export function fillPage(page, scenario) {
  if (!page || scenario.options.length) return false;
  const { lang } = document.documentElement;
  document.getElementById("merchant").textContent = [page.merchant, page.venue && page.venue.name]
    .filter(Boolean)
    .join(" · ");
  const choices = page.choices[lang === "en" ? "en" : "zh"];
  for (const { id, name } of choices) {
    scenario.appendChild(Object.assign(document.createElement("option"), { value: id, textContent: name }));
  }
  sayOnly(choices, scenario);
  document.getElementById("form").dataset.venue = page.venue ? page.venue.id : "";
  return true;
}

// One scenario is said, not chosen.
function sayOnly(choices, scenario) {
  if (choices.length !== 1) return;
  const only = document.getElementById("only");
  only.querySelector("b").textContent = choices[0].name;
  only.hidden = false;
  scenario.closest("label").hidden = true;
}
