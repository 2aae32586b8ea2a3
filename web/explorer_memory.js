/**
 * What the page remembers of explorers whose nodes it recreates: on undo, and when another workflow was open meanwhile. The
 * token of a session also survives a reload of the page. Keys name the graph, the node, and all that reached it
 * (`graph_runs.js`): workflows that share ids never get each other's pictures.
 */

const MOST = 16;
const STORED = "latent_levers.explorers";

/** @type {Map<string, {info: any, found: any, picture: any, shown: any, warmed: string}>} */
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
  /** @param {string} key @param {Partial<import("./explorer_session.js").ExplorerSession>} session */
  save(key, { info, found = null, picture = null, shown = null, warmed = "", phase = "live" }) {
    if (!key || !info) return;
    if (phase === "gone") return this.remove(key);
    kept.delete(key);
    kept.set(key, { info, found, picture, shown, warmed });
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
    const { [key]: token, ...others } = readTokens();
    if (token === info.session) return;
    const stored = [...Object.entries(others), [key, info.session]].slice(-MOST);
    writeTokens(Object.fromEntries(stored));
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
