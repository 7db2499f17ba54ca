// Makes a merchant's phone ready for being without a network: its service worker keeps the page.
import { put } from "./store.js";

export async function makeReady() {
  const root = document.documentElement;
  try {
    await put("kept", "look", { lang: root.lang === "en" ? "en" : "zh", elder: root.classList.contains("elder") });
    await navigator.serviceWorker.register("/merchant/service-worker.js", { scope: "/merchant" });
  } catch {
    // This browser has none, or not for this address: the page works as long as there is a network.
  }
}
