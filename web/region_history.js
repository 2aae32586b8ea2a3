/** What can be taken back, and done again. Knows no page. */

const MOST = 200;

/** @template T */
export class History {
  /** @param {T} state What is there at the beginning. */
  constructor(state) {
    this.reset(state);
  }

  /** Forget everything: something else was loaded. */
  reset(state) {
    /** @type {T[]} */
    this.past = [];
    /** @type {T[]} */
    this.future = [];
    this.present = state;
    this.reason = "";
  }

  /**
   * Note a new state.
   * @param {T} state
   * @param {string} [reason] Changes with the same reason, one after the other, are taken back as one.
   */
  push(state, reason = "") {
    if (!reason || reason !== this.reason) this.past.push(this.present);
    if (this.past.length > MOST) this.past.shift();
    this.future = [];
    this.present = state;
    this.reason = reason;
  }

  /** Go back; tells whether there was something to go back to. */
  undo() {
    return this.step(this.past, this.future);
  }

  /** Go forward again. */
  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.present);
    this.present = from.pop();
    this.reason = "";
    return true;
  }
}
