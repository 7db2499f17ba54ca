// What both service workers do: keep a shell of pages and files, and open it when a page cannot be had.
// The city writes the version and the files before the worker's own text (gateway/web/pages/kept.py).
const { version, files } = self.shell;
const PATIENCE_MS = 4000;

// Keeps the shell under names that begin with `kind`, and takes over from an older one. `navigate`
// hears (event, url) of each page that is opened, and answers it or not.
export function keepShell(kind, navigate) {
  const name = `${kind}${version}`;
  self.addEventListener("install", (event) => {
    const wanted = files.map((file) => new Request(file, { cache: "reload", credentials: "omit" }));
    event.waitUntil(caches.open(name).then((cache) => cache.addAll(wanted)));
    self.skipWaiting();
  });
  self.addEventListener("activate", (event) => {
    event.waitUntil(takeOver(kind, name));
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== self.location.origin) return;
    if (request.mode === "navigate") navigate(event, url);
    else if (files.includes(url.pathname)) event.respondWith(kept(url.pathname).then((found) => found || fetch(request)));
  });
  const kept = (path) => caches.match(path, { cacheName: name, ignoreVary: true });
  return kept;
}

// The other worker on this phone keeps its own.
async function takeOver(kind, name) {
  const names = await caches.keys();
  const old = names.filter((each) => each.startsWith(kind) && each !== name);
  await Promise.all(old.map((each) => caches.delete(each)));
  await self.clients.claim();
}

// A network that is there and carries nothing is no network, for who stands at a counter.
export function soon(asked) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("late")), PATIENCE_MS);
  });
  return Promise.race([asked, late]);
}

// Returns how a kept page is to be drawn: as its address asks, or else as `before` says.
export function lookOf(url, before = { lang: "zh", elder: false }) {
  const lang = url.searchParams.get("lang") || before.lang;
  const elder = url.searchParams.get("elder") || (before.elder ? "1" : "0");
  return { lang: lang === "en" ? "en" : "zh", elder: elder === "1" };
}

export const pathOf = (root, { lang, elder }) => `${root}/${lang}/${elder ? "elder" : "standard"}`;
