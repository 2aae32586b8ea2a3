/**
 * Requests of the page to the server; core/server/routes.py answers them. Independent of the page: how a request is sent
 * is an argument.
 *
 * At most one request of a kind is open; of those that wait only the newest is sent.
 */

export const PREFIX = "/latent_levers/explorer";

const RETRY = 700; // milliseconds after which a request is sent again to a server that was busy

/** A request that the server refused; `status` is the HTTP status, 0 where there was no answer. */
export class RequestError extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

/** Ticket of the last request: tickets rise, also from one load of the page to the next. */
let ticket = Date.now();

/**
 * Sends one request at a time, and next the newest of those that came meanwhile.
 * @template Given, Answer
 */
export class LatestRequest {
  /**
   * @param {(given: Given, signal: AbortSignal) => Promise<Answer|null>} send Null where another page's newer request
   * replaced this one.
   * @param {{onAnswer: (answer: Answer, given: Given) => any, onError: (error: any, given: Given) => any,
   *   pause?: (milliseconds: number) => Promise<void>}} listeners
   */
  constructor(send, { onAnswer, onError, pause = wait }) {
    Object.assign(this, { send, onAnswer, onError, pause });
    this.waiting = null;
    this.controller = null;
    this.sent = null;
  }

  /** Whether a request is open. */
  get busy() {
    return this.controller !== null;
  }

  /** Request something, in place of what waits. */
  request(given) {
    this.waiting = { given };
    if (!this.busy) this.run();
  }

  /** Cancel what waits and what is open. */
  cancel() {
    this.waiting = null;
    this.controller?.abort();
  }

  async run() {
    while (this.waiting) {
      const { given } = this.waiting;
      this.waiting = null;
      const controller = (this.controller = new AbortController());
      this.sent = given;
      try {
        const answer = await this.send(given, controller.signal);
        if (controller.signal.aborted) continue;
        if (answer !== null) this.onAnswer(answer, given);
        else this.waiting ??= { given }; // another page's newer request replaced it; this page still needs its own
        if (answer === null) await this.pause(RETRY / 4);
      } catch (error) {
        if (controller.signal.aborted) continue;
        if (error.status === 503) {
          this.onError(error, given);
          this.waiting ??= { given };
          await this.pause(RETRY);
        } else this.onError(error, given);
      } finally {
        if (this.controller === controller) this.controller = null;
      }
    }
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Sends the requests of one session. */
export class ExplorerClient {
  /**
   * @param {(path: string, options: RequestInit) => Promise<Response>} send Such as `api.fetchApi`.
   * @param {() => string} client Id of the page.
   */
  constructor(send, client) {
    Object.assign(this, { send, client });
    this.session = "";
  }

  /** Send a request. Returns the response, or null where a newer request replaced this one. */
  async post(kind, given = {}, signal = undefined) {
    const body = JSON.stringify({ session: this.session, client: this.client(), ticket: ++ticket, ...given });
    const headers = { "Content-Type": "application/json" };
    const patient = { timeoutMs: null }; // newer pages of ComfyUI else give up after a minute
    const response = await this.send(`${PREFIX}/${kind}`, { method: "POST", headers, body, signal, ...patient }).catch((error) => {
      throw error.name === "AbortError" ? error : new RequestError(0, "ComfyUI does not answer. Is it still running?");
    });
    if (response.status === 204) return null;
    if (response.ok) return response;
    const content = await response.json().catch(() => ({}));
    throw new RequestError(response.status, content?.error ?? `The server answered ${response.status}.`);
  }

  async json(kind, given, signal) {
    return (await this.post(kind, given, signal))?.json() ?? null;
  }

  /** The picture of a state, as a blob. */
  async picture(state, signal) {
    return (await this.post("picture", { state }, signal))?.blob() ?? null;
  }

  /** All images of a state from one on, side by side in one picture, as a blob. */
  async film({ state, first }, signal) {
    return (await this.post("film", { state, first }, signal))?.blob() ?? null;
  }

  /**
   * Levers of a region with their thumbnails; with `warm`, only the Jacobian is computed; with `beyond`, those of the next picture
   * that is larger than so many pixels.
   */
  levers({ shapes, image, psi, photo, count = 8, warm = false, beyond = null }, signal) {
    const more = { ...(warm && { warm }), ...(beyond !== null && { beyond }) };
    return this.json("levers", { shapes, image, psi, photo, count, ...more }, signal);
  }

  /** The code of the photograph; null where the search was cancelled. */
  findPhoto(photo) {
    return this.json("photo", { photo });
  }

  /** Cancel the search for it. */
  cancelPhoto() {
    return this.post("cancel").catch(() => null);
  }

  /** What the server is computing for this page. */
  progress() {
    return this.json("progress");
  }

  /** What the run sent that opened a session for a node, if that session is still open. */
  find(node, session) {
    return this.json("find", { node, session });
  }

  /** Close the session. */
  close() {
    return this.post("close").catch(() => null);
  }
}
