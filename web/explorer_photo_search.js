/** The search for the code of a photograph: started, followed, cancelled. Independent of the page. */

const POLL = 400; // milliseconds between two requests of the progress

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class PhotoSearch {
  /**
   * @param {import("./explorer_client.js").ExplorerClient} client
   * @param {{onChange: () => any, onFound: (found: any) => any, pause?: (milliseconds: number) => Promise<void>}} page
   */
  constructor(client, { onChange, onFound, pause = wait }) {
    Object.assign(this, { client, onChange, onFound, pause });
    this.busy = false;
    this.problem = "";
    /** @type {{busy: string|null, done: number, total: number}|null} */
    this.progress = null;
    this.number = 0;
  }

  /** Search; one search at a time. */
  async start(photo) {
    if (this.busy) return;
    const number = ++this.number;
    Object.assign(this, { busy: true, problem: "", progress: null });
    this.onChange();
    this.follow(number);
    let answer = null;
    try {
      answer = await this.client.findPhoto(photo);
    } catch (error) {
      if (number === this.number) this.problem = error.message;
    }
    if (number !== this.number) return; // cancelled
    this.busy = false;
    if (answer) this.onFound(answer.found);
    this.onChange();
  }

  /** Request the progress again and again. */
  async follow(number) {
    const goes = () => this.busy && number === this.number;
    await this.pause(POLL);
    while (goes()) {
      const progress = await this.client.progress().catch(() => null);
      if (!goes()) return;
      this.progress = progress;
      this.onChange();
      await this.pause(POLL);
    }
  }

  cancel() {
    if (!this.busy) return;
    this.number += 1;
    this.busy = false;
    this.client.cancelPhoto();
    this.onChange();
  }
}

/** What each stage does; see core/explorer/photo_search.py. */
const STAGES = {
  prepare: "Learning how this generator draws, once",
  place: "Fitting the square to the face",
  search: "Finding the latent",
  graph: "Waiting for the graph that runs",
};

/**
 * What is said of a search that goes on.
 * @returns {{words: string, part: number}} `part`: progress from 0 to 1.
 */
export function searchLine({ progress }) {
  const { busy = null, done = 0, total = 0 } = progress ?? {};
  return { words: STAGES[busy] ?? "Starting", part: busy in STAGES && total > 0 ? Math.min(done / total, 1) : 0 };
}
