/**
 * Levers of a large image come in several answers: first ones from a small picture, better ones from a larger picture, and
 * those of the whole one. Which is requested next, and what becomes of the sliders. Independent of the page.
 *
 * A lever that is pulled is never replaced by itself: the picture would jump. It bears `sought`, the side of the picture in
 * which it was found, and its place can be taken by the lever of a later answer that is like it.
 */

import { findLever, percentOf, pullAt, turnOf, turnRound } from "./explorer_state.js";

/** Cosine of two levers from which one may take the place of the other. */
export const ALIKE = 0.9;

/**
 * What is requested after an answer.
 * @param {any} given What was requested.
 * @param {{sought?: number, regional?: boolean, method?: string, warm?: boolean}} answer
 * @param {number|null} smaller Side of the largest smaller picture, 0 or null without one.
 * @param {boolean} warmed Whether the derivative of the whole image was requested already.
 * @returns {any} Null where nothing is.
 */
export function nextRequest(given, { sought = 0, regional = false, method = "", warm = false }, smaller, warmed) {
  const { beyond: _, warm: __, refines = false, ...where } = given;
  if (warm) return refines ? { ...where, refines } : null; // the whole image is ready
  if (!sought) return method === "resefa" || warmed ? null : { ...where, warm: true };
  if (!isLast({ sought, regional }, smaller)) return { ...where, beyond: sought, refines: true };
  return regional && !warmed ? { ...where, warm: true, refines: true } : { ...where, refines: true };
}

/** Whether the levers that follow an answer are those of the whole image. */
export const isLast = ({ sought, regional = false }, smaller) => !(regional && sought < smaller);

/** The numbers of a lever: little-endian float32 in base64. */
function numbersOf({ vector }) {
  const bytes = Uint8Array.from(atob(vector), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length >> 2 }, (_, at) => view.getFloat32(4 * at, true));
}

/** Cosine of two levers, from -1 to 1; 0 where they are of different kinds. */
export function likeness(one, other) {
  if ((one.space ?? "W") !== (other.space ?? "W") || one.vector.length !== other.vector.length) return 0;
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const product = (x, y) => x.reduce((sum, value, at) => sum + value * y[at], 0);
  return product(a, b) / (Math.sqrt(product(a, a) * product(b, b)) || 1);
}

/**
 * Pinned levers of earlier answers for a region, each with the lever that may take its place: the same with the range of a larger
 * picture, or one that is like it.
 * @param {import("./explorer_state.js").State} state
 * @param {{levers: any[], sought?: number, key?: string}|null} found The newest answer.
 * @returns {{index: number, name: string, other: any, turned: boolean}[]} `other`: null where none is like it that is not pinned
 * already; `turned`: whether that one points the other way.
 */
export function earlierLevers(state, found) {
  if (!found?.levers.length) return [];
  const regionOf = ({ region = null }) => JSON.stringify(region);
  const before = ({ sought }) => sought && (!found.sought || sought < found.sought);
  const isEarlier = (lever) => before(lever) && regionOf(lever) === regionOf(found.levers[0]);
  const free = found.levers.filter((other) => findLever(state, other) < 0);
  const earlier = state.levers.map((lever, index) => ({ lever, index })).filter(({ lever }) => isEarlier(lever));
  return earlier.map(({ lever, index }) => {
    const same = found.levers.find((other) => turnOf(lever, other));
    if (same) return { index, name: lever.name, other: same, turned: turnOf(lever, same) < 0 };
    const cosines = free.map((other) => likeness(lever, other));
    const sizes = cosines.map(Math.abs);
    const best = sizes.indexOf(Math.max(...sizes));
    const alike = sizes[best] >= ALIKE;
    const [other] = alike ? free.splice(best, 1) : [null];
    return { index, name: lever.name, other, turned: alike && cosines[best] < 0 };
  });
}

/**
 * Put the levers of the newest answer in the place of earlier ones that are like them, turned round where they point the other way:
 * sliders and inputs keep their meaning. Sliders stay where they are, as shares of the range, also in what was recorded, and act on
 * the same layers. Others are kept.
 * @param {import("./explorer_state.js").State} state
 * @param {any} found
 * @returns {import("./explorer_state.js").State}
 */
export function takeRefined(state, found) {
  const levers = [...state.levers];
  let { record } = state;
  for (const { index, other, turned } of earlierLevers(state, found)) {
    if (!other) continue;
    const { thumbs: _, share: __, name: ___, layers: ____, ...better } = turned ? turnRound(other) : other;
    const { sought: _____, ...kept } = levers[index];
    const moved = (pull) => pullAt(better, percentOf({ ...kept, pull }));
    levers[index] = { ...kept, ...better, pull: moved(kept.pull) };
    record = record.map(({ t, pulls }) => ({ t, pulls: pulls.map((pull, at) => (at === index ? moved(pull) : pull)) }));
  }
  return { ...state, levers, record };
}
