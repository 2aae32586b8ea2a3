/**
 * What the page asks of the server: see nodes/live/routes.py. Knows no page: who sends is given to it.
 *
 * Of each kind of request at most one is on its way; of those that wait only the newest is ever sent.
 */

export const PREFIX = "/latent_levers/explorer";

const AGAIN = 700; // milliseconds after which a server that was busy is asked again

/** A request that the server refused; `status` is that of HTTP, 0 where there was no answer. */
export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** Numbers of requests: they rise, also from one load of the page to the next. */
let ticket = Date.now();

/**
 * Sends one thing at a time.
 * @template Given, Answer
 */
export class NewestWins {
  /**
   * @param {(given: Given, signal: AbortSignal) => Promise<Answer|null>} ask Null for an answer that nobody needs.
   * @param {{take: (answer: Answer, given: Given) => any, fail: (error: any, given: Given) => any,
   *   pause?: (milliseconds: number) => Promise<void>}} listeners
   */
  constructor(ask, { take, fail, pause = wait }) {
    Object.assign(this, { ask, take, fail, pause });
    this.waiting = null;
    this.stopper = null;
    this.sent = null;
  }

  /** Whether something is on its way. */
  get busy() {
    return this.stopper !== null;
  }

  /** Ask for something, in place of all that waits. */
  want(given) {
    this.waiting = { given };
    if (!this.busy) this.go();
  }

  /** Want nothing any more, not even what is on its way. */
  drop() {
    this.waiting = null;
    this.stopper?.abort();
  }

  async go() {
    while (this.waiting) {
      const { given } = this.waiting;
      this.waiting = null;
      const stopper = (this.stopper = new AbortController());
      this.sent = given;
      try {
        const answer = await this.ask(given, stopper.signal);
        if (stopper.signal.aborted) continue;
        if (answer !== null) this.take(answer, given);
        else this.waiting ??= { given }; // somebody else's newer request came between; ours is still wanted
        if (answer === null) await this.pause(AGAIN / 4);
      } catch (error) {
        if (stopper.signal.aborted) continue;
        if (error.status === 503) {
          this.fail(error, given);
          this.waiting ??= { given };
          await this.pause(AGAIN);
        } else this.fail(error, given);
      } finally {
        if (this.stopper === stopper) this.stopper = null;
      }
    }
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Speaks for one session. */
export class ExplorerClient {
  /**
   * @param {(path: string, options: RequestInit) => Promise<Response>} send Such as `api.fetchApi`.
   * @param {() => string} client Who the page is.
   */
  constructor(send, client) {
    Object.assign(this, { send, client });
    this.session = "";
  }

  /** Ask, and say what was answered: a response, or null where a newer request came. */
  async post(kind, given = {}, signal = undefined) {
    const body = JSON.stringify({ session: this.session, client: this.client(), ticket: ++ticket, ...given });
    const response = await this.send(`${PREFIX}/${kind}`, { method: "POST", headers: { "Content-Type": "application/json" }, body, signal }).catch((error) => {
      throw error.name === "AbortError" ? error : new Refused(0, "ComfyUI does not answer. Is it still running?");
    });
    if (response.status === 204) return null;
    if (response.ok) return response;
    const said = await response.json().catch(() => ({}));
    throw new Refused(response.status, said?.error ?? `The server answered ${response.status}.`);
  }

  async json(kind, given, signal) {
    return (await this.post(kind, given, signal))?.json() ?? null;
  }

  /** The picture of a state, as a blob. */
  async picture(state, signal) {
    return (await this.post("picture", { state }, signal))?.blob() ?? null;
  }

  /** Levers of a region with their thumbnails; with `warm`, only what is needed to find them quickly. */
  levers({ shapes, image, psi, count = 8, warm = false }, signal) {
    return this.json("levers", { shapes, image, psi, count, ...(warm && { warm }) }, signal);
  }

  /** What the server is at. */
  progress() {
    return this.json("progress");
  }

  /** What a run told the page of a node, if its session is still there. */
  find(node) {
    return this.json("find", { node, session: undefined });
  }

  /** Let the session go. */
  close() {
    return this.post("close").catch(() => null);
  }
}
