// The box: a hand-held scanner types into it, or somebody pastes.
import { isScanner, textsOf } from "./typed.js";

const form = document.getElementById("form");
const box = document.getElementById("code");

// Calls `onText` with each text that is entered, `onSeveral` where it is more than one, and `onKey`
// when somebody begins to type.
export function start({ onText, onSeveral, onKey }) {
  let typedAt = 0;
  let ended = false;
  const submit = (event) => {
    event.preventDefault();
    const texts = textsOf(box.value);
    box.value = "";
    box.focus();
    if (texts.length > 1) onSeveral();
    else if (texts.length) onText(texts[0]);
  };
  form.addEventListener("submit", submit);
  box.addEventListener("input", (event) => {
    typedAt = event.timeStamp;
  });
  // A scanner ends with Enter or with Tab; no code holds either. The Tab of a person moves on.
  box.addEventListener("keydown", (event) => {
    const scanner = event.key === "Tab" && box.value && isScanner(event.timeStamp - typedAt);
    if (event.key !== "Enter" && !scanner) return;
    // An input method takes this key for itself, to end what it is composing.
    if (event.isComposing) ended = true;
    else submit(event);
  });
  box.addEventListener("compositionend", (event) => {
    // The letters stand in the box after this event only.
    if (ended) setTimeout(submit, 0, event);
    ended = false;
  });
  // Scan again by any key: what is typed anywhere goes into the box.
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA|BUTTON|A|SUMMARY)$/.test(event.target.tagName);
    if (!typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      onKey();
      box.focus();
    }
  });
}
