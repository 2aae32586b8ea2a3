/**
 * The page's side of one session of GANExplorer: its picture, and the levers that were found. Requests what is missing, and
 * reports what is new. Independent of the page.
 *
 * @typedef {import("./explorer_state.js").State} State
 * @typedef {{session: string, size: number[], count: number, num_ws: number, space: string, truncation: boolean,
 *   directions: string[]|null, mask: boolean, presets: Object<string, number[]>, title: string,
 *   photo: {size: number[], key: string}|null, smaller?: number|null}} SessionInfo Sent by a run; see core/server/facts.py.
 * @typedef {{method: string, levers: any[], sought?: number}} Found `sought`: side of the smaller picture they are from, if any.
 */

import { LatestRequest } from "./explorer_client.js";
import { lacksCode } from "./explorer_photo_state.js";
import { nextRequest } from "./explorer_refining.js";
import { original } from "./explorer_state.js";

const FIRST_POLL = 250; // milliseconds after which progress is worth showing
const POLL = 400; // milliseconds between two requests of the progress

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What levers depend on, as one text. */
const leversKey = ({ shapes, image, psi, photo }) => JSON.stringify([shapes, image, psi, photo?.found?.vector]);

/** What the image without edits depends on, as one text. */
const imageKey = ({ image, photo }) => JSON.stringify([image, photo]);

export class ExplorerSession {
  /**
   * @param {import("./explorer_client.js").ExplorerClient} client
   * @param {{onChange: (what: "picture"|"levers"|"phase") => any, decode: (blob: Blob) => Promise<any>,
   *   pause?: (milliseconds: number) => Promise<void>}} page
   */
  constructor(client, { onChange, decode, pause = wait }) {
    Object.assign(this, { client, onChange, decode, pause });
    /** @type {"new"|"starting"|"live"|"gone"} */
    this.phase = "new";
    /** Error messages: of the run, of the last picture, of the last levers, of layers that were typed. */
    this.problems = { run: "", picture: "", levers: "", layers: "" };
    /** @type {SessionInfo|null} */
    this.info = null;
    /** Key of all that reached the node in the run that opened the session. */
    this.key = "";
    /** Whether something else reaches the node now. */
    this.outdated = false;
    this.forget();
    /** @type {{busy: string|null, done: number, total: number}|null} Progress, while something is computed. */
    this.progress = null;
    /** Numbers of pictures and levers received, for measurements. */
    this.counts = { pictures: 0, levers: 0 };
    const onError = (kind) => (error) => this.onError(kind, error);
    this.pictures = new LatestRequest((given, signal) => this.fetchPicture(given, signal), {
      onAnswer: (picture, given) => this.onPicture(picture, given),
      onError: onError("picture"),
      pause,
    });
    this.films = new LatestRequest((given, signal) => this.fetchFilm(given, signal), {
      onAnswer: (film, { key }) => this.onFilm(film, key),
      onError: () => {}, // the strip shows numbers where the server draws no faces
      pause,
    });
    this.levers = new LatestRequest((given, signal) => client.levers(given, signal), {
      onAnswer: (answer, given) => this.onLevers(answer, given),
      onError: onError("levers"),
      pause,
    });
  }

  /** Whether levers are being computed that somebody waits for. */
  get measuring() {
    return this.levers.busy && !this.levers.sent?.warm && !this.levers.sent?.refines;
  }

  /** Whether better levers are being computed than those that are shown. */
  get refining() {
    return Boolean(this.found?.sought && this.levers.busy && this.levers.sent?.refines && !this.levers.waiting);
  }

  get problem() {
    return Object.values(this.problems).find(Boolean) ?? "";
  }

  setPhase(phase, problem = "") {
    Object.assign(this, { phase, problems: { run: problem, picture: "", levers: "", layers: "" } });
    this.onChange("phase");
  }

  /** Forget the pictures and levers of a session, and what is requested of it. */
  forget() {
    this.pictures?.cancel();
    this.levers?.cancel();
    this.films?.cancel();
    /** Small pictures of all faces, side by side: from which number on, and of which state. */
    this.film = null;
    /** What the pointer is at: a state that is shown as long as it stays there. */
    this.preview = null;
    /** @type {Found|null} */
    this.found = null;
    this.warmed = "";
    /** The picture, the state that it shows, and the picture without edits. */
    Object.assign(this, { picture: null, shown: null, before: null, comparing: false });
  }

  /**
   * Use the session that a run opened.
   * @param {SessionInfo} info
   * @param {State} state
   * @param {string} [key]
   * @param {{found: Found|null, picture: any, shown: State|null, warmed: string}|null} [known] What is remembered of it.
   */
  adopt(info, state, key = "", known = null) {
    const other = info.session !== this.info?.session;
    Object.assign(this, { info, key, outdated: false });
    this.client.session = info.session;
    if (other) this.forget();
    if (known) {
      const same = JSON.stringify(known.shown) === JSON.stringify(state);
      Object.assign(this, { found: known.found, warmed: known.warmed }, same && { picture: known.picture, shown: known.shown });
    }
    this.setPhase("live");
    this.requestPicture(state);
    this.updateLevers(state);
  }

  /** Say whether something else reaches the node than in the run. */
  setOutdated(outdated) {
    if (this.phase !== "live" || outdated === this.outdated) return;
    this.outdated = outdated;
    this.onChange("phase");
  }

  /** Request the levers of a state, unless they are those that were found last, and final or being refined. */
  updateLevers(state) {
    if (this.found?.key !== leversKey(state) || (this.found.sought && !this.refining)) this.requestLevers(state);
  }

  /** Request the picture of a state. */
  requestPicture(state) {
    if (this.phase !== "live") return;
    this.pictures.request({ state });
    if (state.hold) this.pollProgress(); // the first pull of an image takes longer
  }

  /** Whether something is being computed that may take long. */
  get computing() {
    return this.levers.busy || (this.pictures.busy && Boolean(this.pictures.sent?.state.hold));
  }

  /** Request the levers of a state's region. */
  requestLevers(state) {
    if (this.phase !== "live") return;
    if (lacksCode(state, this.info?.photo)) return this.forgetLevers();
    const { shapes, image, psi, photo } = state;
    const { warm, refines } = this.levers.sent ?? {};
    if (warm || refines) this.levers.cancel(); // nobody waits for it
    this.levers.request({ shapes, image, psi, photo: photo && { found: photo.found }, ...(this.info.smaller && { beyond: 0 }) });
    this.onChange("levers");
    this.pollProgress();
  }

  /** There are no levers of a photograph without a code. */
  forgetLevers() {
    this.levers.cancel();
    this.found = null;
    this.onChange("levers");
  }

  /** Show the image without edits, or the edited one again. */
  compare(on, state) {
    if (this.phase !== "live" || this.comparing === on) return;
    this.comparing = on;
    if (on && this.before?.key !== imageKey(state)) this.pictures.request({ state: original(state), compare: true });
    if (!on && this.shown !== state) this.requestPicture(state);
    this.onChange("picture");
  }

  /**
   * Show another state for as long as the pointer stays on something; null to show the own one again.
   * @param {State|null} state
   * @param {State} own
   */
  showPreview(state, own) {
    if (this.phase !== "live" || (!state && !this.preview)) return;
    const old = this.preview?.picture;
    this.preview = state && { state, picture: null };
    if (state) this.pictures.request({ state, preview: true });
    else if (this.shown !== own) this.requestPicture(own); // which the preview may have replaced
    this.onChange("picture");
    old?.close?.();
  }

  /** The picture to show. */
  get visible() {
    return (this.comparing && this.before?.picture) || this.preview?.picture || this.picture;
  }

  /** Whether that is the photograph, with the change in it or not. */
  get inside() {
    const shown = (this.comparing && this.before?.state) || (this.preview?.picture && this.preview.state) || this.shown;
    return Boolean(this.info?.photo && shown?.photo?.inside);
  }

  /** Request small pictures of all faces, unless they are there. */
  requestFilm(first) {
    const state = this.shown;
    if (this.phase !== "live" || !state) return;
    const { image: _, shapes: __, ...rest } = state;
    const key = JSON.stringify([first, rest, this.info?.session]);
    if (key === this.film?.key || (this.films.busy && key === this.films.sent?.key)) return;
    this.films.request({ state, first, key });
  }

  async fetchFilm({ state, first }, signal) {
    const blob = await this.client.film({ state, first }, signal);
    return blob && { strip: await this.decode(blob), first };
  }

  onFilm(film, key) {
    const old = this.film;
    this.film = { ...film, key };
    this.onChange("picture");
    old?.strip.close?.();
  }

  async fetchPicture({ state }, signal) {
    const blob = await this.client.picture(state, signal);
    return blob && this.decode(blob);
  }

  onPicture(picture, { state, compare = false, preview = false }) {
    if (preview) {
      if (this.preview?.state === state) this.preview.picture = picture;
      else picture?.close?.(); // the pointer has left
      return this.onChange("picture");
    }
    const old = compare ? null : this.picture;
    if (compare) this.before = { picture, state, key: imageKey(state) };
    else {
      this.picture = picture;
      this.shown = state;
      this.counts.pictures += 1;
    }
    for (const kind of ["picture", "layers"]) this.clearProblem(kind);
    this.onChange("picture");
    old?.close?.(); // no longer drawn
  }

  onLevers(answer, given) {
    const { image, psi, shapes, photo, warm = false } = given;
    const { regional, sought = 0 } = answer;
    this.clearProblem("levers");
    if (!warm) {
      const levers = answer.levers.map((lever) => ({ ...lever, ...(regional && { region: shapes }), ...(sought && { sought }) }));
      this.found = { ...answer, levers, key: leversKey({ shapes, image, psi, photo }) };
      this.counts.levers += 1;
    }
    this.onChange("levers");
    // A region usually comes next: compute its Jacobian, which takes longest, while people look at the levers.
    const key = JSON.stringify([image, psi, photo?.found?.vector]);
    const next = this.levers.waiting ? null : nextRequest(given, answer, this.info?.smaller, this.warmed === key);
    if (next) this.levers.request(next);
    if (next) this.pollProgress();
    if (next?.warm || (!warm && !sought)) this.warmed = key;
  }

  /** Clear the error message of a request that now succeeded. */
  clearProblem(kind) {
    if (!this.problems[kind]) return;
    this.problems[kind] = "";
    this.onChange("phase");
  }

  onError(kind, error) {
    if (error.status === 404) return this.end();
    this.problems[kind] = error.message;
    this.onChange("phase");
  }

  /** The server has closed the session. */
  end() {
    for (const requests of [this.pictures, this.levers, this.films]) requests.cancel();
    Object.assign(this, { comparing: false, preview: null });
    this.setPhase("gone");
  }

  /** Request the progress again and again, while levers or a held picture are computed. */
  async pollProgress() {
    if (this.polling) return;
    this.polling = true;
    await this.pause(FIRST_POLL);
    while (this.computing && this.phase === "live") {
      this.progress = await this.client.progress().catch(() => null);
      this.onChange("levers");
      await this.pause(POLL);
    }
    this.progress = null;
    this.polling = false;
    this.onChange("levers");
  }
}
