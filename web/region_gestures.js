/**
 * What pointers, while they are down, and arrow keys make of shapes. Knows no page.
 *
 * @typedef {import("./region_editor.js").RegionEditor} RegionEditor
 * @typedef {import("./region_shapes.js").Entry} Entry
 */

import { between, fitted, moved, resolve, scales, simplified } from "./region_geometry.js";

const LEAST_DRAWN = 0.008; // of the longer side; less than that was a click
const FREEHAND = 0.003; // how closely a line follows the hand

/**
 * The shape that a gesture draws.
 * @param {RegionEditor} editor Its brush and its style are used.
 * @param {{tool: string, from: number[], at: number[], points: number[][], flip: boolean}} gesture Where it began, where
 * it is now, and where it was on the way, as far as that many places can be kept.
 * @param {boolean} equal Whether both sides shall be equally long in pixels.
 * @returns {Entry|null} Null as long as it is but a click.
 */
export function drawn(editor, gesture, equal) {
  const entry = DRAWN[gesture.tool](editor, gesture, equal);
  return entry && editor.styled(entry, gesture.flip);
}

/** A stroke; a click makes a dot. */
function stroke({ brush, size }, { points }) {
  return { stroke: simplified(points.length > 2 ? points : points.slice(0, 1), FREEHAND, size), width: brush };
}

/** What the hand goes around. */
function polygon({ size }, { from, points }) {
  const [high, wide] = scales(size);
  const away = ([row, column]) => Math.hypot((row - from[0]) * high, (column - from[1]) * wide);
  const corners = simplified(points, FREEHAND, size);
  // It closes by itself: hands come back to where they began.
  if (corners.length > 3 && away(points[points.length - 1]) < FREEHAND) corners.pop();
  const spread = points.reduce((most, point) => Math.max(most, away(point)), 0);
  return corners.length > 2 && spread >= LEAST_DRAWN ? { polygon: corners } : null;
}

/** A box or an ellipse between two corners. */
const cornered = (whole) => ({ size, presets }, { from, at }, equal) => {
  const [high, wide] = scales(size);
  const bounds = between(from, at, equal ? size : undefined);
  if (bounds[2] * high < LEAST_DRAWN || bounds[3] * wide < LEAST_DRAWN) return null;
  return fitted(whole, presets, bounds);
};

const DRAWN = {
  stroke,
  polygon,
  box: cornered({ box: [0, 0, 1, 1] }),
  ellipse: cornered({ ellipse: [0.5, 0.5, 1, 1] }),
};

/**
 * A shape with one of its handles at the pointer.
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
 * A shape moved by pixels of the image, or made larger or smaller at its lower right.
 * @param {RegionEditor} editor
 * @param {Entry} entry
 * @param {number} down
 * @param {number} right
 * @param {boolean} resize
 * @returns {Entry|null} Null for one that is not understood.
 */
export function nudged({ size, presets }, entry, down, right, resize) {
  const shape = resolve(entry, presets);
  if (!shape) return null;
  const [rows, columns] = [down / size[0], right / size[1]];
  if (!resize) return moved(entry, presets, rows, columns);
  const [top, left, height, width] = shape.bounds;
  return fitted(entry, presets, [top, left, ...[height + rows, width + columns].map((side) => Math.max(side, 0))]);
}
