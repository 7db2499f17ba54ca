// Shows what the chosen code is good for, out of what the page holds for every city.
const all = (selector) => Array.from(document.querySelectorAll(selector));
const GENERAL = "general";

// Returns the choice as a code can be made for it, or null where a part has to be chosen first.
// What the page does not know is asked for as it is: the city knows more than an old page.
export function resolveChoice({ city, scenario }) {
  const offered = all(`.good-for[data-city="${city}"]`).map((each) => each.dataset.scenario);
  if (!offered.length) return null;
  if (offered.includes(scenario)) return { city, scenario };
  const parts = offered.filter((each) => each.startsWith(`${scenario}.`));
  if (parts.length === 1) return { city, scenario: parts[0] };
  return parts.length ? null : { city, scenario };
}

// Opens the tiles of a city, and of one of its scenarios that has parts.
export function browse({ city, scenario }) {
  const known = all(".destination").some((each) => each.dataset.city === city);
  for (const each of all(".destination")) each.hidden = !known || each.dataset.city !== city;
  for (const each of all(".chip")) {
    if (each.getAttribute("href") === `#city=${city}`) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  for (const each of all(`.destination[data-city="${city}"] .parts`)) {
    each.open = each.dataset.scenario === scenario;
  }
}

// Shows the offers of a choice, and returns the title of the page; null hides them all.
export function showOffers(choice) {
  let title = null;
  for (const each of all(".good-for")) {
    const { city, scenario } = each.dataset;
    each.hidden = !choice || city !== choice.city || scenario !== choice.scenario;
    if (!each.hidden) title = each.dataset.title || null;
  }
  return title;
}

export const isGeneral = (choice) => choice.scenario === GENERAL;
