/** Undo and redo. Independent of the page. */

const MOST = 200;

/** @template T */
export class History {
  /** @param {T} state The first state. */
  constructor(state) {
    this.reset(state);
  }

  /** Start again with another state, which cannot be undone. */
  reset(state) {
    /** @type {T[]} */
    this.past = [];
    /** @type {T[]} */
    this.future = [];
    this.present = state;
    this.reason = "";
  }

  /**
   * Add a new state.
   * @param {T} state
   * @param {string} [reason] Consecutive changes with the same reason are one step of undo.
   */
  push(state, reason = "") {
    if (!reason || reason !== this.reason) this.past.push(this.present);
    if (this.past.length > MOST) this.past.shift();
    this.future = [];
    this.present = state;
    this.reason = reason;
  }

  /** Go back one step. Returns whether there was one. */
  undo() {
    return this.step(this.past, this.future);
  }

  /** Go forward one step. Returns whether there was one. */
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
