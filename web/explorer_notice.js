/** Messages of GANExplorer: over its picture, and above its levers. Independent of the page. */

import { isLast } from "./explorer_refining.js";

/**
 * The message over the picture.
 * @param {{phase: string, problem: string}} session
 * @param {{unreadable?: string, levers?: number}} known `unreadable`: why the text cannot be read; `levers`: how many are
 * pinned.
 * @returns {{title: string, words: string, button: string, remark?: string, busy?: boolean}|null} Null while the picture is
 * live; `button` is empty for a message without one.
 */
export function notice({ phase, problem }, { unreadable = "", levers = 0 }) {
  if (unreadable) {
    const remark = "It is kept as it is until you start over.";
    return { title: "What is saved here cannot be read", words: unreadable, remark, button: "Start over" };
  }
  if (phase === "live") return null;
  if (phase === "starting") return { title: "Starting", words: "The graph runs as far as this node.", button: "", busy: true };
  if (phase === "gone") {
    return { title: "This picture is no longer live", words: "ComfyUI has closed its session. Your levers are safe; run again to continue.", button: "Run again" };
  }
  const words = "Draw on the picture, see the levers that move just that part, click one and pull.";
  const known = levers ? "Your levers are safe. Start to continue." : words;
  return { title: "Explore the levers of a generator", words: problem || known, button: "Start" };
}

/** Titles of the levers, by the method that found them. */
const TITLES = { resefa: "Levers of the region", sefa: "Levers of the whole image", directions: "Connected levers" };

/** For a region of a few pixels; see SolveStatus in core/concepts/eigenproblem.py. */
const FEW = "So small a region changes in few ways only, and the last levers are weak: draw a larger one.";

/** While levers of a smaller picture are shown; how large it is stands beside. */
const FIRST = { words: "First levers, from a picture of", more: "better ones follow" };
const MIDDLE = { words: "Levers from a picture of", more: "those of the whole picture follow" };

/** When no better lever is like some that are pulled; their names stand beside. */
const KEPT = "No better ones for:";

/** While levers of a large image are computed that has no smaller picture on its way. */
const WHOLE = "This network draws no smaller picture: its levers take longer";

/**
 * The line above the levers.
 * @param {import("./explorer_session.js").ExplorerSession} session
 * @param {boolean} region Whether one is drawn or connected.
 * @param {{name: string, other: any}[]} earlier Pulled levers of earlier answers; see `earlierLevers`.
 * @returns {{title: string, words: string, part: number|null, wrong: boolean, percent?: boolean, size?: number, more?: string}}
 * `part`: progress from 0 to 1; null while nothing is computed; `percent`: whether it is also shown as a number; `wrong`: whether
 * it is an error; `size`: side of the smaller picture that the levers are from; `more`: what is said after it.
 */
export function headline(session, region, earlier = []) {
  const { phase, problem, progress, found, measuring } = session;
  const title = TITLES[found?.method] ?? "Levers";
  const { busy = null, done = 0, total = 0 } = progress ?? {};
  const part = total > 0 ? Math.min(done / total, 1) : 0;
  if (phase !== "live") return { title, words: "", part: null, wrong: false };
  if (problem) return { title, words: problem, part: null, wrong: true };
  if (session.refining) {
    const from = isLast(found, session.info?.smaller) ? MIDDLE : FIRST;
    return { title, ...from, part, wrong: false, percent: total > 0, size: found.sought };
  }
  if (busy === "hold") return { title, words: "Getting ready to hold the rest", part, wrong: false, percent: total > 1 };
  if (busy === "graph") return { title, words: "Waiting for the graph that runs", part, wrong: false };
  if (busy === "jacobian") {
    const long = session.info?.smaller === 0 ? WHOLE : "Measuring how every pixel moves";
    const words = measuring ? long : "Getting ready for regions";
    return { title, words, part, wrong: false, percent: true };
  }
  if (measuring) return { title, words: progress ? "Looking for levers" : "", part: progress ? part : null, wrong: false };
  const offered = earlier.some(({ other }) => other);
  if (earlier.length && !offered) return { title, words: KEPT, more: earlier.map(({ name }) => name).join(", "), part: null, wrong: false };
  if (found?.status === "RANK_DEFICIENT") return { title, words: FEW, part: null, wrong: false };
  const hint = region || found?.method !== "sefa" ? "Click an end to pull there" : "Drag a box over a part of the picture for its own levers";
  return { title, words: found && !offered ? hint : "", part: null, wrong: false };
}
