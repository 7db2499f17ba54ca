// What a device asks its city for, besides verdicts: facts about itself, and signed documents.
import { isFacts, statusOf } from "./ours.js";

const ANSWER_MS = 10_000;
// More than any answer has; whoever sends more, or without end, is not read on.
const MOST_BYTES = 2 * 1024 * 1024;

async function soon(url, how) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ANSWER_MS);
  try {
    // What we ask for is nowhere else.
    const answer = await fetch(url, { ...how, redirect: "error", signal: controller.signal });
    return { status: statusOf(answer), ...(answer.ok && how.read(await bodyOf(answer))) };
  } catch {
    return { status: 0 };
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf(answer) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = MOST_BYTES;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    left -= value.length;
    if (left < 0) {
      reader.cancel().catch(() => undefined);
      throw new Error("too much");
    }
    text += decoder.decode(value, { stream: true });
  }
}

const json = (body) => ({ said: JSON.parse(body) });
const text = (body) => ({ token: body });

function factsOf(body) {
  const said = JSON.parse(body);
  if (!isFacts(said)) throw new Error("somebody else answered");
  return { said };
}

// Returns {status, said}; status 0 is no answer.
export const askFacts = () => soon("/merchant/facts", { cache: "no-store", read: factsOf });

// Returns {status, token} of a document of our own city or of a partner. The browser's own cache
// knows the document's tag and sends it along (If-None-Match); a page that did so itself would have
// to ask a partner for leave first. Nobody is told who asks.
export const askDocument = (url) =>
  soon(url, { cache: "no-cache", credentials: "omit", referrerPolicy: "no-referrer", read: text });

// Sends what waited; returns {status, results}.
export async function sendBatch(items, token) {
  const { status, said } = await soon("/api/v1/verifications/batch", {
    method: "POST",
    headers: {
      "Accept-Language": document.documentElement.lang,
      "Content-Type": "application/json",
      "X-Form-Token": token,
    },
    body: JSON.stringify({ items }),
    read: json,
  });
  return { status, results: said && said.results };
}
