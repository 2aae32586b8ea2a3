/**
 * Shapes from gestures: drawn, stretched and nudged. Independent of the page.
 *
 * @typedef {import("./region_editor.js").RegionEditor} RegionEditor
 * @typedef {import("./region_shapes.js").Entry} Entry
 */

import { between, fitted, moved, resolve, scales, simplified } from "./region_geometry.js";

const MIN_SIZE = 0.008; // of the longer side; anything smaller was a click
const FREEHAND = 0.003; // tolerance of freehand lines, of the longer side

/**
 * The shape that a gesture draws.
 * @param {RegionEditor} editor Its brush, mode and feather are used.
 * @param {{tool: string, from: number[], at: number[], points: number[][], flip: boolean}} gesture Its start, its present
 * place, and the places between, up to the largest number of points.
 * @param {boolean} equal Whether both sides are equal in pixels.
 * @returns {Entry|null} Null while it is no more than a click.
 */
export function drawn(editor, gesture, equal) {
  const entry = DRAWN[gesture.tool](editor, gesture, equal);
  return entry && editor.styled(entry, gesture.flip);
}

/** A stroke; a click makes a dot. */
function stroke({ brush, size }, { points }) {
  return { stroke: simplified(points.length > 2 ? points : points.slice(0, 1), FREEHAND, size), width: brush };
}

/** The outline of a freehand line. */
function polygon({ size }, { from, points }) {
  const [high, wide] = scales(size);
  const away = ([row, column]) => Math.hypot((row - from[0]) * high, (column - from[1]) * wide);
  const corners = simplified(points, FREEHAND, size);
  // A polygon is closed: its last point, near the first, is omitted.
  if (corners.length > 3 && away(points[points.length - 1]) < FREEHAND) corners.pop();
  const spread = points.reduce((most, point) => Math.max(most, away(point)), 0);
  return corners.length > 2 && spread >= MIN_SIZE ? { polygon: corners } : null;
}

/** A box or an ellipse from two corners. */
const cornered = (whole) => ({ size, presets }, { from, at }, equal) => {
  const [high, wide] = scales(size);
  const bounds = between(from, at, equal ? size : undefined);
  if (bounds[2] * high < MIN_SIZE || bounds[3] * wide < MIN_SIZE) return null;
  return fitted(whole, presets, bounds);
};

const DRAWN = {
  stroke,
  polygon,
  box: cornered({ box: [0, 0, 1, 1] }),
  ellipse: cornered({ ellipse: [0.5, 0.5, 1, 1] }),
};

/**
 * A shape resized by one of its handles.
 * @param {RegionEditor} editor
 * @param {{entry: Entry, handle: number[]}} gesture See `HANDLES`.
 * @param {number[]} place
 * @returns {Entry}
 */
export function stretched(editor, { entry, handle }, place) {
  const { bounds } = resolve(entry, editor.presets);
  const [[top, bottom], [left, right]] = [0, 1].map((axis) => {
    const [low, high] = [bounds[axis], bounds[axis] + bounds[axis + 2]];
    if (handle[axis] === 0.5) return [low, high];
    return (handle[axis] === 0 ? [place[axis], high] : [low, place[axis]]).sort((one, other) => one - other);
  });
  return fitted(entry, editor.presets, [top, left, bottom - top, right - left]);
}

/**
 * A shape moved by pixels of the image, or resized at its lower right.
 * @param {RegionEditor} editor
 * @param {Entry} entry
 * @param {number} down
 * @param {number} right
 * @param {boolean} resize
 * @returns {Entry|null} Null for an invalid entry.
 */
export function nudged({ size, presets }, entry, down, right, resize) {
  const shape = resolve(entry, presets);
  if (!shape) return null;
  const [rows, columns] = [down / size[0], right / size[1]];
  if (!resize) return moved(entry, presets, rows, columns);
  const [top, left, height, width] = shape.bounds;
  return fitted(entry, presets, [top, left, ...[height + rows, width + columns].map((side) => Math.max(side, 0))]);
}
