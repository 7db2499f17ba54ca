// Whether a text is the showing of a moment ago: pure, so that Node runs it in a test.

const SAME_CODE_MS = 8000;

// Remembers what was judged last. A code that the camera still sees is the same as long as it stays.
export class SameCode {
  constructor() {
    this.last = null;
  }

  // Returns a new showing, or null if it is the last one again. `what` is code and scenario, `seen`
  // says that a camera found it, `nowMs` is of any clock that does not jump.
  begin(what, seen, nowMs) {
    const { last } = this;
    if (last && last.what === what && nowMs < last.untilMs) {
      if (seen) last.untilMs = Math.max(last.untilMs, nowMs + SAME_CODE_MS);
      return null;
    }
    // While it is asked for, for ever.
    this.last = { what, seen, untilMs: Infinity };
    return this.last;
  }

  // The showing was answered, or nobody could say: then whoever enters it again is asked for again
  // at once, and a camera, which sees it all the time, only later.
  end(showing, answered, nowMs) {
    showing.untilMs = answered || showing.seen ? nowMs + SAME_CODE_MS : nowMs;
  }

  // Nothing was looked at for a while, and the code may have stayed in sight all the time.
  lookAgain(nowMs) {
    const { last } = this;
    if (last && last.seen) last.untilMs = Math.max(last.untilMs, nowMs + SAME_CODE_MS);
  }

  isLast(showing) {
    return this.last === showing;
  }
}
