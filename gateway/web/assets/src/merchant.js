// The merchant's page: a code from a hand-held scanner, pasted, or read from a photo.
const byId = (id) => document.getElementById(id);
const form = byId("form");
const box = byId("code");
const scenario = byId("scenario");
const result = byId("result");
const voiding = byId("void");
const file = byId("file");
const SAME_CODE_MS = 8000;
const RECENT = 5;
// What a till should do (docs/protocol/api.md): wait so long, then repeat once.
const ANSWER_MS = 5000;
const REPEAT_MS = 2000;
let last = { what: "", at: -SAME_CODE_MS };
// Names of showings that got no answer: the same code is still the same showing.
const unanswered = new Map();
const recent = [];

function showResult(kind, message, receipt) {
  const recognised = kind === "recognised";
  result.hidden = false;
  result.classList.toggle("recognised", recognised);
  result.setAttribute("aria-busy", String(kind === "busy"));
  result.querySelector(".mark").hidden = !recognised;
  byId("message").textContent = message;
  byId("receipt").textContent = receipt ? `${form.dataset.receipt} ${receipt}` : "";
  voiding.hidden = !receipt;
  voiding.elements.receipt.value = receipt || "";
  if (recognised) navigator.vibrate?.(200);
  result.scrollIntoView({ block: "nearest" });
}

function remember(message) {
  recent.unshift(`${new Date().toTimeString().slice(0, 5)} ${message}`);
  recent.length = Math.min(recent.length, RECENT);
  const list = byId("list");
  list.textContent = "";
  for (const text of recent) {
    list.appendChild(Object.assign(document.createElement("li"), { textContent: text }));
  }
  byId("recent").hidden = false;
}

function newId() {
  const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function tooLate() {
  await pause(ANSWER_MS);
  throw new Error("no answer in time");
}

function post(path, body) {
  return fetch(`/api/v1/verifications${path}`, {
    method: "POST",
    headers: {
      "Accept-Language": document.documentElement.lang,
      "Content-Type": "application/json",
      "X-Form-Token": form.dataset.token,
    },
    body,
  });
}

async function send(question) {
  const answer = await post("", JSON.stringify(question));
  return { status: answer.status, verdict: answer.ok ? await answer.json() : null };
}

const ask = (question) => Promise.race([send(question), tooLate()]);

// An answer may be lost on its way back: the same request gets the same one again, receipt and all.
async function askTwice(question) {
  try {
    const first = await ask(question);
    if (first.status !== 503) return first;
  } catch {
    // No answer in time, or no network: as below.
  }
  await pause(REPEAT_MS);
  return ask(question);
}

async function verify(code) {
  const what = `${scenario.value} ${code}`;
  if (what === last.what && performance.now() - last.at < SAME_CODE_MS) return;
  const showing = { what, at: performance.now() };
  last = showing;
  const id = unanswered.get(what) || newId();
  unanswered.set(what, id);
  const question = { code, scenario: scenario.value, request_id: id };
  if (form.dataset.venue) question.venue = form.dataset.venue;
  showResult("busy", form.dataset.busy, "");
  let answer = null;
  try {
    answer = await askTwice(question);
  } catch {
    answer = { status: 0, verdict: null };
  }
  if (answer.status === 401 || answer.status === 403) return void location.reload();
  const { verdict } = answer;
  if (verdict) {
    unanswered.delete(what);
    remember(verdict.message);
  }
  showing.at = verdict ? performance.now() : -SAME_CODE_MS;
  // The next guest may be at the counter by now; then this answer is in the list only.
  if (last !== showing) return;
  if (verdict) showResult(verdict.outcome, verdict.message, verdict.receipt);
  else showResult("undetermined", form.dataset.offline, "");
}

async function takeBack(event) {
  event.preventDefault();
  const receipt = voiding.elements.receipt.value;
  const shown = last;
  let status = 0;
  let code = "";
  try {
    const answer = await post(`/${receipt}/void`);
    ({ status } = answer);
    if (status === 403) ({ code } = await answer.json());
  } catch {
    // No network: as if unavailable, and the button stays for another try.
  }
  if (status === 401) return void location.reload();
  const kept = code === "void_too_late" && form.dataset.kept;
  const words = status === 204 ? form.dataset.voided : kept;
  if (words) remember(`${words} ${receipt}`);
  // The next guest may be at the counter by now.
  if (last !== shown) return;
  if (words) showResult("voided", words, "");
  else byId("message").textContent = form.dataset.again;
}

function submit(event) {
  event?.preventDefault();
  const code = box.value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  box.value = "";
  box.focus();
  if (code) verify(code);
}

// The scenario chosen last on this phone; storage may be switched off.
try {
  const chosen = localStorage.getItem("scenario");
  if ([...scenario.options].some((option) => option.value === chosen)) scenario.value = chosen;
} catch {
  // It is then chosen anew each time.
}
scenario.addEventListener("change", () => {
  try {
    localStorage.setItem("scenario", scenario.value);
  } catch {
    // As above.
  }
  box.focus();
});

form.addEventListener("submit", submit);
voiding.addEventListener("submit", takeBack);
// A hand-held scanner types the code and ends with Enter; no code holds a line break.
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) submit(event);
});
// Scan again by any key: what is typed anywhere goes into the box.
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA|BUTTON|A|SUMMARY)$/.test(event.target.tagName);
  if (!typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    result.hidden = true;
    box.focus();
  }
});

if (file.dataset.worker && file.dataset.wasm) {
  byId("photo").hidden = false;
  let reader = null;
  file.addEventListener("change", () => {
    const [photo] = file.files;
    file.value = "";
    if (!photo) return;
    if (!reader) {
      reader = new Worker(file.dataset.worker, { type: "module" });
      reader.addEventListener("message", ({ data }) => {
        if (data.text) verify(data.text);
        else showResult("unread", form.dataset.unread, "");
      });
      reader.addEventListener("error", () => showResult("unread", form.dataset.unread, ""));
    }
    reader.postMessage({ photo, wasm: file.dataset.wasm });
  });
}
