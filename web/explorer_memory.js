/**
 * What the page remembers of explorers whose nodes it recreates: on undo, and when another workflow was open meanwhile. The
 * token of a session also survives a reload of the page.
 */

import { executionId, rootGraph } from "./comfy_graph.js";

const MOST = 16;
const STORED = "latent_levers.explorers";

/** @type {Map<string, {info: any, found: any, picture: any, warmed: string}>} */
const kept = new Map();

function readTokens() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}

function writeTokens(tokens) {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(tokens));
  } catch {} // a page without storage forgets them on a reload
}

export const memory = {
  /** A node's key over all workflows; empty for a node that is in no graph. */
  keyOf(node) {
    const id = executionId(node);
    return id && `${this.currentGraph()}/${id}`;
  },

  currentGraph() {
    return String(rootGraph()?.id ?? "");
  },

  graphOf(key) {
    return key.split("/")[0];
  },

  /** @param {string} key @param {import("./explorer_session.js").ExplorerSession} session */
  save(key, { info, found, picture, warmed = "", phase }) {
    if (!key || !info) return;
    if (phase === "gone") return this.remove(key);
    kept.delete(key);
    kept.set(key, { info, found, picture, warmed });
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
    const tokens = readTokens();
    if (tokens[key] !== info.session) writeTokens({ ...tokens, [key]: info.session });
  },

  load(key) {
    return kept.get(key) ?? null;
  },

  /** The token of a node's last session, from the page's storage. */
  tokenOf(key) {
    return readTokens()[key] ?? "";
  },

  remove(key) {
    kept.delete(key);
    const { [key]: _, ...rest } = readTokens();
    writeTokens(rest);
  },
};
