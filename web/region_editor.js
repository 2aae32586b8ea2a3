/**
 * What a person does to shapes: draw, choose, move, resize, nudge, take back. Knows no page: places are (row, column) in
 * fractions of the image, and whoever shows it is told when to look again.
 */

import { FACE_PRESETS } from "./face_presets.js";
import { HANDLES, clamp, covers, moved, resolve, scales } from "./region_geometry.js";
import { drawn, nudged, stretched } from "./region_gestures.js";
import { History } from "./region_history.js";
import { MOST_POINTS, kindOf, readShapes, remarks, rounded, writeShapes } from "./region_shapes.js";

/** @typedef {import("./region_shapes.js").Entry} Entry */

export const TOOLS = ["select", "box", "ellipse", "polygon", "stroke"];

/** A place, or the nearest one in the image. */
const inside = (place) => place.map((value) => clamp(value, 0, 1));

export class RegionEditor {
  /** @param {(what: "text"|"view") => any} tell Called after each change; "text" where `text` is another now. */
  constructor(tell = () => {}) {
    this.tell = tell;
    this.tool = "box";
    this.mode = "add";
    this.feather = 0;
    this.brush = 0.06;
    this.presets = FACE_PRESETS;
    /** Height and width of the image in pixels. */
    this.size = [256, 256];
    this.selected = -1;
    this.gesture = null;
    this.around = null;
    this.problem = "";
    this.text = "";
    this.history = new History([]);
  }

  /** @returns {Entry[]} */
  get entries() {
    return this.history.present;
  }

  /** The chosen shape, if any. */
  get chosen() {
    return this.entries[this.selected] ?? null;
  }

  /**
   * What is being drawn, if anything; made when it is looked at, for pointers report more often than that.
   * @returns {Entry|null}
   */
  get draft() {
    const { gesture } = this;
    if (gesture?.what !== "draw") return null;
    if (gesture.draft === undefined) gesture.draft = drawn(this, gesture, gesture.equal);
    return gesture.draft;
  }

  /** Shapes to be drawn, with the one that is in the making. */
  get shapes() {
    const made = this.draft ? [...this.entries, this.draft] : this.entries;
    return made.map((entry) => resolve(entry, this.presets)).filter(Boolean);
  }

  /** What there is to tell about the text. */
  get remarks() {
    return this.problem ? [this.problem] : remarks(this.entries, this.presets);
  }

  /**
   * Take over a text that was written elsewhere.
   * @param {string} text
   * @param {boolean} [typed] Whether a person typed it here: that can be taken back.
   */
  load(text, typed = false) {
    if (text === this.text) return;
    const { entries, around, problem } = readShapes(text);
    Object.assign(this, { text, around, problem, selected: -1, gesture: null });
    if (!typed) this.history.reset(entries);
    else if (!problem) this.history.push(entries, "typing");
    this.tell("view");
  }

  /** Drop a text that cannot be read. */
  startAnew() {
    this.problem = "";
    this.around = null;
    this.commit([]);
  }

  /** Make a list of shapes the present one, and the text with it. */
  commit(entries, { selected = -1, reason = "" } = {}) {
    this.history.push(entries, reason);
    this.selected = selected;
    this.rewrite();
  }

  rewrite() {
    this.text = writeShapes(this.entries, this.around);
    this.tell("text");
  }

  /** Put another shape in the place of the chosen one. */
  change(entry, reason = "") {
    const entries = this.entries.map((each, index) => (index === this.selected ? entry : each));
    this.commit(entries, { selected: this.selected, reason });
  }

  /** A shape with the mode and the feather that are set. */
  styled(entry, flip = false) {
    const subtract = (this.mode === "subtract") !== flip;
    return { ...entry, ...(subtract && { mode: "subtract" }), ...(this.feather > 0 && { feather: this.feather }) };
  }

  setTool(tool) {
    this.tool = tool;
    if (tool !== "select") this.selected = -1;
    this.tell("view");
  }

  /** Add or subtract: the shapes to come, and the chosen one unless a drawing tool is at hand. */
  setMode(mode) {
    this.mode = mode;
    if (this.tool !== "select" || !kindOf(this.chosen)) return this.tell("view");
    const { mode: _, ...rest } = this.chosen;
    return this.change(mode === "subtract" ? { ...rest, mode } : rest);
  }

  /** How soft the edge of the chosen shape is, and of those to come. */
  setFeather(feather) {
    this.feather = rounded(clamp(feather, 0, 0.5));
    if (!kindOf(this.chosen)) return this.tell("view");
    const { feather: _, ...rest } = this.chosen;
    return this.change(this.feather > 0 ? { ...rest, feather: this.feather } : rest, `feather ${this.selected}`);
  }

  /** How wide the chosen stroke is, and those to come. */
  setBrush(width) {
    this.brush = rounded(clamp(width, 0.005, 1));
    if (kindOf(this.chosen) !== "stroke") return this.tell("view");
    return this.change({ ...this.chosen, width: this.brush }, `brush ${this.selected}`);
  }

  /** Whether a named part is among the shapes as it would be added now. */
  hasPreset(name) {
    return this.findPreset(name) >= 0;
  }

  findPreset(name) {
    return this.entries.findIndex((entry) => kindOf(entry) === "preset" && entry.preset === name && (entry.mode ?? "add") === this.mode);
  }

  /** Add a named part, or take it out again. */
  togglePreset(name) {
    const found = this.findPreset(name);
    if (found >= 0) return this.commit(this.entries.filter((_, index) => index !== found));
    return this.commit([...this.entries, this.styled({ preset: name })], { selected: this.entries.length });
  }

  remove() {
    if (this.chosen) this.commit(this.entries.filter((_, index) => index !== this.selected));
  }

  clear() {
    if (this.entries.length) this.commit([]);
  }

  undo() {
    if (this.history.undo()) this.afterStep();
  }

  redo() {
    if (this.history.redo()) this.afterStep();
  }

  afterStep() {
    this.selected = -1;
    this.problem = "";
    this.rewrite();
  }

  /** Choose a shape by its number, and show its settings. */
  select(index) {
    this.selected = index;
    const entry = this.chosen;
    if (entry && kindOf(entry)) {
      this.mode = entry.mode ?? "add";
      this.feather = entry.feather ?? 0;
      this.brush = entry.width ?? this.brush;
    }
    this.tell("view");
  }

  /** The topmost shape at a place, or -1. */
  find(place, slack) {
    for (let index = this.entries.length - 1; index >= 0; index--) {
      const shape = resolve(this.entries[index], this.presets);
      if (shape && covers(shape, place, slack, this.size)) return index;
    }
    return -1;
  }

  /** The chosen shape's handle at a place, or null. */
  handleAt(place, slack) {
    const shape = this.handled;
    if (!shape) return null;
    const [high, wide] = scales(this.size);
    const [top, left, height, width] = shape.bounds;
    const away = ([row, column]) => Math.hypot((top + row * height - place[0]) * high, (left + column * width - place[1]) * wide);
    const nearest = HANDLES.reduce((best, handle) => (away(handle) < away(best) ? handle : best));
    return away(nearest) <= slack ? nearest : null;
  }

  /** The chosen shape, where it shows handles: lines drawn by hand would start at them by mistake. */
  get handled() {
    return this.chosen && !["polygon", "stroke"].includes(this.tool) ? resolve(this.chosen, this.presets) : null;
  }

  /**
   * A pointer comes down.
   * @param {number[]} place
   * @param {{flip?: boolean, slack?: number}} [how] `flip`: the other mode; `slack`: how near is near, as a fraction of
   * the longer side.
   */
  down(place, { flip = false, slack = 0.02 } = {}) {
    if (this.problem) return;
    const handle = this.handleAt(place, slack);
    if (handle) {
      this.gesture = { what: "resize", handle, entry: this.chosen };
    } else if (this.tool === "select") {
      this.select(this.find(place, slack / 2));
      this.gesture = this.chosen && { what: "move", from: place, entry: this.chosen };
    } else {
      const from = inside(place);
      this.gesture = { what: "draw", tool: this.tool, from, at: from, points: [from], flip, slack };
      this.selected = -1;
      this.drag(place);
    }
  }

  /**
   * It moves on.
   * @param {number[]} place
   * @param {{equal?: boolean, past?: number[][]}} [how] `equal`: with equal sides; `past`: places that it came through.
   */
  drag(place, { equal = false, past = [] } = {}) {
    const { gesture } = this;
    if (!gesture) return;
    if (gesture.what === "draw") {
      const more = [...past, place].slice(0, MOST_POINTS - gesture.points.length);
      gesture.points.push(...more.map(inside));
      Object.assign(gesture, { at: inside(place), equal, draft: undefined });
    } else {
      gesture.next = gesture.what === "move" ? this.shifted(gesture, place) : stretched(this, gesture, place);
      this.history.present = this.entries.map((each, index) => (index === this.selected ? gesture.next : each));
    }
    this.tell("view");
  }

  /** It goes up: what was done counts. */
  up() {
    const { gesture, draft } = this;
    this.gesture = null;
    if (!gesture) return;
    if (gesture.what !== "draw") {
      this.putBack(gesture);
      if (gesture.next) this.change(gesture.next);
      return;
    }
    if (draft) this.commit([...this.entries, draft], { selected: this.entries.length });
    else this.select(this.find(gesture.from, gesture.slack / 2)); // a click
  }

  /** It is gone: nothing was done. */
  cancel() {
    if (this.gesture && this.gesture.what !== "draw") this.putBack(this.gesture);
    this.gesture = null;
    this.tell("view");
  }

  /** The chosen shape, moved along with the pointer. */
  shifted({ entry, from }, place) {
    return moved(entry, this.presets, place[0] - from[0], place[1] - from[1]);
  }

  /** The list as it was before a shape was dragged about. */
  putBack(gesture) {
    this.history.present = this.entries.map((each, index) => (index === this.selected ? gesture.entry : each));
  }

  /** Move the chosen shape by pixels of the image, or make it larger or smaller at its lower right. */
  nudge(down, right, resize = false) {
    const entry = this.chosen && nudged(this, this.chosen, down, right, resize);
    if (entry) this.change(entry, `nudge ${this.selected}`);
  }
}
