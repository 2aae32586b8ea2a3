/**
 * What the page remembers of explorers whose nodes it makes anew: after undo, and after going to another workflow and back.
 * A session's name outlives a reload of the page, too.
 */

import { executionId, rootGraph } from "./widget_hosting.js";

const MOST = 16;
const STORED = "latent_levers.explorers";

/** @type {Map<string, {hello: any, found: any, picture: any, warmed: string}>} */
const kept = new Map();

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}

function store(names) {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(names));
  } catch {} // a page may have no storage; then a reload forgets
}

export const memory = {
  /** A node's name over all workflows; empty while it is in none. */
  keyOf(node) {
    const id = executionId(node);
    return id && `${this.graphNow()}/${id}`;
  },

  graphNow() {
    return String(rootGraph()?.id ?? "");
  },

  graphOf(key) {
    return key.split("/")[0];
  },

  /** @param {string} key @param {import("./explorer_live.js").ExplorerLive} live */
  keep(key, { hello, found, picture, warmed = "", phase }) {
    if (!key || !hello) return;
    if (phase === "gone") return this.forget(key);
    kept.delete(key);
    kept.set(key, { hello, found, picture, warmed });
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
    const names = stored();
    if (names[key] !== hello.session) store({ ...names, [key]: hello.session });
  },

  recall(key) {
    return kept.get(key) ?? null;
  },

  /** The session that a node had, by the page's storage. */
  noted(key) {
    return stored()[key] ?? "";
  },

  forget(key) {
    kept.delete(key);
    const { [key]: _, ...rest } = stored();
    store(rest);
  },
};
