// What a phone keeps of ours: one pack and how its owner likes pages. Nothing of it is a name.
// Where the browser keeps nothing (private windows), everything here quietly finds nothing.
const NAME = "credit-code";
const STORE = "kept";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error);
  });
}

// Runs `work` in one transaction: what it returns is there once everything is written.
async function within(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

async function quietly(promise) {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}

// Replaces the pack by what `change` makes of it, undefined being none, and returns that: two tabs
// change one after the other, and neither brings back what the other took out. Undefined as well
// where nothing can be kept.
export async function changePack(change) {
  let made;
  const kept = await quietly(
    within("readwrite", (store) => {
      const found = store.get("pack");
      found.onsuccess = () => {
        made = change(found.result);
        if (made === undefined) store.delete("pack");
        else if (made !== found.result) store.put(made, "pack");
      };
      return found;
    }).then(() => true),
  );
  return kept && made;
}

export const readPack = () => quietly(within("readonly", (store) => store.get("pack")));
export const erasePack = () =>
  quietly(
    within("readwrite", (store) => {
      store.delete("asked");
      return store.delete("pack");
    }),
  );

// Notes that a pack is asked for, and returns the word to keep it with; undefined where nothing can
// be kept. Whoever erases the pack meanwhile, in another tab or by signing out, erases the word.
export function notePackAsked() {
  const word = String(Math.random());
  return quietly(within("readwrite", (store) => store.put(word, "asked")).then(() => word));
}

// Keeps a pack (undefined being none) if its word is still there.
export function keepAskedPack(word, pack) {
  return quietly(
    within("readwrite", (store) => {
      const found = store.get("asked");
      found.onsuccess = () => {
        if (found.result !== word) return;
        store.delete("asked");
        if (pack === undefined) store.delete("pack");
        else store.put(pack, "pack");
      };
      return found;
    }),
  );
}

export const readLook = () => quietly(within("readonly", (store) => store.get("look")));
export const writeLook = (look) => quietly(within("readwrite", (store) => store.put(look, "look")));
