// The merchant's page: a code from a hand-held scanner, pasted, or read from a photo.
const byId = (id) => document.getElementById(id);
const form = byId("form");
const box = byId("code");
const result = byId("result");
const file = byId("file");
const SAME_CODE_MS = 8000;
const RECENT = 5;
let last = { code: "", at: -SAME_CODE_MS };
const recent = [];

function showResult(recognised, message, receipt) {
  result.hidden = false;
  result.classList.toggle("recognised", recognised);
  result.querySelector(".mark").hidden = !recognised;
  byId("message").textContent = message;
  byId("receipt").textContent = receipt ? `${form.dataset.receipt} ${receipt}` : "";
  if (recognised) navigator.vibrate?.(200);
  result.scrollIntoView({ block: "nearest" });
}

function remember(message) {
  recent.unshift(`${new Date().toTimeString().slice(0, 5)} ${message}`);
  recent.length = Math.min(recent.length, RECENT);
  byId("list").replaceChildren(
    ...recent.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  byId("recent").hidden = false;
}

async function verify(code) {
  const now = performance.now();
  if (code === last.code && now - last.at < SAME_CODE_MS) return;
  last = { code, at: now };
  const question = { code, scenario: byId("scenario").value };
  if (form.dataset.venue) question.venue = form.dataset.venue;
  try {
    const answer = await fetch("/api/v1/verifications", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Form-Token": form.dataset.token },
      body: JSON.stringify(question),
    });
    if (answer.status === 401 || answer.status === 403) return void location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const verdict = await answer.json();
    showResult(verdict.outcome === "recognised", verdict.message, verdict.receipt);
    remember(verdict.message);
  } catch {
    last.at = -SAME_CODE_MS;
    showResult(false, form.dataset.offline, "");
  }
}

function submit(event) {
  event?.preventDefault();
  const code = box.value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  box.value = "";
  box.focus();
  if (code) verify(code);
}

form.addEventListener("submit", submit);
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
        else showResult(false, form.dataset.unread, "");
      });
      reader.addEventListener("error", () => showResult(false, form.dataset.unread, ""));
    }
    reader.postMessage({ photo, wasm: file.dataset.wasm });
  });
}
