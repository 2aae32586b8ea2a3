/**
 * What the modules of `web/` import from ComfyUI's page as `scripts/api.js`: requests to the server. In ComfyUI a run of the
 * graph opens the session of an explorer; here one request does.
 */

/** Path of the server: its token is the first part. */
const BASE = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

const ROUTES = "/latent_levers/explorer";

/** The queue of this page is always empty: what it queues is done at once. */
const ANSWERS = { "/queue": { queue_running: [], queue_pending: [] } };

class Api extends EventTarget {
  constructor() {
    super();
    this.clientId = this.initialClientId = crypto.randomUUID();
    this.runs = 0;
  }

  apiURL(path) {
    return BASE + path;
  }

  /** Send a request, as `fetch` does. */
  async fetchApi(path, options) {
    if (path in ANSWERS) return Response.json(ANSWERS[path]);
    if (path.startsWith("/history/")) return Response.json({});
    return fetch(this.apiURL(path), options);
  }

  /** Send a request with JSON, and return what it is answered. */
  async post(kind, given) {
    const body = JSON.stringify({ client: this.clientId, ...given });
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const response = await this.fetchApi(`${ROUTES}/${kind}`, options).catch(() => null);
    if (!response) throw new Error("The program does not answer. Is it still running?");
    const content = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(content.error ?? `The server answered ${response.status}.`);
    return content;
  }

  /** Run a graph: open the session of its explorer, and report it as ComfyUI reports the output of a node. */
  async queuePrompt(_number, { output }) {
    const run = `run ${++this.runs}`;
    const info = await this.post("open", {});
    const report = (node) => this.dispatchEvent(new CustomEvent("executed", { detail: { prompt_id: run, node, output: { explorer: [JSON.stringify(info)] } } }));
    setTimeout(() => Object.keys(output).forEach(report)); // once the caller knows the run
    return { prompt_id: run };
  }
}

export const api = new Api();
