// What was granted without a network and waits for the city: which of it goes next, and what became
// of it. No clock, storage, network or page.
//
// An item is {code, scenario, venue?, request_id, scanned_at}, as the city takes it
// (docs/protocol/api.md). One that no result came for stays.
export const KEPT_S = 72 * 3600;
// As many as a busy counter grants in three days, some two megabytes; more wait for the network.
export const MOST_WAITING = 2000;
const MAX_ITEMS = 100;
const MAX_BYTES = 512 * 1024;
// After so many that the city fails at, it is the city that fails.
const MOST_FAULTS = 3;
const MINUTE_MS = 60 * 1000;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;
// What the city cannot say just now, and will say another time.
const FOR_NOW = ["unavailable", "rate_limited", "internal_error"];
const REFUSED = ["present_again", "no_benefit", "not_a_code"];

const bytesOf = (item) => new TextEncoder().encode(JSON.stringify(item)).length + 1;

// Whether the city would still take something that was scanned at a moment.
export const isInTime = (scannedAt, nowS) => nowS - scannedAt < KEPT_S;

// Returns as many of the items, in order, as one request may hold, at least one.
export function nextBatch(items, { maxItems = MAX_ITEMS, maxBytes = MAX_BYTES } = {}) {
  let bytes = bytesOf({ items: [] });
  let count = 0;
  for (const item of items.slice(0, maxItems)) {
    bytes += bytesOf(item);
    if (count > 0 && bytes > maxBytes) break;
    count += 1;
  }
  return items.slice(0, count);
}

// What became of an item: "registered", "conflicts", or "kept" for another time. What says neither is
// no result.
export function fateOf(result) {
  const { outcome, problem } = result || {};
  if (outcome === "recognised") return "registered";
  if (REFUSED.includes(outcome)) return "conflicts";
  const final = problem && typeof problem.code === "string" && !FOR_NOW.includes(problem.code);
  return final ? "conflicts" : "kept";
}

// Returns [[request id, "registered" or "conflicts"], …] of a batch and its results, in its order.
// Results that are not as many as the items say nothing about any of them.
export function settle(batch, results) {
  if (!Array.isArray(results) || results.length !== batch.length) return [];
  const fates = batch.map((item, place) => [item.request_id, fateOf(results[place])]);
  return fates.filter(([, fate]) => fate !== "kept");
}

// How long to wait after so many failures in a row; the first time a minute.
export function pauseMs(failures) {
  return Math.min(MINUTE_MS * 2 ** Math.max(failures - 1, 0), LONGEST_PAUSE_MS);
}

// Sends what waits, batch by batch, until nothing is left, nothing more is settled, or `post` fails.
// `post(items)` gives {status, results}; `onSettled(fates)`, as of `settle`, is awaited before
// the next batch goes. A batch that the city refuses as a whole is sent item by item, so that
// one that it cannot read does not hold up the others; refused alone, it is a conflict. One that the
// city fails at (500) is sent alone as well, and stays.
// Returns the status of the last answer; 200 where nothing was to be sent.
export async function drain(items, post, onSettled) {
  let waiting = items;
  let maxItems = MAX_ITEMS;
  let last = 200;
  let faults = 0;
  while (waiting.length > 0) {
    const batch = nextBatch(waiting, { maxItems });
    const { status, results } = await post(batch);
    last = status;
    const refused = status === 400 || status === 413;
    const fault = status === 500;
    if ((refused || fault) && batch.length > 1) {
      maxItems = 1;
      continue;
    }
    if (fault) faults += 1;
    if (status !== 200 && !refused && !(fault && faults < MOST_FAULTS)) return status;
    const settled = refused ? [[batch[0].request_id, "conflicts"]] : settle(batch, results);
    await onSettled(settled);
    // What was kept for another time waits for it.
    waiting = waiting.slice(batch.length);
  }
  return last;
}
