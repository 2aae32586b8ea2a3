/**
 * What is live in GANExplorer: the session, the picture, the levers that were found. Asks for what is missing, and says when
 * something new is there. Knows no page.
 *
 * @typedef {import("./explorer_state.js").State} State
 * @typedef {{session: string, size: number[], count: number, num_ws: number, space: string, truncation: boolean,
 *   directions: string[]|null, mask: boolean, presets: Object<string, number[]>, title: string}} Hello What a run tells.
 * @typedef {{method: string, levers: any[]}} Found
 */

import { NewestWins } from "./explorer_client.js";
import { original } from "./explorer_state.js";

const SOON = 250; // milliseconds after which it is worth saying what the server is at
const OFTEN = 400; // milliseconds between two looks at it

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What levers depend on. */
const asked = ({ shapes, image, psi }) => JSON.stringify([shapes, image, psi]);

export class ExplorerLive {
  /**
   * @param {import("./explorer_client.js").ExplorerClient} client
   * @param {{tell: (what: "picture"|"levers"|"phase") => any, decode: (blob: Blob) => Promise<any>,
   *   pause?: (milliseconds: number) => Promise<void>}} page
   */
  constructor(client, { tell, decode, pause = wait }) {
    Object.assign(this, { client, tell, decode, pause });
    /** @type {"new"|"starting"|"live"|"gone"} */
    this.phase = "new";
    /** What went wrong: with the run, with the last picture, with the last levers. */
    this.problems = { run: "", picture: "", levers: "" };
    /** @type {Hello|null} */
    this.hello = null;
    /** @type {Found|null} */
    this.found = null;
    this.picture = null;
    this.before = null;
    this.comparing = false;
    /** @type {{busy: string|null, done: number, total: number}|null} What takes longer, while it does. */
    this.progress = null;
    /** How often there was something new, for whoever measures. */
    this.counts = { pictures: 0, levers: 0 };
    const fail = (kind) => (error) => this.failed(kind, error);
    this.pictures = new NewestWins((wanted, signal) => this.fetchPicture(wanted, signal), { take: (got, wanted) => this.takePicture(got, wanted), fail: fail("picture"), pause });
    this.levers = new NewestWins((wanted, signal) => client.levers(wanted, signal), { take: (got, wanted) => this.takeLevers(got, wanted), fail: fail("levers"), pause });
  }

  /** Whether levers are being looked for. */
  get measuring() {
    return this.levers.busy && !this.levers.sent?.warm;
  }

  get problem() {
    return Object.values(this.problems).find(Boolean) ?? "";
  }

  enter(phase, problem = "") {
    Object.assign(this, { phase, problems: { run: problem, picture: "", levers: "" } });
    this.tell("phase");
  }

  /** A run told of a session. */
  adopt(hello, state) {
    const other = hello.session !== this.hello?.session;
    this.hello = hello;
    this.client.session = hello.session;
    if (other) Object.assign(this, { before: null, warmed: "" });
    this.enter("live");
    this.show(state);
    if (other) this.measure(state);
    else this.follow(state);
  }

  /** Ask for the levers of a state, unless they are there. */
  follow(state) {
    if (this.found?.asked !== asked(state)) this.measure(state);
  }

  /** Ask for the picture of a state. */
  show(state) {
    if (this.phase === "live") this.pictures.want({ state });
  }

  /** Ask for the levers of a state's region. */
  measure({ shapes, image, psi }) {
    if (this.phase !== "live") return;
    if (this.levers.sent?.warm) this.levers.drop(); // nobody waits for that
    this.levers.want({ shapes, image, psi });
    this.tell("levers");
    this.watch();
  }

  /** Show the image as it came in, or as it is again. */
  compare(on, state) {
    if (this.phase !== "live" || this.comparing === on) return;
    this.comparing = on;
    if (on && this.before?.image !== state.image) this.pictures.want({ state: original(state), compare: true });
    if (!on && this.shown !== state) this.show(state);
    this.tell("picture");
  }

  /** What is to be seen now. */
  get visible() {
    return (this.comparing && this.before?.picture) || this.picture;
  }

  async fetchPicture({ state }, signal) {
    const blob = await this.client.picture(state, signal);
    return blob && this.decode(blob);
  }

  takePicture(picture, { state, compare = false }) {
    const old = compare ? null : this.picture;
    if (compare) this.before = { picture, image: state.image };
    else {
      this.picture = picture;
      this.shown = state;
      this.counts.pictures += 1;
    }
    this.answered("picture");
    this.tell("picture");
    old?.close?.(); // nobody draws it any more
  }

  takeLevers(answer, { image, psi, shapes, warm = false }) {
    this.answered("levers");
    if (warm) return this.tell("levers");
    this.found = { ...answer, asked: asked({ shapes, image, psi }) };
    this.counts.levers += 1;
    this.tell("levers");
    // Regions come next: what takes longest about them is done while people look.
    const key = JSON.stringify([image, psi]);
    if (answer.method !== "resefa" && this.warmed !== key && !this.levers.waiting) {
      this.levers.want({ image, psi, shapes, warm: true });
      this.watch();
    }
    this.warmed = key;
  }

  /** The server does what it is asked. */
  answered(kind) {
    if (!this.problems[kind]) return;
    this.problems[kind] = "";
    this.tell("phase");
  }

  failed(kind, error) {
    if (error.status === 404) return this.lose();
    this.problems[kind] = error.message;
    this.tell("phase");
  }

  /** The session is no more. */
  lose() {
    this.pictures.drop();
    this.levers.drop();
    this.comparing = false;
    this.enter("gone");
  }

  /** Say what the server is at, as long as levers are looked for. */
  async watch() {
    if (this.watching) return;
    this.watching = true;
    await this.pause(SOON);
    while (this.levers.busy && this.phase === "live") {
      this.progress = await this.client.progress().catch(() => null);
      this.tell("levers");
      await this.pause(OFTEN);
    }
    this.progress = null;
    this.watching = false;
    this.tell("levers");
  }
}
