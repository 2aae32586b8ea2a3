/**
 * Levers of a large image come in several answers: first ones from a small picture, better ones from a larger picture, and
 * those of the whole one. Which is requested next, and what becomes of the sliders. Independent of the page.
 *
 * A lever that is pulled is never replaced by itself: the picture would jump. It bears `sought`, the side of the picture in
 * which it was found, and its place can be taken by the lever of a later answer that is like it.
 */

import { percentOf, pullAt } from "./explorer_state.js";

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
  if (regional && sought < smaller) return { ...where, beyond: sought, refines: true };
  return regional && !warmed ? { ...where, warm: true, refines: true } : { ...where, refines: true };
}

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
 * Pinned levers of earlier answers for a region, each with the lever that may take its place.
 * @param {import("./explorer_state.js").State} state
 * @param {{levers: any[], sought?: number, key?: string}|null} found The newest answer.
 * @returns {{index: number, other: any, turned: boolean}[]} `other`: null where none is like it.
 */
export function earlierLevers({ levers }, found) {
  if (!found?.levers.length) return [];
  const regionOf = (lever) => JSON.stringify(lever.region ?? null);
  const [{ region = null }] = found.levers;
  const known = new Set(found.levers.map(({ vector }) => vector));
  const isEarlier = (lever) => lever.sought && lever.sought !== found.sought && !known.has(lever.vector) && regionOf(lever) === JSON.stringify(region);
  const earlier = levers.map((lever, index) => ({ lever, index })).filter(({ lever }) => isEarlier(lever));
  return earlier.map(({ lever, index }) => {
    const cosines = found.levers.map((other) => likeness(lever, other));
    const sizes = cosines.map(Math.abs);
    const best = sizes.indexOf(Math.max(...sizes));
    const alike = sizes[best] >= ALIKE;
    return { index, other: alike ? found.levers[best] : null, turned: alike && cosines[best] < 0 };
  });
}

/**
 * Put the levers of the newest answer in the place of earlier ones that are like them; sliders stay where they are, as shares of
 * the range, also in what was recorded, and act on the same layers. Others are kept.
 * @param {import("./explorer_state.js").State} state
 * @param {any} found
 * @returns {import("./explorer_state.js").State}
 */
export function takeRefined(state, found) {
  const levers = [...state.levers];
  let { record } = state;
  const taken = new Set(levers.map(({ vector }) => vector));
  for (const { index, other, turned } of earlierLevers(state, found)) {
    if (!other || taken.has(other.vector)) continue;
    taken.add(other.vector);
    const { thumbs: _, share: __, name: ___, layers: ____, ...better } = other;
    const { sought: _____, ...kept } = levers[index];
    const moved = (pull) => pullAt(better, percentOf({ ...kept, pull }) * (turned ? -1 : 1));
    levers[index] = { ...kept, ...better, pull: moved(kept.pull) };
    record = record.map(({ t, pulls }) => ({ t, pulls: pulls.map((pull, at) => (at === index ? moved(pull) : pull)) }));
  }
  return { ...state, levers, record };
}
