// The citizen's code: asked for, drawn here, drawn anew before it ends, gone when nobody looks.
// Begin at `open`: the choice in the address, or the last one on this phone, or the tiles.
import { AGAIN, ANOTHER, SAME } from "../offline/keep.js";
import { heard, makeReady, offlineView, unheard } from "../offline/ready.js";
import { askForCode } from "./ask.js";
import { lastChoice, readChoice, rememberChoice, spellChoice } from "./choice.js";
import { noteClock } from "./clock.js";
import { browse, isGeneral, resolveChoice, showOffers } from "./good_for.js";
import { cover, noteDay, offer, say, showCode, showInstead, word } from "./panel.js";
import { returnPlate } from "./plate.js";
import { mayReload, reloaded } from "./reload.js";
import { mayDim, stayAwake } from "./wake.js";

const byId = (id) => document.getElementById(id);
const [panel, title, choose] = ["code", "title", "choose"].map(byId);
// A page asks by itself once a minute, answered or not; a person may ask at any time.
const ASK_MS = 60_000;
// A network that has just come back may lose the first requests, which no city then sees.
const SOON_MS = 1000;
const SOON_TRIES = 3;
let timer = 0;
let chosen = null;
let asking = 0;
let soon = 0;
// What the button does to the pack if the city cannot be reached.
let move = SAME;

// Names the page after a choice, and shows its offers.
function entitle(choice) {
  title.textContent = showOffers(choice) || title.dataset[isGeneral(choice) ? "general" : "ask"];
}

// Shows what was issued; returns when to ask again.
function take(issued) {
  soon = 0;
  say("");
  entitle(chosen);
  move = SAME;
  reloaded();
  noteDay(issued.as_of);
  if (issued.code === null) {
    showInstead(word(isGeneral(chosen) ? "none" : "none-here"), ASK_MS, true);
    return ASK_MS;
  }
  const lifeMs = Number(panel.dataset.live) * 1000;
  const refreshMs = Math.max(lifeMs - (issued.expires_at - issued.refresh_at) * 1000, ASK_MS);
  showCode(issued.code, refreshMs, lifeMs);
  noteClock(byId("clock"), issued.expires_at - lifeMs / 1000);
  heard(issued.expires_at - lifeMs / 1000, panel.dataset.token);
  return refreshMs;
}

// Shows a code out of this phone's pack; without one the code that is shown lives to its end.
async function takeKept(mine, wanted) {
  const { code, note, instead, used, changesInMs } = await offlineView(wanted);
  if (mine !== asking) return;
  say(note ? (isGeneral(chosen) ? note : `${note}\n${word("general-only")}`) : word("failed"));
  move = SAME;
  if (code) {
    move = ANOTHER;
    entitle({ city: chosen.city, scenario: "general" });
    noteDay(null);
    showCode(code, 0, changesInMs);
    return;
  }
  if (instead) showInstead(instead, ASK_MS);
  if (used) move = AGAIN;
  offer(used ? "back" : "again");
}

async function refused(status, problem) {
  // The session or the consent ended, or another tab's sign-in made this page's forms worthless.
  if (status === 401 || status === 403) {
    await unheard();
    if (mayReload()) return location.reload();
  }
  if (problem === "scenario_not_offered" || problem === "catalogue_unavailable") {
    showInstead(word(problem), ASK_MS);
    choose.open = true;
    return undefined;
  }
  say(word(problem === "rate_limited" ? problem : "failed"));
  return offer("again");
}

async function ask(wanted = SAME) {
  clearTimeout(timer);
  if (!chosen || document.hidden) return;
  asking += 1;
  const mine = asking;
  let answer = { status: 0, issued: null, problem: null };
  try {
    answer = await askForCode(chosen, panel.dataset.token);
  } catch {
    // No network, or what answered was not the city.
  }
  // Meanwhile something else may have been chosen, or the page been left.
  if (mine !== asking) return;
  if (answer.issued) timer = setTimeout(ask, take(answer.issued));
  else {
    soon = answer.status === 0 ? Math.max(soon - 1, 0) : 0;
    timer = setTimeout(ask, soon ? SOON_MS : ASK_MS);
    if (answer.status === 0 || answer.status >= 500) takeKept(mine, wanted);
    else refused(answer.status, answer.problem);
  }
}

function leave() {
  clearTimeout(timer);
  asking += 1;
  cover();
  mayDim();
}

function comeBack() {
  ask();
  if (chosen) stayAwake();
}

function note(choice) {
  chosen = choice;
  rememberChoice(choice);
  history.replaceState(null, "", `#${spellChoice(choice)}`);
}

// Shows a city's tiles. A code that is shown stays: a general one is good there as well.
function look(city, scenario = null) {
  browse({ city, scenario });
  choose.open = true;
  if (!chosen) {
    byId("show").hidden = true;
    title.textContent = title.dataset.ask;
  } else if (isGeneral(chosen)) {
    note({ city, scenario: chosen.scenario });
    showOffers(chosen);
  }
}

function choosing(choice) {
  note(choice);
  browse(choice);
  entitle(choice);
  choose.open = false;
  byId("show").hidden = false;
  leave();
  say("");
  comeBack();
}

function open() {
  const wanted = readChoice(location.hash) || lastChoice();
  const whole = wanted && wanted.scenario !== null ? resolveChoice(wanted) : null;
  if (whole) choosing(whole);
  else if (wanted) look(wanted.city, wanted.scenario);
  else look(panel.dataset.city);
}

function follow(event) {
  const link = event.target.closest("a");
  const choice = link && readChoice(link.hash);
  if (!choice) return;
  if (choice.scenario === null) {
    event.preventDefault();
    look(choice.city);
    return;
  }
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
  // The same choice once more changes no address, and is meant all the same.
  if (link.hash === location.hash) open();
}

document.addEventListener("visibilitychange", () => (document.hidden ? leave() : comeBack()));
addEventListener("pagehide", leave);
addEventListener("pageshow", ({ persisted }) => persisted && comeBack());
addEventListener("online", () => {
  soon = SOON_TRIES;
  ask();
});
addEventListener("hashchange", open);
byId("main").addEventListener("click", follow);
byId("another").addEventListener("click", () => ask(move));
returnPlate();
open();
makeReady(panel.dataset.token);
