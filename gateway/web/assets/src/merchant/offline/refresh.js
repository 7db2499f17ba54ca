// Keeps this device's facts, keys and documents fresh while the city answers. Each document is opened
// before it is kept and again before it is used, and an older one never takes the place of a newer.
import { readBundle, statusListSource } from "../../verifier/bundle.js";
import { BUNDLE, CATALOGUE, STATUS_LIST, openDocument } from "../../verifier/documents.js";
import { followKey } from "../../verifier/follow.js";
import { holdBits, unionOf } from "../../verifier/status.js";
import { cityMs, lookedAt } from "../../offline/pack.js";
import { askDocument, askFacts } from "./city.js";
import { everyOf, isDue, neededVersions, replaces } from "./rules.js";
import { change, drop, entries, eraseAll, get, put } from "./store.js";

const LEAF = "/.well-known/openid-federation";
const OWN_STATUS = /^status\//;

// The city's time in whole seconds; null where this phone's clock cannot be right.
export async function cityNow(phoneMs) {
  const clock = await change("kept", "clock", (kept) => lookedAt(kept, phoneMs));
  const nowMs = clock ? cityMs(clock, phoneMs) : null;
  return nowMs === null ? null : Math.floor(nowMs / 1000);
}

// What the city says counts: a clock that was ahead meanwhile, and is right again, is forgiven.
async function hearTime(citySeconds, phoneMs) {
  const citysMs = citySeconds * 1000;
  await put("kept", "clock", { offsetMs: citysMs - phoneMs, seenMs: citysMs });
}

// Asks for the facts. Returns {status, token, erased}: `erased` counts what another enrolment of this
// browser had not sent, which is not sent in the name of this one.
export async function hearFacts(phoneMs) {
  const { status, said } = await askFacts();
  if (status === 403) await put("kept", "stopped", true);
  if (!said) return { status };
  const before = await get("kept", "owner");
  const erased = before !== undefined && before !== said.owner ? await eraseAll() : 0;
  await put("kept", "owner", said.owner);
  await put("kept", "stopped", false);
  await hearTime(said.now, phoneMs);
  const { lifetime_max_s: lifetimeMax, stopped_offers: stoppedOffers, ...facts } = said.facts;
  await put("kept", "facts", { ...facts, lifetimeMax, stoppedOffers });
  await put("kept", "page", said.page);
  // Pinned once, over the session of the enrolment, and followed from there: never replaced from here.
  // A city that serves none yet pins nothing.
  if (said.keys.length && !(await get("kept", "keys"))) await put("kept", "keys", { keys: said.keys });
  return { status, token: said.token, erased };
}

// Asks for every document that is due at `nowS`; what fails is tried another time.
export async function hearDocuments(nowS) {
  const asked = new Map(await entries("documents"));
  const { leaf, division } = await get("kept", "facts");
  if (!(await get("kept", "keys"))) return;
  const at = (name) => (asked.get(name) || {}).askedS;
  if (isDue(at(LEAF), nowS)) await follow(leaf, nowS);
  const { keys } = await get("kept", "keys");
  const own = { issuer: leaf, keys, nowS };
  if (isDue(at("bundle"), nowS)) await hear("bundle", "/api/v1/bundle", { ...own, typ: BUNDLE });
  if (isDue(at("catalogues"), nowS)) await hearCatalogues(own);
  const { bundle } = await heldDocuments(nowS);
  if (bundle) await hearLists(bundle, own, division);
}

async function follow(leaf, nowS) {
  const { token } = await askDocument(LEAF);
  if (!token) return;
  try {
    await put("kept", "keys", await followKey(await get("kept", "keys"), token, leaf, nowS));
    await put("documents", LEAF, { askedS: nowS });
  } catch {
    // No key that we hold has signed it: the ones that we hold stay, and so does what they signed.
  }
}

// Asks for one document; returns {status, payload}, the payload being there if it is good. `more` are
// members to keep with it, made of its payload and of what was kept before.
async function hear(name, url, how, { nameOf = () => name, more = () => ({}) } = {}) {
  const { status, token } = await askDocument(url);
  if (!token) return { status };
  try {
    const payload = await openDocument(token, how);
    const key = nameOf(payload);
    const kept = await get("documents", key);
    // One whose signer is gone is no reason to refuse another.
    const newer = replaces(kept && (await standing(kept, how)), payload);
    const fresh = newer ? { token, payload, ...more(payload, kept || {}) } : kept;
    await put("documents", key, { ...fresh, askedS: how.nowS });
    return { status, payload };
  } catch {
    return { status };
  }
}

async function hearCatalogues(own) {
  const how = { ...own, typ: CATALOGUE };
  const keyOf = ({ version }) => `catalogue/${version}`;
  const present = await hear("", "/federation/catalog", how, { nameOf: keyOf });
  const next = await hear("", "/federation/catalog/next", how, { nameOf: keyOf });
  const answered = present.payload && (next.payload || next.status === 404);
  if (answered) await put("documents", "catalogues", { askedS: own.nowS });
  // What was announced and is announced no more was withdrawn.
  if (answered) await dropCatalogues(own.nowS, next.payload && next.payload.version);
}

async function dropCatalogues(nowS, announced) {
  const kept = (await entries("documents")).filter(([name]) => name.startsWith("catalogue/"));
  const needed = neededVersions(kept.map(([, { payload }]) => payload), nowS);
  const stays = ({ version, valid_from: from }) =>
    needed.some((each) => each.version === version) && (from <= nowS || version === announced);
  await drop("documents", kept.filter(([, { payload }]) => !stays(payload)).map(([name]) => name));
}

async function hearLists(payload, own) {
  const bundle = await readBundle(payload);
  const wanted = new Map();
  for (const [division, { statusLists }] of bundle.issuers) {
    for (const uri of statusLists) wanted.set(`status/${division}/${uri}`, [division, uri]);
  }
  // At once: no partner that answers slowly holds up another.
  await Promise.all(
    Array.from(wanted, ([name, [division, uri]]) =>
      hearList(name, uri, { ...statusListSource(bundle, division, uri), nowS: own.nowS }),
    ),
  );
  const names = (await entries("documents")).map(([name]) => name);
  await drop("documents", names.filter((name) => OWN_STATUS.test(name) && !wanted.has(name)));
}

async function hearList(name, uri, how) {
  const { askedS, payload } = (await get("documents", name)) || {};
  if (!isDue(askedS, how.nowS, everyOf(payload))) return;
  // What was revoked once stays so, whatever a later list says.
  const more = (list, { bits }) => ({ bits: unionOf(list, uri, bits) });
  await hear(name, uri, { ...how, typ: STATUS_LIST }, { more });
}

// The payload of a kept document, if its city signed it with a key that is held now; whether it counts
// now is asked by whoever uses it.
async function standing({ token, payload }, { nowS, ...how }) {
  if (!token) return undefined;
  const when = Math.max(Math.min(nowS, payload.exp - 1), payload.iat);
  return openDocument(token, { ...how, nowS: when }).catch(() => undefined);
}

// Returns {bundle, catalogues, lists}: what is kept, opened anew under the keys that are held now.
// One whose signer is gone is not in it.
export async function heldDocuments(nowS) {
  const found = { bundle: undefined, catalogues: [], lists: {} };
  const [facts, pinned] = await Promise.all([get("kept", "facts"), get("kept", "keys")]);
  if (!facts || !pinned) return found;
  const kept = new Map(await entries("documents"));
  const own = { issuer: facts.leaf, keys: pinned.keys };
  const opened = (name, how) => standing(kept.get(name) || {}, { ...how, nowS });
  found.bundle = await opened("bundle", { ...own, typ: BUNDLE });
  const cities = found.bundle && (await readBundle(found.bundle).catch(() => undefined));
  for (const name of kept.keys()) {
    if (name.startsWith("catalogue/")) {
      const catalogue = await opened(name, { ...own, typ: CATALOGUE });
      if (catalogue) found.catalogues.push(catalogue);
    } else if (cities && OWN_STATUS.test(name)) {
      const [, division, uri] = /^status\/([0-9]{6})\/(.*)$/.exec(name);
      const source = statusListSource(cities, division, uri);
      const list = source && (await opened(name, { ...source, typ: STATUS_LIST }));
      if (!list) continue;
      const { bits } = kept.get(name);
      if (bits) holdBits(list, bits);
      found.lists[uri] = list;
    }
  }
  return found;
}
