// Shows the merchant's page where it cannot be had. It keeps that page and all that it works with, the
// reader of codes included, and never an answer of the city.
import { isGone, statusOf } from "./merchant/offline/ours.js";
import { eraseAll, get, put } from "./merchant/offline/store.js";
import { keepShell, lookOf, pathOf, soon } from "./shell.js";

const kept = keepShell("merchant-", (event, url) => {
  if (url.pathname === "/merchant") event.respondWith(page(event, url));
});

async function page(event, url) {
  try {
    const answer = await soon(fetch(event.request));
    // Sent on to enrol: where this device was ended, nothing of a guest stays on it.
    const sentOn = answer.type === "opaqueredirect";
    if (sentOn) event.waitUntil(eraseIfEnded());
    return !sentOn && isGone(answer.status) ? await offlinePage(url) : answer;
  } catch {
    return offlinePage(url);
  }
}

async function eraseIfEnded() {
  try {
    const answer = await fetch("/merchant/facts", { cache: "no-store", redirect: "error" });
    if (statusOf(answer) === 401) await eraseAll();
  } catch {
    // There is nobody to say so, or nothing to erase.
  }
}

async function offlinePage(url) {
  const look = lookOf(url, await get("kept", "look").catch(() => undefined));
  await put("kept", "look", look).catch(() => undefined);
  return (await kept(pathOf("/merchant/offline", look))) || Response.error();
}
