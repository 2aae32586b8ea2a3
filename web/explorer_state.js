/**
 * What the text of GANExplorer holds: read, changed, written. Knows no page; nothing is changed in place, and keys that
 * nobody knows here are kept.
 */

/**
 * A pinned lever: see nodes/explorer.py for what a run makes of it.
 * @typedef {{name: string, pull: number, layers: string, vector: string, shape: number[], space: string, range?: number[],
 *   lives?: string, method?: string, eigenvalue?: number|null}} Lever
 * @typedef {{v: number, shapes: any[], image: number, psi: number, levers: Lever[]}} State
 */

export const VERSION = 1;

/** Most levers that are pinned at once. */
export const MOST_LEVERS = 32;

/** Longest name of a lever. */
export const MOST_LETTERS = 80;

/** How much farther than its range a slider goes. */
const BEYOND = 1.5;

/** How far a slider goes where no range is known, in latent distance. */
const UNKNOWN_RANGE = 5;

/** What a found lever says that is not kept in the text: it is shown only. */
const SHOWN_ONLY = ["thumbs", "share"];

/** @type {Omit<State, "v">} */
const DEFAULTS = Object.freeze({ shapes: [], image: 0, psi: 1, levers: [] });

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Whether a lever of the text can be shown and pulled here. */
export function isLever(lever) {
  return isObject(lever) && typeof lever.vector === "string" && (lever.pull === undefined || isNumber(lever.pull));
}

/**
 * Read a text.
 * @param {string} text
 * @returns {{state: State, problem: string}} `problem` says why it cannot be read; then the state is an empty one.
 */
export function readState(text) {
  const empty = { v: VERSION, ...DEFAULTS };
  if (!text.trim()) return { state: empty, problem: "" };
  let content;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { state: empty, problem: `The state is not valid JSON: ${error.message}` };
  }
  if (!isObject(content)) return { state: empty, problem: 'The state is not an object such as {"levers": []}.' };
  if ((content.v ?? VERSION) !== VERSION) return { state: empty, problem: `The state is of version ${content.v}, which is newer than this page.` };
  const state = { ...empty, ...content };
  for (const key of ["shapes", "levers"]) if (!Array.isArray(state[key])) return { state: empty, problem: `"${key}" of the state is no list.` };
  for (const key of ["image", "psi"]) if (!isNumber(state[key])) return { state: empty, problem: `"${key}" of the state is no number.` };
  if (!state.levers.every(isLever)) return { state: empty, problem: "A lever of the state has no vector, or no pull." };
  return { state, problem: "" };
}

/** Write a state: compact, and without what is the default. */
export function writeState(state) {
  const said = Object.entries(state).filter(([key, value]) => !(key in DEFAULTS) || JSON.stringify(value) !== JSON.stringify(DEFAULTS[key]));
  return JSON.stringify(Object.fromEntries(said));
}

/** The state with one of its levers changed. */
function withLever(state, index, change) {
  return { ...state, levers: state.levers.map((lever, at) => (at === index ? { ...lever, ...change } : lever)) };
}

/** Where a lever is pinned, or -1: it is known by its vector. */
export function findLever(state, { vector, space }) {
  return state.levers.findIndex((lever) => lever.vector === vector && (lever.space ?? space) === space);
}

/**
 * Pin a lever, or pull the one that is pinned already.
 * @param {State} state
 * @param {any} found As the server gives it.
 * @param {number} pull
 * @returns {State} The same where there is no room.
 */
export function pin(state, found, pull = 0) {
  const at = findLever(state, found);
  if (at >= 0) return pullLever(state, at, pull);
  if (state.levers.length >= MOST_LEVERS) return state;
  const lever = { layers: "auto", ...found, name: newName(state, found.name), pull: rounded(pull) };
  for (const key of SHOWN_ONLY) delete lever[key];
  return { ...state, levers: [...state.levers, lever] };
}

/** A name that no pinned lever has yet. */
function newName(state, wanted) {
  const taken = new Set(state.levers.map(({ name }) => name));
  const free = (number) => (number === 1 ? wanted : `${wanted} (${number})`);
  let number = 1;
  while (taken.has(free(number))) number++;
  return free(number);
}

/** Take a lever out again. */
export function unpin(state, index) {
  return { ...state, levers: state.levers.filter((_, at) => at !== index) };
}

/** Pull a lever, in latent distance. */
export function pullLever(state, index, pull) {
  return withLever(state, index, { pull: rounded(pull) });
}

/** All levers as if nobody had touched them. */
export function release(state) {
  return { ...state, levers: state.levers.map((lever) => ({ ...lever, pull: 0 })) };
}

/** Give a lever a name; an empty one changes nothing. */
export function rename(state, index, name) {
  const short = name.trim().replace(/\s+/g, " ").slice(0, MOST_LETTERS);
  return short ? withLever(state, index, { name: short }) : state;
}

/** Choose the layers that a lever pulls; what cannot be read changes nothing. */
export function chooseLayers(state, index, text, count) {
  const layers = readLayers(text, count);
  return layers === null ? state : withLever(state, index, { layers });
}

/**
 * Layers as people write them.
 * @param {string} text Such as "auto", "all", "4-7" or "0, 2-3".
 * @param {number} count How many the generator has; 0 if that is not known.
 * @returns {string|null} Null for what cannot be meant.
 */
export function readLayers(text, count) {
  const said = text.trim().toLowerCase() || "auto";
  if (["auto", "all"].includes(said)) return said;
  const parts = said.split(",").map((part) => part.trim().match(/^(\d{1,4})(?:\s*-\s*(\d{1,4}))?$/));
  const sound = parts.every((found) => {
    const [first, last] = found ? [Number(found[1]), Number(found[2] ?? found[1])] : [1, 0];
    return first <= last && (!count || last < count);
  });
  return sound ? said.replace(/\s+/g, "") : null;
}

/** Show another image. */
export function showImage(state, image, count) {
  return { ...state, image: Math.min(Math.max(Math.round(image), 0), Math.max(count - 1, 0)) };
}

/** Truncate: 1 leaves the images as they are, 0 makes them the average. */
export function truncate(state, psi) {
  return { ...state, psi: rounded(Math.min(Math.max(psi, 0), 1)) };
}

/** The region that levers are found for. */
export function drawRegion(state, shapes) {
  return { ...state, shapes };
}

/** The same image, as it came in. */
export function original(state) {
  return { ...state, levers: [], psi: 1 };
}

/** How far a slider goes either way: as far as it is worth, and somewhat more. */
export function reachOf({ range, pull = 0 }) {
  const ends = (Array.isArray(range) ? range : []).filter(isNumber).map(Math.abs);
  const worth = BEYOND * Math.max(0, ...ends) || UNKNOWN_RANGE;
  return rounded(Math.max(worth, Math.abs(pull))) || UNKNOWN_RANGE;
}

/** Numbers in the text have few digits, and are never minus zero. */
export function rounded(value) {
  return Number(value.toFixed(3)) + 0;
}
