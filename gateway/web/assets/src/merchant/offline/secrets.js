// Two keys that this browser makes and never hands out: one to know a code again without keeping it,
// one to seal what waits for the city. A copy of the database alone opens nothing; the browser's own
// profile, taken whole, does (SECURITY.md).
import { get, putFirst } from "./store.js";

const IV_BYTES = 12;
const KINDS = {
  "seen-key": [{ name: "HMAC", hash: "SHA-256" }, ["sign"]],
  "queue-key": [{ name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]],
};

async function keyOf(name) {
  const found = await get("kept", name);
  if (found) return found;
  const [kind, uses] = KINDS[name];
  // Another tab may be first: then its key is the key.
  await putFirst(["kept", name, await crypto.subtle.generateKey(kind, false, uses)]);
  return get("kept", name);
}

// Returns the keyed hash of a code id (iss, jti), by which a second showing is known.
export async function tagOf(codeId) {
  const key = await keyOf("seen-key");
  const tag = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(codeId));
  return Array.from(new Uint8Array(tag), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function seal(item) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = new TextEncoder().encode(JSON.stringify(item));
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf("queue-key"), text) };
}

// Returns what was sealed; undefined if this browser's key does not open it.
export async function open({ iv, sealed }) {
  try {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf("queue-key"), sealed);
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return undefined;
  }
}
