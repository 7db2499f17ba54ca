// Runs the desk of a merchant's page (gateway/web/assets/src/merchant/offline/desk.js and ask.js), as
// browsers get it, against a made-up city, clock and database.
// Reads {"steps": [{"do", ...}]} and prints {"said": what each gave}.
import { readFileSync } from "node:fs";
import { FakeDatabase } from "./fake_database.mjs";
import { pageModules } from "./page_modules.mjs";

const database = new FakeDatabase();
const answers = new Map();
const burned = new Map();
const sent = [];
const asked = [];
const told = { gone: [], states: [] };
let page;
let phoneS = 0;
let away = false;

globalThis.indexedDB = { open: () => database.open() };
globalThis.document = { documentElement: { lang: "zh" } };
// Of a browser that knows no locks: what goes well without them goes well with them.
globalThis.navigator ??= {};
globalThis.addEventListener = () => undefined;
globalThis.setInterval = () => undefined;
// Whoever waits waits a fifth of it; on a machine that stood still meanwhile, what was there in time
// still comes before.
const { setImmediate: afterwards, setTimeout: later } = globalThis;
globalThis.setTimeout = (work, ms) => later(() => afterwards(() => afterwards(work)), ms / 5);
Date.now = () => phoneS * 1000;

// The city as it is with everybody: a code is good once, and the same request gets the same answer.
function verdict({ code, request_id: id }) {
  const first = burned.get(code) ?? id;
  burned.set(code, first);
  if (first !== id) return { outcome: "present_again", offers: [] };
  const offer = { id: "meal", version: 1, kind: "gift", value: null, cap: null, words: "8折", offline: "grant" };
  return { outcome: "recognised", offers: [offer], receipt: `RECEIPT-${burned.size}` };
}

function cityOf(path, body) {
  if (path.endsWith("/batch")) return { status: 200, body: { results: body.items.map(verdict) } };
  if (path.endsWith("/verifications")) return { status: 200, body: verdict(body) };
  return { status: 404, body: "" };
}

// A body that never ends: whoever reads it whole reads for ever.
function endless(told) {
  const chunk = new Uint8Array(64 * 1024).fill(0x41);
  return new ReadableStream({
    pull: (controller) => {
      told.chunks = (told.chunks ?? 0) + 1;
      if (told.chunks > 2000) throw new Error("it read on and on");
      controller.enqueue(chunk);
    },
  });
}

const reads = {};
globalThis.fetch = async (path, how = {}) => {
  const body = how.body && JSON.parse(how.body);
  const answer = answers.get(path) ?? cityOf(path, body);
  asked.push(path);
  if (how.method === "POST") sent.push({ path, body });
  if (away || answer === "away") throw new TypeError("Failed to fetch");
  if (answer === "never") return new Promise((_, no) => how.signal?.addEventListener("abort", () => no(new Error())));
  if (answer === "endless") return new Response(endless((reads[path] = reads[path] ?? {})));
  if (answer.redirected && how.redirect === "error") throw new TypeError("Failed to fetch");
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  const type = answer.type ?? (answer.status >= 400 ? "application/problem+json" : "application/json");
  return new Response(answer.status === 204 ? null : text, { status: answer.status, headers: { "Content-Type": type } });
};

async function load() {
  page = await pageModules("merchant/offline/desk.js", "merchant/ask.js");
}

const acts = {
  // What the phone's own clock says.
  clock: ({ s }) => void (phoneS = s),
  // What the city answers from now on, by path; null is as it does by itself.
  city: ({ answers: given }) => {
    for (const [path, answer] of Object.entries(given)) answer ? answers.set(path, answer) : answers.delete(path);
  },
  away: ({ is }) => void (away = is),
  full: ({ is }) => void (database.full = is),
  silent: ({ is }) => void (database.silent = is),
  reload: load,
  tick: () =>
    page.start({
      token: "token",
      onChange: (state) => told.states.push(state),
      onGone: (unsent) => told.gone.push(unsent),
    }),
  show: ({ code, scenario }) => page.judge({ code, scenario, venue: "", token: page.token(), here: page }),
  // Two tabs of an old browser, which knows no locks, at once.
  tabs: async () => {
    const other = page;
    await load();
    const how = { token: "token", onChange: () => undefined, onGone: () => undefined };
    await Promise.all([other.start(how), page.start(how)]);
  },
  kept: ({ name, key }) => database.stores.get(name).get(key) ?? null,
  held: ({ name }) => [...database.stores.get(name).keys()],
  rows: ({ name }) => [...database.stores.get(name).values()],
  told: () => ({ gone: told.gone, state: told.states.at(-1) ?? null }),
  // Paths that were asked for since the last time.
  asked: () => asked.splice(0),
  sent: () => sent.splice(0),
  read: ({ path }) => reads[path]?.chunks ?? 0,
};

const said = [];
await load();
for (const { do: act, ...how } of JSON.parse(readFileSync(process.argv[2], "utf8")).steps) {
  said.push((await acts[act](how)) ?? null);
}
console.log(JSON.stringify({ said }));
process.exit(0);
