/** The pinned levers: for each a slider, its name, its layers. Independent of ComfyUI. */

import { icon, make } from "./elements.js";
import { MOST_INPUTS } from "./explorer_inputs.js";
import { MOST_LETTERS, percentOf, readLayers } from "./explorer_state.js";

const CROSS = "M4 4l8 8M12 4l-8 8";
const EYE = "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 6a2 2 0 100 4 2 2 0 000-4z";
const END = 100; // percent of the visible range: the ends of every slider

/** A pull as it is written beside its slider. */
const written = (percent) => `${percent > 0 ? "+" : ""}${Number(percent.toFixed(0)) + 0}%`;

/**
 * @typedef {Object} LeverActions What the sliders call; `index` is the lever's.
 * @property {(index: number, percent: number) => any} pull In percent of the lever's visible range.
 * @property {(index: number, on: boolean) => any} mute
 * @property {(index: number, name: string) => any} rename
 * @property {(index: number, layers: string) => any} layers
 * @property {(index: number, on: boolean) => any} [input] Show an input of the node that pulls the lever, or hide it.
 * @property {(index: number) => any} remove
 */

export class LeverSliders {
  /** @param {LeverActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.known = "";
    /** @type {any[]} */
    this.rows = [];
    const words = "Click either end of a lever below. The picture goes there, and the lever gets a slider here.";
    this.empty = make("div", { className: "ll-empty" }, words);
    this.list = make("div", { className: "ll-list", role: "list", ariaLabel: "Pinned levers" });
    this.element = make("div", { className: "ll-sliders" }, this.empty, this.list);
    this.count = 0;
    this.state = { levers: [] };
  }

  /**
   * @param {import("./explorer_state.js").State} state
   * @param {number} count Number of layers of the generator; 0 if unknown.
   */
  show(state, count) {
    const { levers } = state;
    Object.assign(this, { state, count });
    this.empty.hidden = levers.length > 0;
    const known = JSON.stringify(levers.map(({ vector }) => vector));
    if (known !== this.known) {
      const more = levers.length > this.rows.length;
      this.known = known;
      this.rows = levers.map((_, index) => this.row(index));
      this.list.replaceChildren(...this.rows.map(({ element }) => element));
      if (more) this.list.scrollTop = this.list.scrollHeight;
    }
    this.rows.forEach((row, index) => this.showRow(row, levers[index]));
  }

  /** The elements of a row; `showRow` fills in their values. */
  row(index) {
    const { actions } = this;
    const name = make("input", { type: "text", className: "ll-name", maxLength: MOST_LETTERS, spellcheck: false, title: "Name of the lever", ariaLabel: "Name" });
    const figure = make("input", { type: "text", inputMode: "decimal", className: "ll-figure", title: "How far it is pulled, in percent of its visible range", ariaLabel: "Pull" });
    const layers = make("input", { type: "text", className: "ll-layers", spellcheck: false, ariaLabel: "Layers" });
    const slider = make("input", { type: "range", min: String(-END), max: String(END), step: "1", className: "ll-slide", title: "Double click: back to 0" });
    const muted = make("button", { type: "button", className: "ll-mute", title: "Let this lever rest, or act again", ariaLabel: "Let this lever rest, or act again" }, icon(EYE));
    const remove = make("button", { type: "button", className: "ll-remove", title: "Remove this lever", ariaLabel: "Remove this lever" }, icon(CROSS));
    const input = make("button", { type: "button", className: "ll-input", title: "An input on the node that pulls this lever: -1 to 1, instead of the slider", hidden: !actions.input || index >= MOST_INPUTS }, "Input");
    input.addEventListener("click", () => actions.input(index, input.getAttribute("aria-pressed") !== "true"));
    name.addEventListener("change", () => actions.rename(index, name.value));
    layers.addEventListener("input", () => layers.classList.toggle("ll-wrong", readLayers(layers.value, this.count) === null));
    layers.addEventListener("change", () => actions.layers(index, layers.value));
    figure.addEventListener("change", () => this.pullTo(index, figure.value));
    slider.addEventListener("input", () => actions.pull(index, Number(slider.value)));
    slider.addEventListener("dblclick", () => actions.pull(index, 0));
    muted.addEventListener("click", () => actions.mute(index, muted.getAttribute("aria-pressed") !== "true"));
    remove.addEventListener("click", () => actions.remove(index));
    for (const field of [name, figure, layers]) this.handleKeys(field);
    const element = make("div", { className: "ll-lever", role: "listitem", data: { lever: String(index) } }, name, figure, muted, remove, slider, make("div", { className: "ll-more-of" }, make("label", {}, "layers", layers), input));
    return { element, name, figure, layers, slider, muted, input };
  }

  /** Pull to a value that was typed; a text that is not a number is ignored. */
  pullTo(index, text) {
    const value = Number(text.replace("%", "").replace(",", ".").replace("\u2212", "-").trim() || "0");
    if (Number.isFinite(value)) this.actions.pull(index, value);
  }

  /** Keep keys inside a field; Enter accepts its value, Escape restores the former one. */
  handleKeys(field) {
    let before = "";
    field.addEventListener("focus", () => {
      before = field.value;
      field.select();
    });
    field.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey) return; // shortcuts of the page, such as running the graph
      event.stopPropagation();
      if (event.key === "Escape") field.value = before;
      if (!["Enter", "Escape"].includes(event.key)) return;
      const around = field.closest("[tabindex]"); // the next keys belong to the widget, not to the page
      if (around) around.focus({ preventScroll: true });
      else field.blur();
    });
    field.addEventListener("blur", () => this.show(this.state, this.count)); // discards what cannot be read
  }

  showRow({ element, name, figure, layers, slider, muted, input }, lever) {
    const percent = percentOf(lever);
    const within = Math.min(Math.max(percent, -END), END);
    if (Math.abs(Number(slider.value) - within) > 0.5) slider.value = String(within);
    slider.ariaLabel = `${lever.name}, pull`;
    slider.setAttribute("aria-valuetext", written(percent));
    const at = 50 + within / 2;
    slider.style.setProperty("--from", `${Math.min(at, 50)}%`);
    slider.style.setProperty("--to", `${Math.max(at, 50)}%`);
    input.setAttribute("aria-pressed", String(Boolean(lever.input)));
    element.classList.toggle("ll-muted", Boolean(lever.muted));
    muted.setAttribute("aria-pressed", String(Boolean(lever.muted)));
    setValue(name, lever.name);
    setValue(figure, written(percent));
    setValue(layers, lever.layers ?? "auto");
    layers.classList.remove("ll-wrong");
    layers.title = `Layers that it pulls: auto${lever.lives ? ` (it lives in ${lever.lives})` : ""}, all, or such as 4-7`;
  }
}

/** Set the value of a field, unless somebody is typing in it. */
function setValue(field, value) {
  if (document.activeElement !== field && field.value !== value) field.value = value;
}
