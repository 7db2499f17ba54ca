// Erases everything that this phone keeps of a citizen; pages that end something load it. What a
// merchant's device keeps is another's, and stays.
import { erasePack } from "./store.js";

// It is gone once nobody holds it open any more: whoever is told that all is forgotten finds nothing.
function deleted(name) {
  return new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = asked.onerror = () => resolve();
  });
}

async function forget() {
  await erasePack();
  const database = deleted("credit-code");
  const names = window.caches ? await caches.keys() : [];
  await Promise.all(names.filter((name) => name.startsWith("shell-")).map((name) => caches.delete(name)));
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration("/"));
  if (worker) await worker.unregister();
  await database;
  document.documentElement.dataset.forgotten = "";
}

forget();
