/**
 * Regions as text: the language of core/regions/shapes.py, read and written. Independent of the page.
 *
 * Nothing is lost: an unknown shape stays in its place, unknown keys stay in their shape, and a text that cannot be read at
 * all is left unchanged.
 */

/**
 * One shape as it is written, such as `{"box": [0.6, 0.3, 0.2, 0.4], "mode": "subtract"}`.
 * @typedef {Object<string, any>} Entry
 *
 * @typedef {Object} ShapeText
 * @property {Entry[]} entries Shapes in order, invalid ones included.
 * @property {Object<string, any>|null} wrapper The object around the list, if any: `{"version": 1, ...}`.
 * @property {string} problem Why the text cannot be read; empty if it can.
 */

export const VERSION = 1;

/** Largest number of points of one polygon or stroke, as in core. */
export const MOST_POINTS = 5000;

/** Largest number of shapes and of characters, as in core. */
const MOST_SHAPES = 1000;
const LONGEST_TEXT = 4_000_000;

/** Most work of drawing all shapes, in fillings of the whole image, as in core/regions/rasterize.py. */
const MOST_WORK = 1000;

/** Decimals of a number: a tenth of a pixel of the largest images. */
const DIGITS = 4;

const fraction = (value) => typeof value === "number" && value >= 0 && value <= 1;
const arePoints = (value, least) =>
  Array.isArray(value) &&
  value.length >= least &&
  value.length <= MOST_POINTS &&
  value.every((point) => Array.isArray(point) && point.length === 2 && point.every(fraction));
const areBounds = (value, most) =>
  Array.isArray(value) &&
  value.length === 4 &&
  fraction(value[0]) &&
  fraction(value[1]) &&
  [value[2], value[3]].every((side) => typeof side === "number" && side > 0 && side <= most);

/** Kinds of shape by the key of their place, and whether an entry is valid. */
const KINDS = {
  preset: (entry) => typeof entry.preset === "string",
  box: ({ box }) => areBounds(box, 1) && box[0] + box[2] <= 1 + 1e-6 && box[1] + box[3] <= 1 + 1e-6,
  ellipse: ({ ellipse }) => areBounds(ellipse, 2),
  polygon: ({ polygon }) => arePoints(polygon, 3),
  stroke: ({ stroke, width }) => arePoints(stroke, 1) && typeof width === "number" && width > 0 && width <= 1,
};

/**
 * The kind of a shape.
 * @param {any} entry
 * @returns {string} Empty for an invalid entry.
 */
export function kindOf(entry) {
  if (!isObject(entry)) return "";
  const kinds = Object.keys(KINDS).filter((kind) => kind in entry);
  const { mode = "add", feather = 0 } = entry;
  const valid = ["add", "subtract"].includes(mode) && typeof feather === "number" && feather >= 0 && feather <= 0.5;
  return kinds.length === 1 && valid && KINDS[kinds[0]](entry) ? kinds[0] : "";
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Read a text, typed or written by `writeShapes`.
 * @param {string} text
 * @returns {ShapeText}
 */
export function readShapes(text) {
  if (text.length > LONGEST_TEXT) return tooMuch(`The text of the shapes has ${text.length} characters.`);
  const read = readAny(text);
  if (read.entries.length > MOST_SHAPES) return tooMuch(`There are ${read.entries.length} shapes.`);
  const work = read.entries.reduce((sum, entry) => sum + (kindOf(entry) ? drawingWork(entry) : 0), 0);
  return work > MOST_WORK ? tooMuch("Drawing the shapes takes too long.") : read;
}

function tooMuch(found) {
  return { entries: [], wrapper: null, problem: `${found} Use fewer or simpler shapes.` };
}

/** Work of drawing a valid shape, as `drawing_work` of core/regions/rasterize.py counts it. */
function drawingWork({ polygon, stroke, width = 0, feather = 0 }) {
  const points = polygon ?? stroke;
  if (!points) return 1;
  if (polygon && !feather) return 1 + points.length / 256;
  const reach = feather + (stroke ? width / 2 : 0);
  const side = (from, to) => Math.min(1, Math.abs(to - from) + 2 * reach);
  return points.reduce((sum, [y, x], index) => {
    const [nextY, nextX] = points[(index + 1) % points.length];
    return sum + side(y, nextY) * side(x, nextX) + 1 / 64;
  }, 1);
}

function readAny(text) {
  if (/^\s*[\p{L}\p{N}_][\p{L}\p{N}_\s,+]*$/u.test(text)) {
    const names = text.split(/[,+\n]/).map((name) => name.trim());
    return { entries: names.filter(Boolean).map((preset) => ({ preset })), wrapper: null, problem: "" };
  }
  if (!text.trim()) return { entries: [], wrapper: null, problem: "" };
  let content;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { entries: [], wrapper: null, problem: `The text is not valid JSON: ${error.message}` };
  }
  let wrapper = null;
  if (isObject(content) && !Object.keys(KINDS).some((kind) => kind in content)) {
    wrapper = content;
    if ((content.version ?? VERSION) !== VERSION) {
      return { entries: [], wrapper, problem: `The shapes are of version ${content.version}, which is newer than this page.` };
    }
    content = content.shapes;
  }
  if (isObject(content)) content = [content];
  if (!Array.isArray(content)) return { entries: [], wrapper, problem: "The text holds no list of shapes." };
  const entries = content.map((entry) => (typeof entry === "string" ? { preset: entry } : entry));
  return { entries, wrapper, problem: "" };
}

/**
 * Write shapes, one to a line.
 * @param {Entry[]} entries
 * @param {Object<string, any>|null} [wrapper] Object around the list, if any.
 * @returns {string}
 */
export function writeShapes(entries, wrapper = null) {
  const list = `[${entries.map((entry) => asText(entry)).join(",\n ")}]`;
  if (!wrapper) return list;
  const parts = Object.entries({ ...wrapper, shapes: null });
  return `{${parts.map(([key, value]) => `${JSON.stringify(key)}: ${key === "shapes" ? list : asText(value)}`).join(", ")}}`;
}

/** JSON with a space after each comma and colon. */
function asText(value) {
  if (Array.isArray(value)) return `[${value.map(asText).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${asText(each)}`).join(", ")}}`;
}

/** A number as the text stores it: with few decimals, never minus zero. */
export function rounded(value) {
  return Number(value.toFixed(DIGITS)) + 0;
}

/**
 * Remarks on shapes that cannot be drawn.
 * @param {Entry[]} entries
 * @param {Object<string, number[]>} presets Boxes by their names.
 * @returns {string[]}
 */
export function remarks(entries, presets) {
  return entries.flatMap((entry, index) => {
    const kind = kindOf(entry);
    if (!kind) return [`Shape ${index + 1} is not understood here and is kept as it is: ${asText(entry).slice(0, 80)}`];
    if (kind === "preset" && !Object.hasOwn(presets, entry.preset)) {
      return [`Where "${entry.preset}" lies is not known here; if the generator names it, a run shows it.`];
    }
    return [];
  });
}
