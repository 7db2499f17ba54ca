// Asks the pages' own verifier (gateway/web/assets/src/verifier), as browsers get it, what it says.
// Reads {"asks": [{"do", ...}]} and prints {"said"}: what each ask gives, in order; a refusal is
// {"error"}. Anything else that is thrown is a fault of the page code and ends this program.
import { readFileSync } from "node:fs";
import { dictionaryOf } from "../../gateway/web/assets/dictionary.mjs";
import { pageModules } from "./page_modules.mjs";

const names = ["base45", "wire", "keys", "documents", "bundle", "status", "catalogue", "follow", "refusal", "verify"];
const page = await pageModules(...names.map((name) => `verifier/${name}.js`));

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const notACode = { error: "not_a_code" };

function set(packed) {
  const found = [];
  packed.forEach((byte, at) => {
    for (let bit = 0; byte >> bit > 0; bit += 1) if ((byte >> bit) & 1) found.push(8 * at + bit);
  });
  return found;
}

const readers = {
  plain: (payload) => payload,
  status: (payload, { uri }) => ({ set: set(page.readStatusList(payload, uri).packed) }),
  bundle: async (payload) => {
    const { issuers } = await page.readBundle(payload);
    const kids = (name) =>
      Object.fromEntries(Array.from(issuers, ([city, found]) => [city, found[name].map(({ kid }) => kid)]));
    return { issuers: kids("keys"), status_keys: kids("statusKeys") };
  },
  catalogue: (payload, { scenarios }) => {
    const looksAt = (id) => scenarios.some((whole) => id === whole || id.startsWith(`${whole}.`));
    const { offers } = page.readCatalogue(payload, looksAt);
    return { offers: Object.fromEntries(offers.map(({ id, scenario }) => [id, scenario])) };
  },
};

// Documents that later asks name: opened once, as a page does.
const held = new Map();

async function open({ name, token, read = "plain", ...how }) {
  const payload = await page.openDocument(token, how);
  held.set(name, payload);
  return readers[read](payload, how);
}

const orHeld = (value) => (typeof value === "string" ? held.get(value) : value);

function judge({ trust, ...asked }) {
  if (!trust) return page.judge({ ...asked, trust });
  const { bundle, catalogues, statusLists } = trust;
  const lists = {};
  for (const [uri, list] of Object.entries(statusLists ?? {})) lists[uri] = orHeld(list);
  const opened = { bundle: orHeld(bundle), catalogues: catalogues?.map(orHeld), statusLists: lists };
  return page.judge({ ...asked, trust: opened });
}

function built(source) {
  try {
    return { hex: hex(dictionaryOf(source)) };
  } catch {
    return { error: "refused to build" };
  }
}

const acts = {
  dictionary: ({ source }) => built(source),
  base45: ({ text }) => {
    const found = page.decode(text);
    return found ? { hex: hex(found) } : notACode;
  },
  deflate: ({ hex: packed }) => {
    const found = page.unpack(bytes(packed));
    return found ? { payload: Buffer.from(found).toString("utf8") } : notACode;
  },
  key: async ({ jwk }) => ({ kid: (await page.parseJwk(jwk)).kid }),
  claims: ({ text }) => page.read(text).claims,
  open,
  judge,
  verify: page.verifyOffline,
  follow: ({ pinned, token, leaf, nowS }) => page.followKey(pinned, token, leaf, nowS),
  inflate: ({ lst }) => ({ set: set(page.inflateList(lst)) }),
  source: async ({ bundle, division, uri }) =>
    page.statusListSource(await page.readBundle(orHeld(bundle)), division, uri),
};

const said = [];
for (const { do: act, ...asked } of JSON.parse(readFileSync(process.argv[2], "utf8")).asks) {
  try {
    said.push(await acts[act](asked));
  } catch (error) {
    if (!(error instanceof page.Refusal)) throw error;
    said.push({ error: error.code });
  }
}
console.log(JSON.stringify({ said }));
