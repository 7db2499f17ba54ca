// Erases everything that this phone keeps of a citizen; pages that end something load it. What a
// merchant's device keeps is another's, and stays.
import { erasePack } from "./store.js";

async function forget() {
  await erasePack();
  indexedDB.deleteDatabase("credit-code");
  const names = window.caches ? await caches.keys() : [];
  await Promise.all(names.filter((name) => name.startsWith("shell-")).map((name) => caches.delete(name)));
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/"));
  if (worker) await worker.unregister();
  document.documentElement.dataset.forgotten = "";
}

forget();
