/** The canvas: the picture with the region on it, on which a pointer draws. */

import { turnTo, turnedBack } from "./photo_geometry.js";
import { HANDLES, resolve } from "./region_geometry.js";
import { outlineOf } from "./region_outline.js";
import { rasterise } from "./region_raster.js";

/**
 * @typedef {import("./region_editor.js").RegionEditor} RegionEditor
 * @typedef {{left: number, top: number, wide: number, high: number}} Frame Place of the image on the canvas, in pixels of the page.
 */

const ADD = "#ff8c1a";
const CUT = "#39b6f0";
const DIMMED = 0.6; // opacity of the black over the picture outside the region
const TINT = [255, 140, 26]; // colour of the region where there is no picture,
const TINTED = 0.35; // and its opacity
const MOST_PIXELS = 384; // of the longer side of the preview
const SHARPNESS = 2; // pixels of the canvas per pixel of the page, since the graph may be zoomed in
const REACH = 9; // pixels of the page within which a pointer hits a handle; twice as many for a finger

export class RegionStage {
  /** @param {RegionEditor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {HTMLImageElement|ImageBitmap|null} */
    this.picture = null;
    /** @type {{size: number[], corners: number[][]}|null} The photograph that the picture shows, and the image's place in it. */
    this.around = null;
    /** @type {HTMLImageElement|null} The mask on which the shapes are drawn. */
    this.mask = null;
    this.canvas = document.createElement("canvas");
    this.layer = document.createElement("canvas");
    /** Opacity of the black outside the region. */
    this.dimmed = DIMMED;
    this.frameRequest = 0;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Draw in the next animation frame. */
  draw() {
    this.frameRequest ||= requestAnimationFrame(() => {
      this.frameRequest = 0;
      this.paint();
    });
  }

  /** @returns {Frame} Place of the picture: of the image, or of the photograph around it. */
  frame(width, height) {
    const [high, wide] = this.around?.size ?? this.editor.size;
    const scale = Math.min(width / wide, height / high);
    return { left: (width - wide * scale) / 2, top: (height - high * scale) / 2, wide: wide * scale, high: high * scale };
  }

  /** Place of the image: a frame, and the transform to the coordinates in which it is; none where they are the canvas's own. */
  place(width, height) {
    const frame = this.frame(width, height);
    if (!this.around) return { frame, turn: null };
    const { turn, wide, high } = turnTo(frame, this.around.corners);
    return { frame: { left: 0, top: 0, wide, high }, turn };
  }

  paint() {
    const { canvas, editor } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    const sharp = Math.max(SHARPNESS, window.devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
      [canvas.width, canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, width, height);
    const whole = this.frame(width, height);
    this.color = getComputedStyle(canvas).color;
    if (this.picture) pen.drawImage(this.picture, whole.left, whole.top, whole.wide, whole.high);
    const { frame, turn } = this.place(width, height);
    if (turn) {
      pen.transform(...turn);
      this.paintPlace(pen, frame);
    }
    if (!this.picture) this.paintGrid(pen, frame);
    this.paintRegion(pen, frame);
    if (this.mask) this.paintMask(pen, frame);
    const entries = editor.draft ? [...editor.entries, editor.draft] : editor.entries;
    entries.forEach((entry, index) => {
      const shape = resolve(entry, editor.presets);
      if (shape) this.paintOutline(pen, frame, shape, index === editor.selected || entry === editor.draft);
    });
    if (editor.handled) this.paintHandles(pen, frame, editor.handled);
  }

  /** Where the image ends in the photograph around it. */
  paintPlace(pen, { left, top, wide, high }) {
    pen.save();
    [pen.strokeStyle, pen.lineWidth] = ["rgba(255, 255, 255, 0.5)", 1];
    pen.setLineDash([4, 4]);
    pen.strokeRect(left, top, wide, high);
    pen.restore();
  }

  /** Instead of a picture: a grid, and the parts of an aligned face. */
  paintGrid(pen, { left, top, wide, high }) {
    pen.save();
    pen.strokeStyle = pen.fillStyle = this.color;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.15;
    for (let step = 0; step <= 8; step++) {
      const [x, y] = [left + (wide * step) / 8, top + (high * step) / 8];
      pen.strokeRect(x, top, 0, high);
      pen.strokeRect(left, y, wide, 0);
    }
    pen.globalAlpha = 0.65;
    pen.setLineDash([3, 3]);
    pen.font = "10px sans-serif";
    const boxes = Object.entries(this.editor.presets);
    const holds = (one, other) => one !== other && other.every((value, i) => (i < 2 ? value >= one[i] : value + other[i - 2] <= one[i] + one[i - 2]));
    for (const [name, box] of boxes) {
      const [row, column, height, width] = box;
      pen.strokeRect(left + column * wide, top + row * high, width * wide, height * high);
      if (boxes.some(([, other]) => holds(box, other))) continue; // its name would cover another
      pen.fillText(name.replaceAll("_", " "), left + column * wide + 2, top + (row + height) * high - 3);
    }
    pen.restore();
  }

  /** Darken the picture by one minus the weights of the region; on a grid, tint the region. */
  paintRegion(pen, { left, top, wide, high }) {
    const { editor, layer } = this;
    const shapes = editor.shapes;
    if (!shapes.length && !this.mask) return;
    const scale = Math.min(1, MOST_PIXELS / Math.max(...editor.size));
    const size = editor.size.map((side) => Math.max(1, Math.round(side * scale)));
    [layer.height, layer.width] = size;
    const sheet = layer.getContext("2d", { willReadFrequently: true });
    const weights = rasterise(shapes, size, this.mask ? weightsOf(this.mask, sheet, size) : undefined);
    const image = sheet.createImageData(size[1], size[0]);
    weights.forEach((weight, index) => {
      for (let part = 0; part < 3; part++) image.data[4 * index + part] = this.picture ? 0 : TINT[part];
      image.data[4 * index + 3] = Math.round(255 * (this.picture ? this.dimmed * (1 - weight) : TINTED * weight));
    });
    sheet.putImageData(image, 0, 0);
    pen.save();
    pen.imageSmoothingEnabled = false;
    pen.drawImage(layer, left, top, wide, high);
    pen.restore();
  }

  /** The outline of the connected mask. */
  paintMask(pen, { left, top, wide, high }) {
    const { editor, layer, mask } = this;
    if (this.outlined?.mask !== mask) {
      const scale = Math.min(1, MOST_PIXELS / Math.max(...editor.size));
      const size = editor.size.map((side) => Math.max(1, Math.round(side * scale)));
      [layer.height, layer.width] = size;
      this.outlined = { mask, size, lines: outlineOf(weightsOf(mask, layer.getContext("2d", { willReadFrequently: true }), size), size) };
    }
    const { lines, size } = this.outlined;
    const path = new Path2D();
    for (const [row, column, lastRow, lastColumn] of lines) {
      path.moveTo(left + (column / size[1]) * wide, top + (row / size[0]) * high);
      path.lineTo(left + (lastColumn / size[1]) * wide, top + (lastRow / size[0]) * high);
    }
    pen.save();
    pen.lineCap = "square";
    for (const [colour, line] of [["rgba(0, 0, 0, 0.5)", 3], ["#ffffff", 1.2]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, line];
      pen.stroke(path);
    }
    pen.restore();
  }

  paintOutline(pen, { left, top, wide, high }, { kind, bounds, points, width, mode }, chosen) {
    const at = ([row, column]) => [left + column * wide, top + row * high];
    const path = new Path2D();
    const [y, x, height, breadth] = bounds;
    if (kind === "box") path.rect(...at([y, x]), breadth * wide, height * high);
    else if (kind === "ellipse") {
      path.ellipse(...at([y + height / 2, x + breadth / 2]), (breadth * wide) / 2, (height * high) / 2, 0, 0, 2 * Math.PI);
    } else {
      points.forEach((point) => path.lineTo(...at(point)));
      if (kind === "polygon") path.closePath();
      else if (points.length === 1) path.arc(...at(points[0]), (width * Math.max(wide, high)) / 2, 0, 2 * Math.PI);
    }
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, high);
    pen.clip();
    pen.lineJoin = "round";
    pen.setLineDash(mode === "subtract" ? [5, 3] : []);
    for (const [colour, line] of [["rgba(0, 0, 0, 0.5)", chosen ? 4 : 2.5], [mode === "subtract" ? CUT : ADD, chosen ? 2 : 1]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, line];
      pen.stroke(path);
    }
    pen.restore();
  }

  paintHandles(pen, { left, top, wide, high }, { bounds, mode }) {
    pen.save();
    [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = ["#ffffff", mode === "subtract" ? CUT : ADD, 1.5];
    for (const [row, column] of HANDLES) {
      const [y, x] = [top + (bounds[0] + row * bounds[2]) * high, left + (bounds[1] + column * bounds[3]) * wide];
      pen.fillRect(x - 3, y - 3, 6, 6);
      pen.strokeRect(x - 3, y - 3, 6, 6);
    }
    pen.restore();
  }

  /** Place of a pointer on the image, (row, column) in fractions, and the tolerance of hits. */
  locate(event) {
    const seen = this.canvas.getBoundingClientRect(); // zoomed; the frame is not
    const zoom = seen.width / this.canvas.clientWidth || 1;
    const { frame, turn } = this.place(this.canvas.clientWidth, this.canvas.clientHeight);
    const point = [(event.clientX - seen.left) / zoom, (event.clientY - seen.top) / zoom];
    const [x, y] = turn ? turnedBack(turn, point) : point;
    const reach = (event.pointerType === "touch" ? 2 : 1) * REACH;
    return { place: [(y - frame.top) / frame.high, (x - frame.left) / frame.wide], slack: reach / Math.max(frame.high, frame.wide) };
  }

  /** One pointer draws; a second one, as of two fingers, cancels the gesture. */
  listen() {
    const { canvas, editor } = this;
    let pointer = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      if (pointer !== null) return void editor.cancel();
      pointer = event.pointerId;
      canvas.setPointerCapture(pointer);
      const { place, slack } = this.locate(event);
      editor.down(place, { slack, flip: event.altKey });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === pointer) {
        // The browser merges fast moves into one event; use every place of it.
        const past = (event.getCoalescedEvents?.() ?? []).slice(0, -1).map((each) => this.locate(each).place);
        editor.drag(this.locate(event).place, { equal: event.shiftKey, past });
      } else if (pointer === null) this.point(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      editor.up();
    });
    for (const gone of ["pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(gone, (event) => {
        if (event.pointerId !== pointer) return;
        pointer = null;
        editor.cancel();
      });
    }
  }

  /** Set the cursor to what a press would do. */
  point(event) {
    const { place, slack } = this.locate(event);
    const handle = this.editor.handleAt(place, slack);
    const axis = handle && (handle[0] === 0.5 ? "ew" : handle[1] === 0.5 ? "ns" : handle[0] === handle[1] ? "nwse" : "nesw");
    const above = this.editor.tool === "select" ? (this.editor.find(place, slack / 2) < 0 ? "default" : "move") : "crosshair";
    this.canvas.style.cursor = this.editor.problem ? "not-allowed" : axis ? `${axis}-resize` : above;
  }
}

/** Weights of the pixels of a mask. */
function weightsOf(mask, sheet, [high, wide]) {
  sheet.drawImage(mask, 0, 0, wide, high);
  const { data } = sheet.getImageData(0, 0, wide, high);
  return Float64Array.from({ length: high * wide }, (_, index) => data[4 * index] / 255);
}
