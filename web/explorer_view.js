/** The element of GANExplorer: picture with tools, pinned levers, found levers. Knows nothing of ComfyUI. */

import { icon, keepKeys, keepToItself, make } from "./elements.js";
import { LeverStrip } from "./explorer_levers.js";
import { headline, notice } from "./explorer_notice.js";
import { LeverSliders } from "./explorer_sliders.js";
import { explorerStyle } from "./explorer_style.js";
import { RegionView } from "./region_view.js";

const ICONS = {
  previous: "M10 3L5 8l5 5",
  next: "M6 3l5 5-5 5",
  compare: "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 6a2 2 0 100 4 2 2 0 000-4z",
  release: "M3 8a5 5 0 105-5H4M6.500 .5L4 3l2.500 2.500",
};

/** How much of the light outside the region is taken: less while nobody points at it. */
const DIMMED = { pointed: 0.45, left: 0.12 };

/**
 * @typedef {Object} Doings What somebody does; see `explorer_widget.js`.
 * @property {() => any} start
 * @property {(by: number) => any} turn To another image.
 * @property {(psi: number, done: boolean) => any} truncate
 * @property {(on: boolean) => any} compare
 * @property {() => any} release
 * @property {(lever: any, pull: number) => any} choose
 * @property {(text: string) => any} typed Shapes as text.
 * @property {import("./explorer_sliders.js").Doings} lever
 */

export class ExplorerView {
  /**
   * @param {import("./region_editor.js").RegionEditor} editor
   * @param {Doings} doings
   */
  constructor(editor, doings) {
    this.doings = doings;
    this.region = new RegionView(editor, doings.typed);
    this.strip = new LeverStrip(doings.choose);
    this.sliders = new LeverSliders(doings.lever);
    this.region.stage.dimmed = DIMMED.left;
    this.over = make("div", { className: "ll-notice" });
    this.region.place.append(this.over);
    this.title = make("span", { className: "ll-title" });
    this.words = make("span", { className: "ll-words", role: "status" });
    this.figure = make("span", { className: "ll-words ll-percent" });
    this.bar = make("div", { className: "ll-progress" }, make("div"));
    const side = make("div", { className: "ll-side" }, this.head(), this.psi(), make("div", { className: "ll-rule" }), this.sliders.element);
    this.main = make("div", { className: "ll-main" }, this.region.element, side);
    const found = make("div", { className: "ll-found" }, make("div", { className: "ll-line" }, this.title, this.words, this.figure), this.bar, this.strip.element);
    this.element = make("div", { className: "ll-explorer" }, explorerStyle(), this.main, found);
    this.listen();
  }

  button(does, title, words, press) {
    const button = make("button", { type: "button", title, ariaLabel: title, data: { does } }, icon(ICONS[does]), words);
    if (press) button.addEventListener("click", press);
    return button;
  }

  /** Which image, and what it was. */
  head() {
    const { doings } = this;
    this.previous = this.button("previous", "Image before", "", () => doings.turn(-1));
    this.next = this.button("next", "Next image", "", () => doings.turn(1));
    this.which = make("output", { className: "ll-which" });
    this.number = make("span", { className: "ll-number" }, this.previous, this.which, this.next);
    this.compare = this.button("compare", "Hold to see the image as it came in", "Original");
    this.release = this.button("release", "All levers back to 0", "", () => doings.release());
    return make("div", { className: "ll-head" }, this.number, make("span", { className: "ll-room" }), this.release, this.compare);
  }

  psi() {
    const slider = make("input", { type: "range", min: "0", max: "1", step: "0.01", className: "ll-psi", ariaLabel: "Truncation", data: { does: "psi" } });
    const figure = make("output");
    slider.addEventListener("input", () => this.doings.truncate(Number(slider.value), false));
    slider.addEventListener("change", () => this.doings.truncate(Number(slider.value), true));
    slider.addEventListener("dblclick", () => this.doings.truncate(1, true));
    const title = "Truncation: 1 leaves the image as it is, 0 makes it the average. Double click: back to 1";
    this.truncation = { slider, figure, row: make("label", { className: "ll-truncation", title }, "Truncation", slider, figure) };
    return this.truncation.row;
  }

  listen() {
    const { compare, doings, element, region } = this;
    keepToItself(element);
    keepKeys(element);
    const hold = (on) => (event) => {
      if (event.type.startsWith("key") && ![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      doings.compare(on);
    };
    for (const kind of ["pointerdown", "keydown"]) compare.addEventListener(kind, hold(true));
    for (const kind of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) compare.addEventListener(kind, hold(false));
    compare.addEventListener("contextmenu", (event) => event.preventDefault()); // of a finger that rests
    const { place, stage } = region;
    const dim = (how) => () => {
      stage.dimmed = how;
      stage.draw();
    };
    place.addEventListener("pointerenter", dim(DIMMED.pointed));
    place.addEventListener("pointerleave", dim(DIMMED.left));
    this.over.addEventListener("pointerdown", (event) => event.stopPropagation());
  }

  /**
   * @param {import("./explorer_live.js").ExplorerLive} live
   * @param {import("./explorer_state.js").State} state
   * @param {{gan: boolean, latents: boolean, region: boolean}} connected
   */
  show(live, state, connected) {
    const { hello, found } = live;
    this.element.dataset.phase = live.phase;
    this.showPicture(live, state);
    this.showNotice(notice(live, connected));
    const count = hello?.count ?? 1;
    this.number.hidden = count < 2;
    this.which.value = `${state.image + 1} / ${count}`;
    this.previous.disabled = state.image <= 0;
    this.next.disabled = state.image >= count - 1;
    this.compare.disabled = live.phase !== "live";
    this.compare.setAttribute("aria-pressed", String(live.comparing));
    this.release.disabled = !state.levers.some(({ pull }) => pull);
    this.truncation.row.hidden = hello !== null && !hello.truncation;
    this.truncation.slider.value = String(state.psi);
    this.truncation.slider.style.setProperty("--to", `${100 * state.psi}%`);
    this.truncation.figure.value = state.psi.toFixed(2);
    this.sliders.show(state, hello?.num_ws ?? 0);
    const line = headline(live, connected.region);
    put(this.title, line.title);
    put(this.words, line.words);
    this.figure.textContent = line.told ? `${Math.round(100 * line.part)} %` : "";
    this.words.classList.toggle("ll-wrong", line.wrong);
    this.bar.classList.toggle("ll-on", line.part !== null);
    this.bar.firstChild.style.width = `${100 * (line.part ?? 0)}%`;
    this.strip.show(found, state, live.measuring || live.phase !== "live");
  }

  /** Show the picture alone, as while a slider moves. */
  showPicture(live) {
    const { stage } = this.region;
    stage.picture = live.visible;
    stage.draw();
    this.element.dataset.pictures = String(live.counts.pictures);
    this.element.dataset.levers = String(live.counts.levers);
  }

  showNotice(said) {
    this.over.hidden = !said;
    const known = JSON.stringify(said);
    if (!said || known === this.noticed) return;
    this.noticed = known;
    const button = said.button && make("button", { type: "button", className: "ll-start", data: { does: "start" } }, said.button);
    if (button) button.addEventListener("click", () => this.doings.start());
    const parts = [said.busy && make("div", { className: "ll-busy" }), make("strong", {}, said.title), make("p", {}, said.words), said.remark && make("p", {}, said.remark), button];
    this.over.replaceChildren(...parts.filter(Boolean));
  }
}

/** Say something, where it was not said before: it may have been translated since. */
function put(element, text) {
  if (element.dataset.said === text) return;
  element.dataset.said = element.textContent = text;
}
