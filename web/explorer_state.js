/**
 * The state of GANExplorer, which its text widget stores: read, changed, written. Independent of the page. States are never
 * changed in place, and unknown keys are kept.
 */

/**
 * A pinned lever; core/explorer/session.py applies it in a run.
 * @typedef {{name: string, pull: number, layers: string, vector: string, shape: number[], space: string, range?: number[],
 *   lives?: string, method?: string, eigenvalue?: number|null, region?: any[], muted?: boolean, input?: boolean, sought?: number}} Lever `region`: the
 *   shapes it was found for; none for a lever of the whole image. `sought`: side of the smaller picture it was found in, if any. `muted`: whether it rests where it is; `input`: whether the
 *   node shows an input that pulls it.
 * @typedef {{v: number, shapes: any[], image: number, psi: number, levers: Lever[], hold: boolean, record: {t: number, pulls: number[]}[],
 *   photo?: import("./explorer_photo_state.js").Photo}} State
 */

export const VERSION = 1;

/** Largest number of pinned levers. */
export const MOST_LEVERS = 32;

/** Longest name of a lever, in characters. */
export const MOST_LETTERS = 80;

/** Pull of 100 % of a lever whose visible range is unknown, in latent distance. */
const UNKNOWN_RANGE = 5;

/** Largest pull that can be typed, in percent. */
const MOST_PERCENT = 1000;

/** Why a text is no choice of layers: it cannot be read, or names layers that there are not. */
const UNREADABLE = "Layers are auto, all, or numbers such as 4-7 or 0, 2-3. They stay as they were.";
const BEYOND = "This generator has fewer layers, and the first is 0. The lever's layers stay as they were.";

/** Keys of a found lever that are shown only, and not stored in the text. */
const SHOWN_ONLY = ["thumbs", "share"];

/** @type {Omit<State, "v">} */
const DEFAULTS = Object.freeze({ shapes: [], image: 0, psi: 1, levers: [], hold: false, record: [] });

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Whether a lever of the text has a vector and a valid pull. */
export function isLever(lever) {
  return isObject(lever) && typeof lever.vector === "string" && (lever.pull === undefined || isNumber(lever.pull));
}

/**
 * Read a text.
 * @param {string} text
 * @returns {{state: State, problem: string}} `problem`: why the text cannot be read; the state is then the default.
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
  for (const key of ["shapes", "levers", "record"]) if (!Array.isArray(state[key])) return { state: empty, problem: `"${key}" of the state is no list.` };
  for (const key of ["image", "psi"]) if (!isNumber(state[key])) return { state: empty, problem: `"${key}" of the state is no number.` };
  if (typeof state.hold !== "boolean") return { state: empty, problem: '"hold" of the state is neither true nor false.' };
  if (state.photo !== undefined && !isObject(state.photo)) return { state: empty, problem: '"photo" of the state is no object.' };
  if (!state.levers.every(isLever)) return { state: empty, problem: "A lever of the state has no vector, or no pull." };
  return { state, problem: "" };
}

/** Write a state: compact, and without default values. */
export function writeState(state) {
  const entries = Object.entries(state).filter(([key, value]) => !(key in DEFAULTS) || JSON.stringify(value) !== JSON.stringify(DEFAULTS[key]));
  return JSON.stringify(Object.fromEntries(entries));
}

/** The state with one of its levers changed. */
function withLever(state, index, change) {
  return { ...state, levers: state.levers.map((lever, at) => (at === index ? { ...lever, ...change } : lever)) };
}

/** A vector in the other direction: the sign bits of its numbers, little-endian float32 in base64, are flipped. */
function opposite(vector) {
  const flipped = Array.from(atob(vector), (letter, at) => String.fromCharCode(letter.charCodeAt(0) ^ (at % 4 === 3 ? 0x80 : 0)));
  return btoa(flipped.join(""));
}

/** The same lever with its ends exchanged. */
export function turnRound(lever) {
  const { vector, range } = lever;
  return { ...lever, vector: opposite(vector), ...(Array.isArray(range) && { range: range.map((end) => -end).reverse() }) };
}

/** 1 where a pinned lever is a found one, -1 where it is that one turned round, and 0 where it is another. */
export function turnOf({ vector }, found) {
  if (vector === found.vector) return 1;
  if (vector.length !== found.vector.length || vector.slice(0, 4) !== found.vector.slice(0, 4)) return 0; // three bytes without a sign
  return vector === opposite(found.vector) ? -1 : 0;
}

/** Index of a pinned lever, or -1; levers are compared by their vectors, which may be turned round. */
export function findLever(state, found) {
  return state.levers.findIndex((lever) => turnOf(lever, found) && (lever.space ?? found.space) === found.space);
}

/**
 * Pin a lever, or pull the one that is pinned already.
 * @param {State} state
 * @param {any} found A lever as the server sends it.
 * @param {number} pull
 * @returns {State} The same state where too many are pinned already.
 */
export function pin(state, found, pull = 0) {
  const at = findLever(state, found);
  if (at >= 0) return pullLever(state, at, pull * turnOf(state.levers[at], found));
  if (state.levers.length >= MOST_LEVERS) return state;
  const lever = { layers: "auto", ...found, name: newName(state, found.name), pull: rounded(pull) };
  for (const key of SHOWN_ONLY) delete lever[key];
  return { ...state, levers: [...state.levers, lever] };
}

/** A name that no pinned lever has yet. */
function newName(state, name) {
  const taken = new Set(state.levers.map(({ name }) => name));
  const free = (number) => (number === 1 ? name : `${name} (${number})`);
  let number = 1;
  while (taken.has(free(number))) number++;
  return free(number);
}

/** Unpin a lever, also in what was recorded. */
export function unpin(state, index) {
  const others = (list) => list.filter((_, at) => at !== index);
  return { ...state, levers: others(state.levers), record: state.record.map(({ t, pulls }) => ({ t, pulls: others(pulls) })) };
}

/** Show an input that pulls a lever, or hide it. */
export function showInput(state, index, on) {
  const { input: _, ...lever } = state.levers[index];
  return { ...state, levers: state.levers.map((each, at) => (at === index ? { ...lever, ...(on && { input: true }) } : each)) };
}

/** Pull a lever, in latent distance. */
export function pullLever(state, index, pull) {
  return withLever(state, index, { pull: rounded(pull) });
}

/** Pull all levers back to 0. */
export function release(state) {
  return { ...state, levers: state.levers.map((lever) => ({ ...lever, pull: 0 })) };
}

/** Rename a lever; an empty name is ignored. */
export function rename(state, index, name) {
  const short = name.trim().replace(/\s+/g, " ").slice(0, MOST_LETTERS);
  return short ? withLever(state, index, { name: short }) : state;
}

/** Choose the layers that a lever pulls; a text that cannot be read is ignored. */
export function chooseLayers(state, index, text, count) {
  const layers = readLayers(text, count);
  return layers === null ? state : withLever(state, index, { layers });
}

/** Why a text is no choice of layers; empty where it is one. */
export function layersProblem(text, count) {
  if (readLayers(text, count) !== null) return "";
  return readLayers(text, 0) === null ? UNREADABLE : BEYOND;
}

/**
 * Layers as people write them.
 * @param {string} text Such as "auto", "all", "4-7" or "0, 2-3".
 * @param {number} count Number of layers of the generator; 0 if unknown.
 * @returns {string|null} Null for a text that cannot be read.
 */
export function readLayers(text, count) {
  const layers = text.trim().toLowerCase() || "auto";
  if (["auto", "all"].includes(layers)) return layers;
  const parts = layers.split(",").map((part) => part.trim().match(/^(\d{1,4})(?:\s*-\s*(\d{1,4}))?$/));
  const valid = parts.every((found) => {
    const [first, last] = found ? [Number(found[1]), Number(found[2] ?? found[1])] : [1, 0];
    return first <= last && (!count || last < count);
  });
  return valid ? layers.replace(/\s+/g, "") : null;
}

/** Show another image. */
export function showImage(state, image, count) {
  return { ...state, image: Math.min(Math.max(Math.round(image), 0), Math.max(count - 1, 0)) };
}

/** Truncate: 1 leaves the images unchanged, 0 gives the average image. */
export function truncate(state, psi) {
  return { ...state, psi: rounded(Math.min(Math.max(psi, 0), 1)) };
}

/** Set the region that levers are found for. */
export function drawRegion(state, shapes) {
  return { ...state, shapes };
}

/** Hold what lies outside the levers' regions, or let it move. */
export function hold(state, on) {
  return { ...state, hold: on };
}

/**
 * Whether every pulled lever has a region, outside of which pictures can be held.
 * @param {State} state
 * @param {boolean} mask Whether one is connected, which is part of every region.
 */
export function canHold({ levers }, mask) {
  const pulled = levers.filter(({ pull, muted }) => pull && !muted);
  return pulled.every(({ region }) => Array.isArray(region) && (region.length > 0 || mask));
}

/** The same image without truncation and levers. */
export function original(state) {
  return { ...state, levers: [], psi: 1 };
}

/** The pulls of -100 % and of 100 %: the ends of the visible range. */
function endsOf({ range }) {
  const [low, high] = Array.isArray(range) && range.length === 2 && range.every(isNumber) ? range.map(Math.abs) : [0, 0];
  const larger = Math.max(low, high) || UNKNOWN_RANGE;
  return [low || larger, high || larger];
}

/** A lever's pull in percent of its visible range; core/explorer/state.py has the same scale. */
export function percentOf(lever) {
  const [low, high] = endsOf(lever);
  const { pull = 0 } = lever;
  return (100 * pull) / (pull < 0 ? low : high);
}

/** The pull, in latent distance, of so many percent of a lever's visible range. */
export function pullAt(lever, percent) {
  const [low, high] = endsOf(lever);
  return rounded((Math.min(Math.max(percent, -MOST_PERCENT), MOST_PERCENT) / 100) * (percent < 0 ? low : high));
}

/** Let a lever rest where it is, or act again. */
export function mute(state, index, on) {
  const { muted: _, ...lever } = state.levers[index];
  return { ...state, levers: state.levers.map((each, at) => (at === index ? { ...lever, ...(on && { muted: true }) } : each)) };
}

/** Pull all levers anywhere within their visible ranges, more often a little than far; muted ones stay. */
export function randomise(state, random = Math.random) {
  const anywhere = () => Math.round(100 * (random() + random() - 1));
  return { ...state, levers: state.levers.map((lever) => (lever.muted ? lever : { ...lever, pull: pullAt(lever, anywhere()) })) };
}

/** A number as the text stores it: with three decimals, never minus zero. */
export function rounded(value) {
  return Number(value.toFixed(3)) + 0;
}
