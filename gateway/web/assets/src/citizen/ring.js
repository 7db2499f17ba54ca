// Counts the seconds until the code is renewed, where the page shows them, and says when a code
// is over. The phone's clock may be wrong and may be set: only lengths of time are counted, by the
// page's own clock; that one may stand still while the phone sleeps, the phone's does not.
const TICK_MS = 500;
const ROUND = 2 * Math.PI * 17;

export class Ring {
  constructor(whenOver) {
    this.whenOver = whenOver;
    this.started = null;
    this.element = document.getElementById("left");
    this.hand = document.getElementById("hand");
    this.seconds = document.getElementById("seconds");
    setInterval(() => this.count(), TICK_MS);
  }

  start(refreshMs, lifeMs) {
    this.started = { page: performance.now(), phone: Date.now(), refreshMs, lifeMs };
    this.count();
  }

  stop() {
    this.started = null;
    if (this.element) this.element.hidden = true;
  }

  count() {
    if (!this.started) return;
    const { page, phone, refreshMs, lifeMs } = this.started;
    const past = Math.max(performance.now() - page, Date.now() - phone);
    if (past >= lifeMs) this.whenOver();
    else this.draw(Math.max(refreshMs - past, 0), refreshMs);
  }

  draw(leftMs, refreshMs) {
    if (!this.element) return;
    this.element.hidden = leftMs <= 0;
    if (leftMs <= 0) return;
    this.seconds.textContent = `${Math.ceil(leftMs / 1000)}`;
    this.hand.setAttribute("stroke-dasharray", `${(ROUND * leftMs) / refreshMs} ${ROUND}`);
  }
}
