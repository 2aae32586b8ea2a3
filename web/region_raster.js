/**
 * Shapes as weights of pixels: the same computation in the same order as in core/regions/rasterize.py, so that the preview
 * equals the region of a run. Independent of the page.
 *
 * @typedef {import("./region_geometry.js").Shape} Shape
 * @typedef {{high: number, wide: number, longer: number, y: Float64Array, x: Float64Array}} Grid
 */

const FAR = 4; // larger than any distance in the image, in units of its longer side

/** Centres of the pixels in units of the longer side, so that a feather is equally wide in both directions. */
function gridOf([high, wide]) {
  const longer = Math.max(high, wide);
  const centres = (count) => Float64Array.from({ length: count }, (_, index) => (index + 0.5) / longer);
  return { high, wide, longer, y: centres(high), x: centres(wide) };
}

/**
 * Weights of the pixels.
 * @param {Shape[]} shapes Drawn in order.
 * @param {number[]} size Height and width of the image in pixels.
 * @param {ArrayLike<number>} [ground] Weights on which they are drawn; 0 if omitted.
 * @returns {Float32Array} Row by row, each from 0 (outside) to 1 (inside).
 */
export function rasterise(shapes, size, ground) {
  const grid = gridOf(size);
  const weights = ground ? Float64Array.from(ground) : new Float64Array(grid.high * grid.wide);
  for (const shape of shapes) {
    const distance = DRAWN[shape.kind](shape, grid); // 0 inside; outside exact up to the feather
    const subtract = shape.mode === "subtract";
    for (let index = 0; index < weights.length; index++) {
      const away = distance[index];
      if (away >= shape.feather && away > 0) continue;
      const drawn = away > 0 ? 1 - away / shape.feather : 1;
      weights[index] = subtract ? Math.min(weights[index], 1 - drawn) : Math.max(weights[index], drawn);
    }
  }
  return Float32Array.from(weights);
}

/** Fractions of the image to units of the longer side. */
function place(grid, row, column) {
  return [(row * grid.high) / grid.longer, (column * grid.wide) / grid.longer];
}

/** A function of the centre, for each pixel. */
function each(grid, distanceAt) {
  const distance = new Float64Array(grid.high * grid.wide);
  for (let i = 0, index = 0; i < grid.high; i++) {
    for (let j = 0; j < grid.wide; j++, index++) distance[index] = distanceAt(grid.y[i], grid.x[j]);
  }
  return distance;
}

/** Much faster than Math.hypot, and as exact for numbers of this size. */
const length = (y, x) => Math.sqrt(y * y + x * x);

/** A positive distance, also for a pixel outside that touches the edge. */
const outside = (distance) => Math.max(distance, Number.MIN_VALUE);

function drawBox({ bounds, feather }, grid) {
  const [top, left] = place(grid, bounds[0], bounds[1]);
  const [rows, columns] = place(grid, bounds[2], bounds[3]);
  const [bottom, right] = [top + rows, left + columns];
  return each(grid, (y, x) => {
    // The lower and right edges belong to the next box, so that neighbours share no pixel.
    if (y >= top && y < bottom && x >= left && x < right) return 0;
    return feather > 0 ? outside(length(Math.max(top - y, y - bottom, 0), Math.max(left - x, x - right, 0))) : FAR;
  });
}

function drawEllipse({ bounds, feather }, grid) {
  const [top, left] = place(grid, bounds[0], bounds[1]);
  const [a, b] = place(grid, bounds[2], bounds[3]).map((side) => side / 2);
  return each(grid, (y, x) => {
    const dy = y - (top + a);
    const dx = x - (left + b);
    const k = length(dy / a, dx / b);
    if (k <= 1) return 0;
    if (!(feather > 0)) return FAR;
    // First-order distance to the ellipse: exact on its axes, and close enough for a soft edge.
    return outside((k * (k - 1)) / Math.max(length(dy / a ** 2, dx / b ** 2), 1e-12));
  });
}

function drawPolygon({ points, feather }, grid) {
  const corners = points.map(([row, column]) => place(grid, row, column));
  const distance = feather > 0 ? fromLine([...corners, corners[0]], grid, feather) : new Float64Array(grid.high * grid.wide).fill(FAR);
  const stride = grid.wide + 1;
  const winding = new Int32Array(grid.high * stride);
  corners.forEach(([y0, x0], corner) => {
    const [y1, x1] = corners[(corner + 1) % corners.length];
    const [first, last] = within(grid.y, Math.min(y0, y1), Math.max(y0, y1));
    for (let i = first; i < last; i++) {
      const y = grid.y[i];
      // A corner belongs to the edge below it, so that no row counts it twice.
      const turn = Number(y0 <= y && y < y1) - Number(y1 <= y && y < y0);
      if (turn) winding[i * stride + atLeast(grid.x, ((y - y0) / (y1 - y0)) * (x1 - x0) + x0)] += turn;
    }
  });
  for (let i = 0; i < grid.high; i++) {
    for (let j = 0, turns = 0; j < grid.wide; j++) {
      turns += winding[i * stride + j];
      const index = i * grid.wide + j;
      distance[index] = turns === 0 ? outside(distance[index]) : 0;
    }
  }
  return distance;
}

function drawStroke({ points, width, feather }, grid) {
  const radius = width / 2;
  const distance = fromLine(points.map(([row, column]) => place(grid, row, column)), grid, radius + feather);
  return distance.map((away) => (away <= radius ? 0 : outside(away - radius)));
}

/** Distance to a line through points: exact up to a reach, too large beyond it. */
function fromLine(points, grid, reach) {
  const distance = new Float64Array(grid.high * grid.wide).fill(FAR);
  for (let station = Math.min(1, points.length - 1); station < points.length; station++) {
    const [[y0, x0], [y1, x1]] = [points[Math.max(station - 1, 0)], points[station]];
    const rows = within(grid.y, Math.min(y0, y1) - reach, Math.max(y0, y1) + reach);
    const columns = within(grid.x, Math.min(x0, x1) - reach, Math.max(x0, x1) + reach);
    const [vy, vx] = [y1 - y0, x1 - x0];
    const squared = vy * vy + vx * vx || 1;
    for (let i = rows[0]; i < rows[1]; i++) {
      const dy = grid.y[i] - y0;
      for (let j = columns[0]; j < columns[1]; j++) {
        const dx = grid.x[j] - x0;
        const along = Math.min(Math.max((dy * vy + dx * vx) / squared, 0), 1);
        const index = i * grid.wide + j;
        const away = length(dy - along * vy, dx - along * vx);
        if (away < distance[index]) distance[index] = away;
      }
    }
  }
  return distance;
}

/** Index of the first centre that is not below a value. */
function atLeast(centres, value) {
  let [low, high] = [0, centres.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (centres[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First index and end index of the centres in an interval, with one more on each side. */
function within(centres, low, high) {
  return [Math.max(atLeast(centres, low) - 1, 0), Math.min(atLeast(centres, high) + 1, centres.length)];
}

/** How each kind of shape is drawn. */
const DRAWN = { box: drawBox, ellipse: drawEllipse, polygon: drawPolygon, stroke: drawStroke };
