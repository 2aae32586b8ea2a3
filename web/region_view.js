/** The element of the region widget: tools, picture, settings, presets, the text. Independent of ComfyUI. */

import { icon, make, stopPointerEvents } from "./elements.js";
import { distinctNames } from "./face_presets.js";
import { handleKey } from "./region_keys.js";
import { kindOf } from "./region_shapes.js";
import { RegionStage } from "./region_stage.js";
import { regionStyle } from "./region_style.js";

/** @typedef {import("./region_editor.js").RegionEditor} RegionEditor */

/** Icons of the buttons, on 16 x 16. */
const ICONS = {
  select: "M3 2l9 6-4 1 2.5 4.5-2 1L6 10l-3 3z",
  box: "M2.5 3.5h11v9h-11z",
  ellipse: "M8 3.5c3.3 0 6 2 6 4.5s-2.7 4.5-6 4.5-6-2-6-4.5 2.7-4.5 6-4.500z",
  polygon: "M3 12L2 6l5-4 6 3-1 5-5 4z",
  stroke: "M13.5 2.500L7 9M7 9c-2-.5-3.5 1-3.5 2.500S2.5 13.5 2 13.500c2 1 6 .5 6-2.5 0-1-.5-1.5-1-2z",
  undo: "M5 3L2 6l3 3M2 6h7a4 4 0 010 8H6",
  redo: "M11 3l3 3-3 3M14 6H7a4 4 0 000 8h3",
  remove: "M3 4.500h10M6 4.500V3h4v1.500M4.5 4.500l.5 9h6l.5-9",
  erase: "M6 13.500L2.500 10 9 3.500l4.500 4.500-5.500 5.500zM5.500 7l4.500 4.500M6 13.500h8",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  add: "M8 3v10M3 8h10",
  subtract: "M3 8h10",
};

/** Tools in the order of their buttons, with their tooltips and what they set. */
const TOOLS = [
  ["select", "Choose and move (V)"],
  ["box", "Box (B); Shift: a square"],
  ["stroke", "Brush (R)"],
  ["erase", "Erase from the region with the brush"],
];

/** What is needed less often: behind the button with three dots. */
const MENU = [
  ["ellipse", "Ellipse (E); Shift: a circle", "Ellipse"],
  ["polygon", "Free shape: go around it (F)", "Free shape"],
];

const HINT =
  "Arrow keys nudge the chosen shape by a pixel, with Shift by ten; with Ctrl they resize it. Alt while drawing swaps adding and " +
  "subtracting. Del deletes, Page Up and Page Down choose, Ctrl+Z undoes.";

export class RegionView {
  /**
   * @param {RegionEditor} editor
   * @param {(text: string) => void} onText Called with a text that was typed.
   */
  constructor(editor, onText) {
    this.editor = editor;
    this.stage = new RegionStage(editor);
    /** Whether the text is shown instead of the picture. */
    this.asText = false;
    /** A remark besides those of the editor. */
    this.note = "";
    this.keys = make("input", { className: "ll-keys", readOnly: true, type: "text", ariaLabel: `Region. ${HINT}` });
    // An invisible text field takes the keys, since pages have no shortcuts while a text field has the focus.
    this.keys.inputMode = "none";
    this.field = make("textarea", { spellcheck: false, ariaLabel: "Shapes as text" });
    this.field.addEventListener("input", () => onText(this.field.value));
    this.remarks = make("div", { className: "ll-said" });
    this.remarks.setAttribute("role", "status");
    this.sliders = [
      this.slider("feather", "Feather", 0.25, () => editor.feather, (value) => editor.setFeather(value)),
      this.slider("brush", "Size", 0.4, () => editor.brush, (value) => editor.setBrush(value)),
    ];
    this.presets = make("div", { className: "ll-row ll-presets" });
    /** Whether the brush erases because the eraser was chosen. */
    this.erasing = false;
    this.place = make("div", { className: "ll-stage", title: "" }, this.stage.canvas, this.keys);
    this.settings = make("div", { className: "ll-settings" }, ...this.sliders.map(({ label }) => label));
    this.parts = make("div", { className: "ll-row ll-parts" }, this.presets, this.settings);
    this.element = make("div", { className: "ll-region" }, regionStyle(), this.bar(), this.menu, this.parts, this.place, this.field, this.remarks);
    this.listen();
    this.show();
  }

  /** One button. */
  button(name, title, press, ...content) {
    const button = make("button", { type: "button", title, ariaLabel: title, data: { does: name } }, ...content);
    button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
    button.addEventListener("click", (event) => {
      press();
      if (event.detail > 0 && !this.asText) this.keys.focus({ preventScroll: true });
    });
    return button;
  }

  /** The row of tools, and the menu of the others. */
  bar() {
    const { editor } = this;
    const words = (label) => make("span", {}, label);
    this.tools = TOOLS.map(([tool, title]) => this.button(tool, title, () => this.choose(tool), icon(ICONS[tool])));
    const others = MENU.map(([tool, title, label]) => this.button(tool, title, () => this.choose(tool), icon(ICONS[tool]), words(label)));
    const modes = [["add", "Add (X swaps)", "Add"], ["subtract", "Subtract (X swaps)", "Subtract"]];
    this.modes = modes.map(([mode, title, label]) => this.button(mode, title, () => this.setMode(mode), icon(ICONS[mode]), words(label)));
    this.modes[1].classList.add("ll-cut");
    this.undo = this.button("undo", "Undo (Ctrl+Z)", () => editor.undo(), icon(ICONS.undo));
    this.redo = this.button("redo", "Redo (Ctrl+Shift+Z)", () => editor.redo(), icon(ICONS.redo), words("Redo"));
    this.remove = this.button("remove", "Delete the chosen shape (Del)", () => editor.remove(), icon(ICONS.remove), words("Delete"));
    this.clear = this.button("clear", "Delete all shapes, or drop a text that cannot be read", () => this.startOver(), "Clear");
    this.words = this.button("text", "Show the shapes as text", () => this.toggleText(), words("Shapes as text"));
    this.more = this.button("more", "More tools", () => this.openMenu(this.menu.hidden), icon(ICONS.more));
    this.menu = make("div", { className: "ll-menu", hidden: true }, ...others, ...this.modes, this.redo, this.remove, this.words);
    this.menu.addEventListener("click", () => this.openMenu(false));
    this.tools.push(...others);
    const gap = make("span", { className: "ll-gap" });
    return make("div", { className: "ll-row ll-bar" }, ...this.tools.slice(0, TOOLS.length), gap, this.undo, this.clear, this.more);
  }

  /** Open or close the menu of the other tools. */
  openMenu(open) {
    this.menu.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
  }

  /** Choose a tool; the eraser is a brush that subtracts. */
  choose(tool) {
    const { editor } = this;
    if (this.erasing) editor.setMode("add");
    this.erasing = tool === "erase";
    editor.setTool(this.erasing ? "stroke" : tool);
    if (this.erasing) editor.setMode("subtract");
  }

  setMode(mode) {
    this.erasing = false;
    this.editor.setMode(mode);
  }

  /** The button of the tool that is in use. */
  get pressed() {
    const { tool, mode } = this.editor;
    return tool === "stroke" && mode === "subtract" ? "erase" : tool;
  }

  /** A slider of fractions, shown as percent. */
  slider(name, words, most, value, take) {
    const range = make("input", { type: "range", min: "0", max: String(most), step: "0.005", ariaLabel: words, data: { does: name } });
    const figure = make("output");
    range.addEventListener("input", () => take(Number(range.value)));
    return { label: make("label", {}, words, range, figure), range, figure, value };
  }

  startOver() {
    if (this.editor.problem) this.editor.discardText();
    else this.editor.clear();
  }

  /** Switch between the picture and the text. */
  toggleText() {
    this.asText = !this.asText;
    this.show();
    if (this.asText) this.field.focus({ preventScroll: true });
  }

  listen() {
    const { element, keys, editor } = this;
    this.place.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.openMenu(false);
      keys.focus({ preventScroll: true });
    });
    this.presets.addEventListener("wheel", (event) => {
      const { presets } = this;
      if (presets.scrollWidth <= presets.clientWidth) return;
      presets.scrollLeft += event.deltaX + event.deltaY;
      event.preventDefault();
      event.stopPropagation(); // the graph would be zoomed
    }, { passive: false });
    element.addEventListener("keydown", (event) => {
      if (event.target === this.field) event.stopPropagation();
      else if (this.isForEditor(event) && handleKey(editor, event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    stopPointerEvents(element);
  }

  /** Whether a key belongs to the editor: every key on the picture, and keys with Control on a slider. */
  isForEditor({ target, ctrlKey, metaKey, key }) {
    return target === this.keys || (target.type === "range" && (ctrlKey || metaKey) && !key.startsWith("Arrow"));
  }

  /** Show the editor's state. */
  show() {
    const { editor, stage } = this;
    const wrong = Boolean(editor.problem);
    const text = wrong || this.asText;
    this.place.hidden = this.parts.hidden = text;
    this.field.hidden = !text;
    if (this.field.value !== editor.text) this.field.value = editor.text;
    this.words.setAttribute("aria-pressed", String(text));
    this.words.disabled = wrong;
    this.tools.forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.does === this.pressed));
      button.classList.toggle("ll-cut", editor.mode === "subtract");
      button.disabled = text;
    });
    this.modes.forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.does === editor.mode));
      button.disabled = text;
    });
    this.undo.disabled = !editor.history.past.length;
    this.redo.disabled = !editor.history.future.length;
    this.remove.disabled = text || !editor.chosen;
    this.clear.disabled = !wrong && !editor.entries.length;
    // A setting is shown where it changes something: that of the chosen shape, or of the next stroke.
    const [feather, brush] = this.sliders;
    feather.label.hidden = !kindOf(editor.chosen);
    brush.label.hidden = editor.tool !== "stroke" && kindOf(editor.chosen) !== "stroke";
    for (const { range, figure, value } of this.sliders) {
      range.value = String(value());
      figure.value = `${(100 * value()).toFixed(1)}%`;
    }
    this.showPresets();
    const remarks = [...editor.remarks, ...(wrong ? ["It is kept as it is. Correct it here, or press Clear."] : []), this.note];
    this.remarks.textContent = remarks.filter(Boolean).join("\n");
    this.remarks.classList.toggle("ll-wrong", editor.remarks.length > 0);
    this.element.style.setProperty("--ll-sides", `${editor.size[1]} / ${editor.size[0]}`);
    stage.draw();
  }

  /** Buttons of the presets; they are created again only if the names have changed. */
  showPresets() {
    const { editor, presets } = this;
    const names = distinctNames(editor.presets);
    if (names.join() !== [...presets.children].map((button) => button.dataset.does).join()) {
      presets.replaceChildren(
        ...names.map((name) => this.button(name, `Add the ${name.replaceAll("_", " ")}, or take it out`, () => editor.togglePreset(name), name.replaceAll("_", " "))),
      );
    }
    for (const button of presets.children) {
      button.classList.toggle("ll-cut", editor.mode === "subtract");
      button.setAttribute("aria-pressed", String(editor.hasPreset(button.dataset.does)));
    }
  }
}
