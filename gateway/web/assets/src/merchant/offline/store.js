// What a merchant's device keeps, in a database of its own: nothing of it is a name, and the codes in
// it are sealed. Where the browser keeps nothing (private windows), every call fails, and the page
// asks the city each time.
const NAME = "credit-code-merchant";
const STORES = ["kept", "documents", "seen", "queue"];

// So long a browser may take to open it; some never do, and nobody at a counter waits for that, nor
// a second time.
const OPENED_MS = 2000;
const LATE = "late";

let opening = null;

function opened() {
  opening =
    opening ||
    new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      setTimeout(() => reject(new Error(LATE)), OPENED_MS);
      asked.onupgradeneeded = () => STORES.forEach((name) => asked.result.createObjectStore(name));
      asked.onsuccess = () => {
        // Another tab, or who erases everything, is never held up.
        asked.result.onversionchange = () => {
          opening = null;
          asked.result.close();
        };
        asked.result.onclose = () => (opening = null);
        opening = Promise.resolve(asked.result);
        resolve(asked.result);
      };
      asked.onerror = asked.onblocked = () => reject(asked.error || new Error("blocked"));
    }).catch((error) => {
      if (error.message !== LATE) opening = null;
      throw error;
    });
  return opening;
}

// Runs `work` in one transaction; what its request found is there once everything is written.
async function within(names, mode, work) {
  const database = await opened();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode);
    const request = work((name) => transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request && request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const get = (name, key) => within([name], "readonly", (store) => store(name).get(key));
export const put = (name, key, value) => within([name], "readwrite", (store) => store(name).put(value, key));
export const drop = (name, keys) =>
  within([name], "readwrite", (store) => void keys.forEach((key) => store(name).delete(key)));
export const count = (name) => within([name], "readonly", (store) => store(name).count());

// Returns [[key, value], …] of everything under a name.
export async function entries(name) {
  const found = [];
  await within([name], "readonly", (store) => {
    store(name).openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      found.push([cursor.key, cursor.value]);
      cursor.continue();
    };
  });
  return found;
}

// Replaces what is kept under a key by what `how` makes of it, in one step: what was erased meanwhile
// does not come back. Returns what is there then, undefined being nothing.
export function change(name, key, how) {
  let made;
  return within([name], "readwrite", (store) => {
    store(name).get(key).onsuccess = ({ target: { result } }) => {
      if (result === undefined) return;
      made = how(result);
      store(name).put(made, key);
    };
  }).then(() => made);
}

// Puts a value under each key that has none, of several stores at once, or none of them. Returns
// whether it did: of two tabs that try, one does.
export function putFirst(first, ...others) {
  let done = false;
  const names = [first, ...others].map(([name]) => name);
  return within(names, "readwrite", (store) => {
    const [name, key, value] = first;
    store(name).get(key).onsuccess = ({ target: { result } }) => {
      if (result !== undefined) return;
      done = true;
      store(name).put(value, key);
      others.forEach(([other, otherKey, otherValue]) => store(other).put(otherValue, otherKey));
    };
  }).then(() => done);
}

// Counts what became of each, [[key, fate], …], in the same step in which it leaves the queue; what
// another tab took out before is not counted again. `erased` were not sent at all.
export function settleQueue(fates, erased = 0) {
  return within(["queue", "kept"], "readwrite", (store) => {
    store("kept").get("tally").onsuccess = ({ target: { result } }) => {
      const tally = { registered: 0, conflicts: 0, dropped: 0, ...result };
      tally.dropped += erased;
      store("kept").put(tally, "tally");
      fates.forEach(([key, fate]) => settleOne(store, key, () => (tally[fate] += 1), tally));
    };
  });
}

function settleOne(store, key, add, tally) {
  store("queue").get(key).onsuccess = ({ target: { result } }) => {
    if (result === undefined) return;
    add();
    store("queue").delete(key);
    store("kept").put(tally, "tally");
  };
}

// Erases everything; returns how many items were not sent yet.
export async function eraseAll() {
  const unsent = await count("queue");
  await within(STORES, "readwrite", (store) => STORES.forEach((name) => store(name).clear()));
  return unsent;
}
