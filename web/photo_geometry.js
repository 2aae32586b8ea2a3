/**
 * The crop of a photograph: drawn, moved, resized, and where it lies on a canvas. Independent of the page.
 *
 * Boxes are left, top, width and height, points (x, y), all in shares of the photograph. Sizes are height and width in pixels.
 */

/** Smallest side of a crop, in pixels of the photograph. */
const SMALLEST = 16;

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const rounded = (box) => box.map((value) => Number(value.toFixed(5)) + 0);

/** The largest crop in the middle, for a generator's picture of a size. */
export function largestBox([photoHigh, photoWide], [high, wide]) {
  const pixel = Math.min(photoHigh / high, photoWide / wide);
  const [width, height] = [(pixel * wide) / photoWide, (pixel * high) / photoHigh];
  return rounded([(1 - width) / 2, (1 - height) / 2, width, height]);
}

/** A crop moved by (x, y), which stays within the photograph. */
export function movedBox([left, top, width, height], [x, y]) {
  return rounded([clamp(left + x, 0, 1 - width), clamp(top + y, 0, 1 - height), width, height]);
}

/**
 * The crop from a fixed corner towards a point.
 * @param {number[]} fixed
 * @param {number[]} point
 * @param {number[]} shape Width and height of any crop: its proportions are kept.
 * @param {number[]} photoSize
 */
export function boxBetween(fixed, point, [width, height], photoSize) {
  const ahead = fixed.map((value, axis) => point[axis] >= value);
  const room = fixed.map((value, axis) => (ahead[axis] ? 1 - value : value));
  const least = SMALLEST / Math.min(width * photoSize[1], height * photoSize[0]);
  const asked = Math.max(Math.abs(point[0] - fixed[0]) / width, Math.abs(point[1] - fixed[1]) / height);
  const scale = clamp(asked, least, Math.min(room[0] / width, room[1] / height));
  const [wide, high] = [width * scale, height * scale];
  return movedBox([fixed[0] - (ahead[0] ? 0 : wide), fixed[1] - (ahead[1] ? 0 : high), wide, high], [0, 0]);
}

/** The corners of a crop: top left, top right, bottom right, bottom left. */
export const cornersOf = ([left, top, width, height]) => [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) => [left + x * width, top + y * height]);

/**
 * Corners of the generator's picture in the photograph: top left, top right, bottom left.
 * @param {number[]} matrix Six numbers, two rows: (x, y, 1) of the photograph to (x, y) of the picture, in pixels.
 * @param {number[]} photoSize
 * @param {number[]} size
 */
export function placeOf([a, b, c, d, e, f], [photoHigh, photoWide], [high, wide]) {
  const det = a * e - b * d;
  return [[0, 0], [wide, 0], [0, high]].map(([x, y]) => [(e * (x - c) - b * (y - f)) / det / photoWide, (a * (y - f) - d * (x - c)) / det / photoHigh]);
}

/**
 * The place of a picture on a canvas.
 * @param {{left: number, top: number, wide: number, high: number}} outer Place of the photograph.
 * @param {number[][]} corners From `placeOf`.
 * @returns {{turn: number[], wide: number, high: number}} `turn`: the transform of a canvas to the picture's own coordinates, in
 * which it is from (0, 0) to (wide, high).
 */
export function turnTo(outer, corners) {
  const [start, right, below] = corners.map(([x, y]) => [outer.left + x * outer.wide, outer.top + y * outer.high]);
  const across = [right[0] - start[0], right[1] - start[1]];
  const down = [below[0] - start[0], below[1] - start[1]];
  const [wide, high] = [Math.hypot(...across), Math.hypot(...down)];
  return { turn: [across[0] / wide, across[1] / wide, down[0] / high, down[1] / high, ...start], wide, high };
}

/** A point of a canvas in the coordinates of a transform. */
export function turnedBack([a, b, c, d, e, f], [x, y]) {
  const det = a * d - b * c;
  return [(d * (x - e) - c * (y - f)) / det, (a * (y - f) - b * (x - e)) / det];
}
