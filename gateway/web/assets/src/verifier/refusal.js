// Why something is refused: `code` is the stable name that docs/protocol and the vectors use.
// `outcome` and `hint` are there where it ends the judging of a code.
export class Refusal extends Error {
  constructor(code, outcome, hint) {
    super(code);
    this.code = code;
    this.outcome = outcome;
    this.hint = hint;
  }
}
