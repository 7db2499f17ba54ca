// Shows the offline page where a citizen's page cannot be had. It keeps that page and what it needs
// to be drawn, never a page or an answer about a person.
import { choose } from "./offline/pack.js";
import { erasePack, readLook, readPack, writeLook } from "./offline/store.js";
import { keepShell, lookOf, pathOf, soon } from "./shell.js";

const PAGES = /^\/(code(\/plain)?|consent|sessions|rights(\/.*)?|print)?$/;
const NEW_SESSION = /^\/sign-in\/./;
const GONE = [502, 503, 504];

const kept = keepShell("shell-", (event, url) => {
  // Whoever signs in next on this phone does not find the codes of whoever was here before.
  if (NEW_SESSION.test(url.pathname)) event.waitUntil(erasePack());
  if (PAGES.test(url.pathname)) event.respondWith(page(event, url));
});

async function page(event, url) {
  // No navigation preload: it would ask the city twice where we do not answer, as at sign-in.
  const asked = fetch(event.request);
  asked.catch(() => undefined);
  const usable = choose(await readPack(), Date.now()).code !== undefined;
  try {
    const answer = await (usable ? soon(asked) : asked);
    return usable && GONE.includes(answer.status) ? await offlinePage(url) : answer;
  } catch {
    return offlinePage(url);
  }
}

async function offlinePage(url) {
  const look = lookOf(url, await readLook());
  await writeLook(look);
  return (await kept(pathOf("/offline", look))) || Response.error();
}
