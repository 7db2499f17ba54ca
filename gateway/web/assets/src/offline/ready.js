// The code page and its phone: makes it ready for being without a network, and asks it when it is.
import { noteCityTime, offlineCode, topUp } from "./keep.js";
import { cityMs } from "./pack.js";
import { erasePack, readPack, writeLook } from "./store.js";
import { lasting, said } from "./words.js";

const area = document.getElementById("offline");
const { owner } = area.dataset;

async function keepPack(token) {
  if (document.hidden) return;
  await topUp({ token, owner });
  const pack = await readPack();
  const packed = document.getElementById("packed");
  packed.hidden = !pack || cityMs(pack, Date.now()) === null;
  if (pack) packed.textContent = lasting(area.dataset, pack, Date.now())(area.dataset.packed);
}

// The page was opened.
export async function makeReady(token) {
  const root = document.documentElement;
  await writeLook({ lang: root.lang === "en" ? "en" : "zh", elder: root.classList.contains("elder") });
  await keepPack(token);
  try {
    await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
  } catch {
    // This browser has none, or not for this address: the page works as long as there is a network.
  }
}

// The city answered, and said what time it is.
export async function heard(citySeconds, token) {
  await noteCityTime(citySeconds);
  await keepPack(token);
}

// The city said that nobody is signed in, or has agreed.
export const unheard = erasePack;

// Returns what to show while the city does not answer: {code, note, instead, used, changesInMs}.
// Without any pack of this session there is neither code nor words.
export async function offlineView(move) {
  const found = await offlineCode({ owner, move });
  const { code, why, changesInMs } = found.choice;
  if (why === "none") return { used: false };
  const [note, instead] = said(area.dataset, found, Date.now());
  return { code, note, instead, used: why === "used", changesInMs };
}
