/** The element of GANExplorer: picture with tools, pinned levers, found levers. Independent of ComfyUI. */

import { icon, make, stopDeleteKeys, stopPointerEvents } from "./elements.js";
import { FilmStrip } from "./explorer_film.js";
import { arrange } from "./explorer_layout.js";
import { LeverStrip } from "./explorer_levers.js";
import { headline, notice } from "./explorer_notice.js";
import { lengthOf } from "./explorer_record.js";
import { PhotoPanel } from "./explorer_photo.js";
import { earlierLevers } from "./explorer_refining.js";
import { canHold } from "./explorer_state.js";
import { LeverSliders } from "./explorer_sliders.js";
import { explorerStyle } from "./explorer_style.js";
import { RegionView } from "./region_view.js";

const ICONS = {
  compare: "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 6a2 2 0 100 4 2 2 0 000-4z",
  record: "M8 3.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9z",
  refresh: "M13 8a5 5 0 11-1.500-3.500L13.500 6M13.500 2v4h-4",
  advanced: "M2 5h7M13 5h1M11 3v4M2 11h1M7 11h7M5 9v4",
  randomise: "M3 3h10v10H3zM5.500 5.500h.01M10.500 5.500h.01M8 8h.01M5.500 10.500h.01M10.500 10.500h.01",
  release: "M3 8a5 5 0 105-5H4M6.500 .5L4 3l2.500 2.500",
};

/** How much darker the picture is outside the region: not at all while the pointer is elsewhere. */
const DIMMED = { inside: 0.45, outside: 0 };

/**
 * @typedef {Object} Actions What the view calls; `explorer_widget.js` implements them.
 * @property {() => any} start
 * @property {(image: number) => any} look Show another image.
 * @property {(psi: number, done: boolean) => any} truncate `done`: whether the slider was released.
 * @property {(on: boolean) => any} hold Keep what is outside the levers' regions.
 * @property {(on: boolean) => any} compare Show the image without edits, or the edited one again.
 * @property {() => any} release Pull all levers back to 0.
 * @property {() => any} randomise Pull all levers anywhere.
 * @property {(lever: any, pull: number) => any} choose Pin a found lever.
 * @property {(lever: any, pull: number) => any} preview Show a found lever's pull for a while; null: no longer.
 * @property {() => any} refine Take the levers of the newest answer in the place of earlier ones that are like them.
 * @property {() => any} record Start or stop recording the moves of levers.
 * @property {(text: string) => any} typeShapes Shapes as text.
 * @property {import("./explorer_sliders.js").LeverActions} lever
 * @property {import("./explorer_photo.js").PhotoActions} photo
 */

export class ExplorerView {
  /**
   * @param {import("./region_editor.js").RegionEditor} editor
   * @param {Actions} actions
   */
  constructor(editor, actions) {
    this.actions = actions;
    this.region = new RegionView(editor, actions.typeShapes);
    this.strip = new LeverStrip(actions.choose, actions.preview);
    this.sliders = new LeverSliders(actions.lever);
    this.film = new FilmStrip(actions.look);
    this.region.stage.dimmed = DIMMED.outside;
    this.over = make("div", { className: "ll-notice" });
    this.changed = this.ribbon();
    this.region.place.append(this.changed);
    this.photo = new PhotoPanel(actions.photo);
    this.region.place.after(this.photo.cropping, this.photo.found, this.film.element);
    this.title = make("span", { className: "ll-title" });
    this.words = make("span", { className: "ll-words", role: "status" });
    this.size = make("span", { className: "ll-words ll-percent" });
    this.after = make("span", { className: "ll-words" });
    this.figure = make("span", { className: "ll-words ll-percent" });
    this.refined = this.refinement();
    this.bar = make("div", { className: "ll-progress" }, make("div"));
    const side = make("div", { className: "ll-side" }, this.head(), this.sliders.element, this.foot());
    const line = make("div", { className: "ll-line" }, this.title, this.words, this.size, this.after, this.figure, this.refined, this.strip.more);
    const found = make("div", { className: "ll-found" }, line, this.bar, this.strip.element);
    this.element = make("div", { className: "ll-explorer" }, explorerStyle(), this.region.element, side, found, this.over);
    arrange(this.element);
    this.listen();
  }

  button(does, title, words, press) {
    const button = make("button", { type: "button", title, ariaLabel: title, data: { does } }, icon(ICONS[does]), words);
    if (press) button.addEventListener("click", press);
    return button;
  }

  /** Takes better levers in the place of those that are pulled. */
  refinement() {
    const title = "Refined levers are ready. Sliders stay where they are; levers that have no like among them are kept";
    const button = make("button", { type: "button", title, ariaLabel: title, className: "ll-rest", data: { does: "refined" }, hidden: true }, "Use the better levers");
    button.addEventListener("click", () => this.actions.refine());
    return button;
  }

  /** What is said while something else reaches the node than what the picture was made from. */
  ribbon() {
    const refresh = this.button("refresh", "Run the graph as far as this node", "Refresh", () => this.actions.start());
    const ribbon = make("div", { className: "ll-changed", role: "status" }, make("span", {}, "Inputs changed"), refresh);
    stopPointerEvents(ribbon);
    return ribbon;
  }

  /** Buttons for all levers together. */
  head() {
    const { actions } = this;
    this.compare = this.button("compare", "Hold to see the image as it came in", "Original");
    this.release = this.button("release", "All levers back to 0", "", () => actions.release());
    this.randomise = this.button("randomise", "Pull all levers anywhere within their range", "", () => actions.randomise());
    this.record = this.button("record", "Record moves: every move becomes keyframes, and a run gives them as frames", "", () => actions.record());
    this.length = make("span", { className: "ll-length" });
    this.record.append(this.length);
    return make("div", { className: "ll-head" }, this.compare, make("span", { className: "ll-room" }), this.record, this.randomise, this.release);
  }

  /** The hold, and what is needed less often. */
  foot() {
    const details = make("div", { className: "ll-details", hidden: true }, this.psi());
    const advanced = this.button("advanced", "Layers of each lever, and truncation", "Advanced", () => {
      details.hidden = !details.hidden;
      advanced.setAttribute("aria-pressed", String(!details.hidden));
      this.element.classList.toggle("ll-detailed", !details.hidden);
    });
    advanced.setAttribute("aria-pressed", "false");
    return make("div", { className: "ll-bottom" }, details, make("div", { className: "ll-foot" }, this.holding(), advanced));
  }

  psi() {
    const slider = make("input", { type: "range", min: "0", max: "1", step: "0.01", className: "ll-psi", ariaLabel: "Truncation", data: { does: "psi" } });
    const figure = make("output");
    slider.addEventListener("input", () => this.actions.truncate(Number(slider.value), false));
    slider.addEventListener("change", () => this.actions.truncate(Number(slider.value), true));
    slider.addEventListener("dblclick", () => this.actions.truncate(1, true));
    const title = "Truncation: 1 leaves the image as it is, 0 makes it the average. Double click: back to 1";
    this.truncation = { slider, figure, row: make("label", { className: "ll-truncation", title }, "Truncation", slider, figure) };
    return this.truncation.row;
  }

  /** The switch that keeps what lies outside the levers' regions. */
  holding() {
    const box = make("input", { type: "checkbox", data: { does: "hold" } });
    box.addEventListener("change", () => this.actions.hold(box.checked));
    const title = "Keep what is outside the levers' regions as it was: the picture is corrected after every pull, which takes a moment";
    const remark = make("span", { className: "ll-words" });
    this.hold = { box, remark };
    return make("label", { className: "ll-hold", title }, box, make("span", {}, "Hold the rest"), remark);
  }

  listen() {
    const { compare, actions, element, region } = this;
    stopPointerEvents(element);
    stopDeleteKeys(element);
    const setComparing = (on) => (event) => {
      if (event.type.startsWith("key") && ![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      actions.compare(on);
    };
    for (const kind of ["pointerdown", "keydown"]) compare.addEventListener(kind, setComparing(true));
    for (const kind of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) compare.addEventListener(kind, setComparing(false));
    compare.addEventListener("contextmenu", (event) => event.preventDefault()); // opened by a finger that rests
    const { place, stage } = region;
    const dim = (how) => () => {
      stage.dimmed = how;
      stage.draw();
    };
    place.addEventListener("pointerenter", dim(DIMMED.inside));
    place.addEventListener("pointerleave", dim(DIMMED.outside));
    this.over.addEventListener("pointerdown", (event) => event.stopPropagation());
  }

  /**
   * @param {import("./explorer_session.js").ExplorerSession} session
   * @param {import("./explorer_state.js").State} state
   * @param {{region: boolean, recording?: boolean, unreadable?: string, levers?: number,
   *   search: import("./explorer_photo_search.js").PhotoSearch}} connected
   */
  show(session, state, connected) {
    const { info, found } = session;
    this.element.dataset.phase = session.phase;
    this.showNotice(notice(session, connected));
    this.state = state;
    this.element.dataset.photo = this.photo.show(session, state, connected.search);
    this.changed.hidden = session.phase !== "live" || !session.outdated;
    this.showPicture(session);
    this.film.show(state.image, info?.count ?? 1);
    this.film.faces.title = state.hold ? "The small pictures are pulled without the hold" : "";
    this.compare.disabled = session.phase !== "live";
    this.compare.setAttribute("aria-pressed", String(session.comparing));
    this.record.disabled = !state.levers.length;
    this.record.setAttribute("aria-pressed", String(Boolean(connected.recording)));
    this.length.textContent = connected.recording ? "" : lengthOf(state.record ?? []);
    this.randomise.disabled = !state.levers.length;
    this.release.disabled = !state.levers.some(({ pull }) => pull);
    this.truncation.row.hidden = info !== null && !info.truncation;
    this.truncation.slider.value = String(state.psi);
    this.truncation.slider.style.setProperty("--to", `${100 * state.psi}%`);
    this.truncation.figure.value = state.psi.toFixed(2);
    this.hold.box.checked = state.hold;
    setText(this.hold.remark, state.hold && !canHold(state, Boolean(info?.mask)) ? "not for global levers" : "");
    this.sliders.show(state, info?.num_ws ?? 0);
    const earlier = earlierLevers(state, found);
    const line = headline(session, connected.region, earlier);
    this.refined.hidden = !earlier.some(({ other }) => other);
    setText(this.title, line.title);
    setText(this.words, line.words);
    this.size.textContent = line.size ? `${line.size} px;` : "";
    setText(this.after, line.more ?? "");
    this.figure.textContent = line.percent ? `${Math.round(100 * line.part)} %` : "";
    this.words.classList.toggle("ll-wrong", line.wrong);
    this.bar.classList.toggle("ll-on", line.part !== null);
    this.bar.firstChild.style.width = `${100 * (line.part ?? 0)}%`;
    this.strip.show(found, state, session.measuring || session.phase !== "live");
  }

  /** Show the picture alone, as while a slider moves. */
  showPicture(session) {
    const { stage } = this.region;
    stage.picture = session.visible;
    this.photo.showPicture(session);
    stage.around = this.state ? this.photo.placeIn(session, this.state) : null;
    stage.draw();
    this.film.follow(session);
    this.element.dataset.pictures = String(session.counts.pictures);
    this.element.dataset.levers = String(session.counts.levers);
  }

  showNotice(message) {
    this.over.hidden = !message;
    const known = JSON.stringify(message);
    if (!message || known === this.shown) return;
    this.shown = known;
    const button = message.button && make("button", { type: "button", className: "ll-start", data: { does: "start" } }, message.button);
    if (button) button.addEventListener("click", () => this.actions.start());
    const parts = [message.busy && make("div", { className: "ll-busy" }), make("strong", {}, message.title), make("p", {}, message.words), message.remark && make("p", {}, message.remark), button];
    this.over.replaceChildren(make("div", { className: "ll-card" }, ...parts.filter(Boolean)));
  }
}

/** Set a text only where it changes: the one that is shown may be its translation. */
function setText(element, text) {
  if (element.dataset.english === text) return;
  element.dataset.english = element.textContent = text;
}
