// As much of IndexedDB as a merchant's page uses, in memory: one transaction after the other, each
// whole or not at all. `full` lets every write fail, as on a phone that has no room left.
export class FakeDatabase {
  constructor() {
    this.stores = new Map();
    this.last = Promise.resolve();
    this.full = false;
    this.silent = false;
  }

  open() {
    const request = { result: this };
    if (this.silent) return request;
    queueMicrotask(() => {
      if (this.stores.size === 0) request.onupgradeneeded();
      request.onsuccess();
    });
    return request;
  }

  createObjectStore(name) {
    this.stores.set(name, new Map());
  }

  transaction() {
    const transaction = new Transaction(this);
    this.last = this.last.then(() => transaction.run());
    return transaction;
  }
}

class Transaction {
  constructor(database) {
    this.database = database;
    this.waiting = [];
  }

  objectStore(name) {
    const store = () => this.database.stores.get(name);
    return {
      get: (key) => this.ask(() => store().get(key)),
      put: (value, key) => this.ask(() => this.write(() => store().set(key, value))),
      delete: (key) => this.ask(() => void store().delete(key)),
      count: () => this.ask(() => store().size),
      clear: () => this.ask(() => store().clear()),
      openCursor: () => this.walk(() => [...store()]),
    };
  }

  write(work) {
    if (this.database.full) throw new Error("QuotaExceededError");
    work();
  }

  ask(work) {
    const request = {};
    this.waiting.push(() => {
      request.result = work();
      request.onsuccess?.({ target: request });
    });
    return request;
  }

  walk(look) {
    const request = {};
    let rows;
    const step = (at) => () => {
      rows = rows ?? look();
      const next = () => this.waiting.push(step(at + 1));
      const [key, value] = rows[at] ?? [];
      request.result = at < rows.length ? { key, value, continue: next } : null;
      request.onsuccess({ target: request });
    };
    this.waiting.push(step(0));
    return request;
  }

  async run() {
    const { stores } = this.database;
    const before = new Map([...stores].map(([name, rows]) => [name, new Map(rows)]));
    try {
      while (this.waiting.length) this.waiting.shift()();
      this.oncomplete?.();
    } catch (error) {
      this.database.stores = before;
      this.error = error;
      this.onabort?.();
    }
  }
}
