// Lets the page begin to keep what it needs for being without a network, and to say how that stands.
import { start } from "./desk.js";
import { fillPage, say, sayGone } from "./line.js";
import { makeReady } from "./ready.js";

// Calls `onFilled` when the page that a phone keeps has got its scenarios, and `onGone` when this
// device was ended.
export function begin({ form, scenario, onFilled, onGone }) {
  makeReady();
  start({
    token: form.dataset.token,
    onChange: (state) => {
      say(state);
      if (fillPage(state.page, scenario)) onFilled();
    },
    onGone: (unsent) => {
      onGone();
      sayGone(unsent);
    },
  });
}
