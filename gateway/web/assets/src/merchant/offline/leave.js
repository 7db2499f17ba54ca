// Erases everything that a merchant's device keeps; the page that ends one loads it.
import { eraseAll } from "./store.js";

async function leave() {
  await eraseAll().catch(() => undefined);
  const names = window.caches ? await caches.keys() : [];
  await Promise.all(names.filter((name) => name.startsWith("merchant-")).map((name) => caches.delete(name)));
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/merchant"));
  if (worker) await worker.unregister();
  document.documentElement.dataset.forgotten = "";
}

leave();
