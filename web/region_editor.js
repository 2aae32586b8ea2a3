/**
 * Edits of shapes: draw, choose, move, resize, nudge, undo. Independent of the page: places are (row, column) in fractions of
 * the image, and a callback reports every change.
 */

import { FACE_PRESETS } from "./face_presets.js";
import { HANDLES, clamp, covers, moved, resolve, scales } from "./region_geometry.js";
import { drawn, nudged, stretched } from "./region_gestures.js";
import { History } from "./region_history.js";
import { MOST_POINTS, kindOf, readShapes, remarks, rounded, writeShapes } from "./region_shapes.js";

/** @typedef {import("./region_shapes.js").Entry} Entry */

export const TOOLS = ["select", "box", "ellipse", "polygon", "stroke"];

/** A place, clamped to the image. */
const clampPlace = (place) => place.map((value) => clamp(value, 0, 1));

export class RegionEditor {
  /** @param {(what: "text"|"view") => any} onChange Called after each change; "text" where `text` has changed. */
  constructor(onChange = () => {}) {
    this.onChange = onChange;
    this.tool = "box";
    this.mode = "add";
    this.feather = 0;
    this.brush = 0.06;
    this.presets = FACE_PRESETS;
    /** Height and width of the image in pixels. */
    this.size = [256, 256];
    this.selected = -1;
    this.gesture = null;
    this.wrapper = null;
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
   * The shape that is being drawn, if any. It is computed when it is read, since pointers move more often than that.
   * @returns {Entry|null}
   */
  get draft() {
    const { gesture } = this;
    if (gesture?.what !== "draw") return null;
    if (gesture.draft === undefined) gesture.draft = drawn(this, gesture, gesture.equal);
    return gesture.draft;
  }

  /** All shapes, with the one that is being drawn. */
  get shapes() {
    const entries = this.draft ? [...this.entries, this.draft] : this.entries;
    return entries.map((entry) => resolve(entry, this.presets)).filter(Boolean);
  }

  /** Remarks on the text. */
  get remarks() {
    return this.problem ? [this.problem] : remarks(this.entries, this.presets);
  }

  /**
   * Load a text that was written elsewhere.
   * @param {string} text
   * @param {boolean} [typed] Whether it was typed here, which can be undone.
   */
  load(text, typed = false) {
    if (text === this.text) return;
    const { entries, wrapper, problem } = readShapes(text);
    Object.assign(this, { text, wrapper, problem, selected: -1, gesture: null });
    if (!typed) this.history.reset(entries);
    else if (!problem) this.history.push(entries, "typing");
    this.onChange("view");
  }

  /** Discard a text that cannot be read. */
  discardText() {
    this.problem = "";
    this.wrapper = null;
    this.commit([]);
  }

  /** Replace the shapes, as one step of undo, and write the text. */
  commit(entries, { selected = -1, reason = "" } = {}) {
    this.history.push(entries, reason);
    this.selected = selected;
    this.writeText();
  }

  writeText() {
    this.text = writeShapes(this.entries, this.wrapper);
    this.onChange("text");
  }

  /** Replace the chosen shape. */
  change(entry, reason = "") {
    const entries = this.entries.map((each, index) => (index === this.selected ? entry : each));
    this.commit(entries, { selected: this.selected, reason });
  }

  /** A shape with the present mode and feather; `flip` for the other mode. */
  styled(entry, flip = false) {
    const subtract = (this.mode === "subtract") !== flip;
    return { ...entry, ...(subtract && { mode: "subtract" }), ...(this.feather > 0 && { feather: this.feather }) };
  }

  setTool(tool) {
    this.tool = tool;
    if (tool !== "select") this.selected = -1;
    this.onChange("view");
  }

  /** Set the mode of new shapes, and of the chosen one if the tool is "select". */
  setMode(mode) {
    this.mode = mode;
    if (this.tool !== "select" || !kindOf(this.chosen)) return this.onChange("view");
    const { mode: _, ...rest } = this.chosen;
    return this.change(mode === "subtract" ? { ...rest, mode } : rest);
  }

  /** Set the feather of new shapes and of the chosen one. */
  setFeather(feather) {
    this.feather = rounded(clamp(feather, 0, 0.5));
    if (!kindOf(this.chosen)) return this.onChange("view");
    const { feather: _, ...rest } = this.chosen;
    return this.change(this.feather > 0 ? { ...rest, feather: this.feather } : rest, `feather ${this.selected}`);
  }

  /** Set the width of new strokes and of the chosen one. */
  setBrush(width) {
    this.brush = rounded(clamp(width, 0.005, 1));
    if (kindOf(this.chosen) !== "stroke") return this.onChange("view");
    return this.change({ ...this.chosen, width: this.brush }, `brush ${this.selected}`);
  }

  /** Whether a preset is among the shapes, in the present mode. */
  hasPreset(name) {
    return this.findPreset(name) >= 0;
  }

  findPreset(name) {
    return this.entries.findIndex((entry) => kindOf(entry) === "preset" && entry.preset === name && (entry.mode ?? "add") === this.mode);
  }

  /** Add a preset, or remove it. */
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
    this.writeText();
  }

  /** Choose a shape by its index, and use its settings. */
  select(index) {
    this.selected = index;
    const entry = this.chosen;
    if (entry && kindOf(entry)) {
      this.mode = entry.mode ?? "add";
      this.feather = entry.feather ?? 0;
      this.brush = entry.width ?? this.brush;
    }
    this.onChange("view");
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

  /** The chosen shape, if it shows handles. It shows none while freehand lines are drawn, which could start on one. */
  get handled() {
    return this.chosen && !["polygon", "stroke"].includes(this.tool) ? resolve(this.chosen, this.presets) : null;
  }

  /**
   * A pointer is pressed.
   * @param {number[]} place
   * @param {{flip?: boolean, slack?: number}} [how] `flip`: draw in the other mode; `slack`: tolerance of hits, as a
   * fraction of the longer side.
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
      const from = clampPlace(place);
      this.gesture = { what: "draw", tool: this.tool, from, at: from, points: [from], flip, slack };
      this.selected = -1;
      this.drag(place);
    }
  }

  /**
   * The pointer moves.
   * @param {number[]} place
   * @param {{equal?: boolean, past?: number[][]}} [how] `equal`: with equal sides; `past`: places since the last call.
   */
  drag(place, { equal = false, past = [] } = {}) {
    const { gesture } = this;
    if (!gesture) return;
    if (gesture.what === "draw") {
      const more = [...past, place].slice(0, MOST_POINTS - gesture.points.length);
      gesture.points.push(...more.map(clampPlace));
      Object.assign(gesture, { at: clampPlace(place), equal, draft: undefined });
    } else {
      gesture.next = gesture.what === "move" ? this.shifted(gesture, place) : stretched(this, gesture, place);
      this.history.present = this.entries.map((each, index) => (index === this.selected ? gesture.next : each));
    }
    this.onChange("view");
  }

  /** The pointer is released: commit the gesture. */
  up() {
    const { gesture, draft } = this;
    this.gesture = null;
    if (!gesture) return;
    if (gesture.what !== "draw") {
      this.restore(gesture);
      if (gesture.next) this.change(gesture.next);
      return;
    }
    if (draft) this.commit([...this.entries, draft], { selected: this.entries.length });
    else this.select(this.find(gesture.from, gesture.slack / 2)); // a click
  }

  /** Cancel the gesture. */
  cancel() {
    if (this.gesture && this.gesture.what !== "draw") this.restore(this.gesture);
    this.gesture = null;
    this.onChange("view");
  }

  /** The chosen shape, moved with the pointer. */
  shifted({ entry, from }, place) {
    return moved(entry, this.presets, place[0] - from[0], place[1] - from[1]);
  }

  /** Restore the shapes as they were before the gesture. */
  restore(gesture) {
    this.history.present = this.entries.map((each, index) => (index === this.selected ? gesture.entry : each));
  }

  /** Move the chosen shape by pixels of the image, or resize it at its lower right. */
  nudge(down, right, resize = false) {
    const entry = this.chosen && nudged(this, this.chosen, down, right, resize);
    if (entry) this.change(entry, `nudge ${this.selected}`);
  }
}
