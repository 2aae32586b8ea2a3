/**
 * Geometry of shapes: resolved, hit, moved, fitted into other bounds. Independent of the page.
 *
 * Places are (row, column) in fractions of the image. Lengths that are equal in both directions, such as the width of a
 * brush, are fractions of its longer side. Nothing is changed in place.
 */

import { kindOf, rounded } from "./region_shapes.js";

/**
 * A shape with its preset resolved; `bounds` are top, left, height, width.
 * @typedef {{kind: string, bounds: number[], points: number[][], width: number, mode: string, feather: number}} Shape
 * @typedef {import("./region_shapes.js").Entry} Entry
 */

const SMALLEST = 0.002; // side of a box

/** Positions of the handles of a box, in fractions of its height and width. */
export const HANDLES = [0, 0.5, 1]
  .flatMap((row) => [0, 0.5, 1].map((column) => [row, column]))
  .filter((part) => part.some((at) => at !== 0.5));

/**
 * Resolve an entry of the text to a shape.
 * @param {Entry} entry
 * @param {Object<string, number[]>} presets
 * @returns {Shape|null} Null for an invalid entry, or an unknown preset.
 */
export function resolve(entry, presets) {
  const kind = kindOf(entry);
  const place = kind ? PLACES[kind](entry, presets) : null;
  return place && { kind, points: [], width: 0, mode: entry.mode ?? "add", feather: entry.feather ?? 0, ...place };
}

/** Bounds and points of each kind of shape; null for an unknown preset. */
const PLACES = {
  preset: ({ preset }, presets) => (Object.hasOwn(presets, preset) ? { kind: "box", bounds: presets[preset] } : null),
  box: ({ box }) => ({ bounds: box }),
  ellipse: ({ ellipse: [row, column, height, width] }) => ({ bounds: [row - height / 2, column - width / 2, height, width] }),
  polygon: ({ polygon }) => ({ points: polygon, bounds: around(polygon) }),
  stroke: ({ stroke, width }) => ({ points: stroke, width, bounds: around(stroke) }),
};

/** The box around points. */
function around(points) {
  const [low, high] = [Math.min, Math.max].map((best) =>
    [0, 1].map((axis) => points.reduce((found, point) => best(found, point[axis]), points[0][axis])),
  );
  return [low[0], low[1], high[0] - low[0], high[1] - low[1]];
}

/** A number, clamped to an interval. */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** An entry with another place instead of its own. */
function placed(entry, place) {
  const { preset, box, ellipse, polygon, stroke, ...rest } = entry;
  return { ...place, ...rest };
}

/**
 * The same shape elsewhere; a preset becomes a box.
 * @param {Entry} entry One that `resolve` understands.
 * @param {Object<string, number[]>} presets
 * @param {number} down Distance in fractions of the image's height.
 * @param {number} right Distance in fractions of its width.
 * @returns {Entry} Clamped to the image.
 */
export function moved(entry, presets, down, right) {
  const { kind, bounds } = resolve(entry, presets);
  const [top, left, height, width] = bounds;
  // The centre of an ellipse stays in the image; all other shapes stay in it as a whole.
  const [overRows, overColumns] = kind === "ellipse" ? [height / 2, width / 2] : [0, 0];
  return fitted(entry, presets, [
    clamp(top + down, -overRows, 1 - height + overRows),
    clamp(left + right, -overColumns, 1 - width + overColumns),
    height,
    width,
  ]);
}

/**
 * The same shape within other bounds; a preset becomes a box.
 * @param {Entry} entry One that `resolve` understands.
 * @param {Object<string, number[]>} presets
 * @param {number[]} bounds Top, left, height, width; cut off at the edge of the image.
 * @returns {Entry}
 */
export function fitted(entry, presets, bounds) {
  const shape = resolve(entry, presets);
  const [top, left, height, width] = bounds;
  if (shape.kind === "box") return placed(entry, { box: insideImage(bounds) });
  if (shape.kind === "ellipse") {
    const sides = [height, width].map((side) => clamp(side, SMALLEST, 2));
    const centre = [top + height / 2, left + width / 2].map((value) => clamp(value, 0, 1));
    return placed(entry, { ellipse: [...centre, ...sides].map(rounded) });
  }
  const [oldTop, oldLeft, oldHeight, oldWidth] = shape.bounds;
  const along = (value, from, size, to, newSize) => clamp(size > 0 ? to + ((value - from) / size) * newSize : to, 0, 1);
  const points = shape.points.map(([row, column]) => [
    rounded(along(row, oldTop, oldHeight, top, height)),
    rounded(along(column, oldLeft, oldWidth, left, width)),
  ]);
  return placed(entry, { [shape.kind]: points });
}

/** A box, clamped to the image, with a positive area and rounded numbers. */
function insideImage([top, left, height, width]) {
  const span = (from, size) => {
    const low = rounded(clamp(from, 0, 1 - SMALLEST));
    return [low, rounded(clamp(from + size - low, SMALLEST, 1 - low))];
  };
  const [[row, high], [column, wide]] = [span(top, height), span(left, width)];
  return [row, column, high, wide];
}

/**
 * Bounds of two corners, given in any order.
 * @param {number[]} one
 * @param {number[]} other
 * @param {number[]} [equal] The image's height and width, for sides that are equal in pixels.
 * @returns {number[]}
 */
export function between(one, other, equal) {
  let [down, right] = [other[0] - one[0], other[1] - one[1]];
  if (equal) {
    const side = Math.max(Math.abs(down) * equal[0], Math.abs(right) * equal[1]);
    [down, right] = [(Math.sign(down) * side) / equal[0], (Math.sign(right) * side) / equal[1]];
  }
  return [Math.min(one[0], one[0] + down), Math.min(one[1], one[1] + right), Math.abs(down), Math.abs(right)];
}

/**
 * Whether a shape contains a place, or its line is near it.
 * @param {Shape} shape
 * @param {number[]} place
 * @param {number} slack Tolerance in fractions of the longer side.
 * @param {number[]} size Height and width of the image.
 */
export function covers(shape, [row, column], slack, size) {
  const [high, wide] = scales(size);
  const [top, left, height, width] = shape.bounds;
  if (shape.kind === "ellipse") {
    const [a, b] = [height / 2 + slack / high, width / 2 + slack / wide];
    return Math.hypot((row - top - height / 2) / a, (column - left - width / 2) / b) <= 1;
  }
  if (shape.kind === "box") {
    const [rows, columns] = [slack / high, slack / wide];
    return row >= top - rows && row <= top + height + rows && column >= left - columns && column <= left + width + columns;
  }
  const line = shape.kind === "polygon" ? [...shape.points, shape.points[0]] : shape.points;
  const near = line.some((to, index) => {
    const from = line[Math.max(index - 1, 0)];
    return fromSegment([row * high, column * wide], scaled(from, high, wide), scaled(to, high, wide)) <= shape.width / 2 + slack;
  });
  return near || (shape.kind === "polygon" && winds(shape.points, row, column));
}

/** An image's height and width in fractions of the longer side. */
export function scales([height, width]) {
  const longer = Math.max(height, width);
  return [height / longer, width / longer];
}

const scaled = ([row, column], high, wide) => [row * high, column * wide];

/** Whether an outline winds around a place (nonzero winding number). */
function winds(points, row, column) {
  let turns = 0;
  points.forEach(([y0, x0], index) => {
    const [y1, x1] = points[(index + 1) % points.length];
    const direction = Number(y0 <= row && row < y1) - Number(y1 <= row && row < y0);
    if (direction && ((row - y0) / (y1 - y0)) * (x1 - x0) + x0 <= column) turns += direction;
  });
  return turns !== 0;
}

/** Distance of a point from the segment between two others. */
export function fromSegment([y, x], [y0, x0], [y1, x1]) {
  const [vy, vx] = [y1 - y0, x1 - x0];
  const length = vy * vy + vx * vx;
  const along = clamp(((y - y0) * vy + (x - x0) * vx) / (length || 1), 0, 1);
  return Math.hypot(y - y0 - along * vy, x - x0 - along * vx);
}

/**
 * A line with fewer points (Ramer 1972; Douglas and Peucker 1973).
 * @param {number[][]} points
 * @param {number} tolerance Largest distance of an omitted point from the line, in fractions of the longer side.
 * @param {number[]} size Height and width of the image.
 * @returns {number[][]} Rounded.
 */
export function simplified(points, tolerance, size) {
  const [high, wide] = scales(size);
  const kept = new Set([0, points.length - 1]);
  const open = [[0, points.length - 1]];
  while (open.length) {
    const [first, last] = open.pop();
    let [farthest, most] = [-1, tolerance];
    for (let index = first + 1; index < last; index++) {
      const ends = [points[first], points[last]].map((point) => scaled(point, high, wide));
      const away = fromSegment(scaled(points[index], high, wide), ...ends);
      if (away > most) [farthest, most] = [index, away];
    }
    if (farthest < 0) continue;
    kept.add(farthest);
    open.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, index) => kept.has(index)).map((point) => point.map((value) => rounded(clamp(value, 0, 1))));
}
