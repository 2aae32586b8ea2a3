/** Records moves of levers as keyframes. Independent of the page. */

const STEP = 0.1; // seconds between two keyframes of one move
const REST = 0.4; // seconds: a longer rest between two moves is shortened to this
const MOST = 600; // keyframes
const LONGEST = 60; // seconds

export class Recorder {
  /** @param {() => number} [now] Time in milliseconds. */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.on = false;
    /** @type {{t: number, pulls: number[]}[]} */
    this.keys = [];
  }

  /** Start anew from the pulls of a state. */
  start(state) {
    Object.assign(this, { on: true, keys: [{ t: 0, pulls: pullsOf(state) }], moved: this.now() });
  }

  /** A lever was moved: the state is now this one. */
  move(state) {
    if (!this.on || this.keys.length >= MOST) return;
    const passed = (this.now() - this.moved) / 1000;
    const last = this.keys.at(-1);
    const pulls = pullsOf(state);
    if (String(pulls) === String(last.pulls)) return;
    if (passed < STEP && this.keys.length > 1) {
      last.pulls = pulls; // part of the same step
      return;
    }
    let { t } = last;
    if (passed > REST) this.keys.push({ t: (t = rounded(t + REST - STEP)), pulls: last.pulls }); // it rested until now
    t = rounded(t + Math.min(Math.max(passed, STEP), passed > REST ? STEP : REST));
    if (t > LONGEST) return;
    this.keys.push({ t, pulls });
    this.moved = this.now();
  }

  /** Stop. Returns the keyframes; none if nothing was moved. */
  stop() {
    this.on = false;
    return this.keys.length > 1 ? this.keys : [];
  }
}

const rounded = (value) => Number(value.toFixed(2));

/** The pulls of all levers that act. */
function pullsOf({ levers }) {
  return levers.map(({ pull = 0, muted }) => (muted ? 0 : pull));
}

/** How long a recording is, as it is written on its button; empty without one. */
export function lengthOf(record) {
  return record.length ? `${record.at(-1).t.toFixed(1)} s` : "";
}
