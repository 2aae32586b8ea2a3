/** The photograph with the square that is cut out of it: drawn, moved and resized. Independent of ComfyUI. */

import { make } from "./elements.js";
import { boxBetween, cornersOf, largestBox, movedBox } from "./photo_geometry.js";

const ACCENT = "#ff8c1a";
const SHARPNESS = 2; // pixels of the canvas per pixel of the page, since the graph may be zoomed in
const REACH = 12; // pixels of the page within which a pointer hits a corner; twice as many for a finger
const NUDGE = 0.01; // of the photograph, by an arrow key; with Shift it resizes

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class PhotoCrop {
  /** @param {(box: number[]) => any} onCrop Called with a box that was drawn. */
  constructor(onCrop) {
    this.onCrop = onCrop;
    this.picture = null;
    this.size = [1, 1];
    this.shape = [1, 1];
    this.box = [0, 0, 1, 1];
    this.locked = false;
    this.frameRequest = 0;
    this.canvas = make("canvas", { tabIndex: 0, ariaLabel: "The square that is cut out. Arrow keys move it, with Shift they resize it." });
    this.element = make("div", { className: "ll-photo-stage" }, this.canvas);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** @param {any} picture The photograph; null while there is none. */
  showPicture(picture) {
    if (picture === this.picture) return;
    this.picture = picture;
    this.draw();
  }

  /**
   * @param {number[]} photoSize
   * @param {number[]} size Of the generator's picture.
   * @param {number[]|undefined} box
   */
  show(photoSize, size, box) {
    const largest = largestBox(photoSize, size);
    Object.assign(this, { size: photoSize, shape: largest.slice(2) });
    if (!this.drag) this.box = box ?? largest;
    this.draw();
  }

  draw() {
    this.frameRequest ||= requestAnimationFrame(() => {
      this.frameRequest = 0;
      this.paint();
    });
  }

  frame() {
    const { clientWidth, clientHeight } = this.canvas;
    const [high, wide] = this.size;
    const scale = Math.min(clientWidth / wide, clientHeight / high);
    return { left: (clientWidth - wide * scale) / 2, top: (clientHeight - high * scale) / 2, wide: wide * scale, high: high * scale };
  }

  paint() {
    const { canvas, picture } = this;
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth || !clientHeight) return;
    const sharp = Math.max(SHARPNESS, window.devicePixelRatio || 1);
    Object.assign(canvas, { width: Math.round(clientWidth * sharp), height: Math.round(clientHeight * sharp) });
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    const { left, top, wide, high } = this.frame();
    if (!picture) return;
    pen.drawImage(picture, left, top, wide, high);
    const [x, y, width, height] = [left + this.box[0] * wide, top + this.box[1] * high, this.box[2] * wide, this.box[3] * high];
    const outside = new Path2D();
    outside.rect(left, top, wide, high);
    outside.rect(x, y, width, height);
    pen.fillStyle = "rgba(0, 0, 0, 0.55)";
    pen.fill(outside, "evenodd");
    for (const [colour, line] of [["rgba(0, 0, 0, 0.5)", 4], [ACCENT, 2]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, line];
      pen.strokeRect(x, y, width, height);
    }
    if (this.locked) return;
    pen.fillStyle = "#ffffff";
    for (const [cornerX, cornerY] of cornersOf(this.box)) {
      const [atX, atY] = [left + cornerX * wide, top + cornerY * high];
      pen.fillRect(atX - 5, atY - 5, 10, 10);
      pen.strokeRect(atX - 5, atY - 5, 10, 10);
    }
  }

  /** Place of a pointer in shares of the photograph, and how near counts as a hit. */
  locate(event) {
    const seen = this.canvas.getBoundingClientRect(); // zoomed; the frame is not
    const zoom = seen.width / this.canvas.clientWidth || 1;
    const { left, top, wide, high } = this.frame();
    const reach = (event.pointerType === "touch" ? 2 : 1) * REACH;
    const [x, y] = [(event.clientX - seen.left) / zoom, (event.clientY - seen.top) / zoom];
    return { point: [(x - left) / wide, (y - top) / high], slack: [reach / wide, reach / high] };
  }

  /** What a press does: the corner opposite to the one that is hit stays, the box moves, or a new one starts. */
  grip({ point, slack }) {
    const corners = cornersOf(this.box);
    const hit = corners.findIndex((corner) => corner.every((value, axis) => Math.abs(value - point[axis]) <= slack[axis]));
    if (hit >= 0) return { fixed: corners[(hit + 2) % 4], shape: this.box.slice(2), cursor: hit % 2 ? "nesw-resize" : "nwse-resize" };
    const inside = point.every((value, axis) => value >= this.box[axis] && value <= this.box[axis] + this.box[axis + 2]);
    if (inside) return { from: point, box: this.box, cursor: "move" };
    return { fixed: point.map((value) => Math.min(Math.max(value, 0), 1)), shape: this.shape, cursor: "crosshair" };
  }

  /** The box while a pointer is at a point. */
  dragged({ fixed, shape, from, box }, point) {
    if (from) return movedBox(box, [point[0] - from[0], point[1] - from[1]]);
    return boxBetween(fixed, point, shape, this.size);
  }

  listen() {
    const { canvas } = this;
    let pointer = null;
    const end = (event, keep) => {
      if (event.pointerId !== pointer) return;
      const { before } = this.drag;
      [pointer, this.drag] = [null, null];
      if (!keep) this.box = before;
      else if (this.box !== before) this.onCrop(this.box);
      this.draw();
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.locked || pointer !== null || !this.picture) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      pointer = event.pointerId;
      canvas.setPointerCapture(pointer);
      this.drag = { ...this.grip(this.locate(event)), before: this.box };
    });
    canvas.addEventListener("pointermove", (event) => {
      const place = this.locate(event);
      if (!this.drag) canvas.style.cursor = this.locked ? "default" : this.grip(place).cursor;
      else if (event.pointerId === pointer) {
        this.box = this.dragged(this.drag, place.point);
        this.draw();
      }
    });
    canvas.addEventListener("pointerup", (event) => end(event, true));
    for (const gone of ["pointercancel", "lostpointercapture"]) canvas.addEventListener(gone, (event) => end(event, false));
    canvas.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way || this.locked) return;
      event.preventDefault();
      event.stopPropagation(); // pages move the node
      const step = way.map((value) => value * NUDGE);
      const [left, top, width, height] = this.box;
      const wider = [left + width * (1 + step[0] - step[1]), top + height * (1 + step[0] - step[1])];
      this.box = event.shiftKey ? boxBetween([left, top], wider, [width, height], this.size) : movedBox(this.box, step);
      this.onCrop(this.box);
      this.draw();
    });
  }
}
