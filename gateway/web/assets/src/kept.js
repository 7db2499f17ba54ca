// Small words that this browser keeps: for this tab alone, or on this phone for the next time.
// A browser that stores nothing finds nothing here, and still shows every page.
class Kept {
  constructor(storage) {
    this.storage = storage;
  }

  // Returns null where nothing is kept under the name.
  get(name) {
    return this.attempt((storage) => storage.getItem(name));
  }

  // Returns whether it is kept now.
  put(name, word) {
    return this.attempt((storage) => storage.setItem(name, word) === undefined) === true;
  }

  drop(name) {
    this.attempt((storage) => storage.removeItem(name));
  }

  attempt(use) {
    try {
      // The browser may refuse already to name its storage.
      return use(this.storage());
    } catch {
      return null;
    }
  }
}

export const inTab = new Kept(() => sessionStorage);
export const onPhone = new Kept(() => localStorage);
