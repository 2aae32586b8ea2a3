/**
 * The photograph in GANExplorer: before its code was found the square over the face with a button that starts the search,
 * afterwards a switch that shows the change in the photograph. Independent of ComfyUI.
 */

import { icon, make } from "./elements.js";
import { PhotoCrop } from "./explorer_photo_crop.js";
import { searchLine } from "./explorer_photo_search.js";
import { foundIn, lacksCode, searchOf } from "./explorer_photo_state.js";
import { placeOf } from "./photo_geometry.js";

const ICONS = {
  inside: "M2 3h12v10H2zM5.500 6h5v4h-5z",
  recrop: "M4.500 1v10.500H15M1 4.500h10.500V15",
};

const OTHER = "The latent that is saved here is of another photograph or generator: find it again.";
const HINT = "Drag the square over the face: all of the head, hair and chin.";

/**
 * @typedef {Object} PhotoActions What the panel calls.
 * @property {(box: number[]) => any} crop
 * @property {(change: {space?: string, trust?: number, rough?: boolean}) => any} set Change how a code is searched for.
 * @property {() => any} find Start the search.
 * @property {() => any} cancel
 * @property {() => any} recrop Drop the code, to crop anew.
 * @property {(on: boolean) => any} inside Show the change in the photograph.
 */

export class PhotoPanel {
  /** @param {PhotoActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.crop = new PhotoCrop(actions.crop);
    this.words = make("div", { className: "ll-photo-words", role: "status" });
    this.bar = make("div", { className: "ll-progress" }, make("div"));
    this.cropping = make("div", { className: "ll-cropping", hidden: true }, this.crop.element, this.words, this.bar, this.form());
    this.found = this.result();
  }

  button(does, title, words, press) {
    const button = make("button", { type: "button", title, ariaLabel: title, data: { does } }, ...(ICONS[does] ? [icon(ICONS[does])] : []), words);
    button.addEventListener("click", press);
    return button;
  }

  /** How the code is searched for, and the buttons that start and cancel. */
  form() {
    const { actions } = this;
    this.space = make("select", { data: { does: "photo space" }, title: "One latent for all layers is more typical and easier to edit; one for each is closer to the photograph" });
    this.space.append(make("option", { value: "W" }, "typical (W)"), make("option", { value: "W+" }, "close (W+)"));
    this.space.addEventListener("change", () => actions.set({ space: this.space.value }));
    this.trust = make("input", { type: "range", min: "-1", max: "1", step: "0.05", data: { does: "photo trust" }, ariaLabel: "Closeness" });
    this.trust.addEventListener("change", () => actions.set({ trust: trustOf(Number(this.trust.value)) }));
    const title = "Farther right: closer to the photograph, and less typical of the generator";
    this.fit = make("input", { type: "checkbox", data: { does: "photo fit" } });
    this.fit.addEventListener("change", () => actions.set({ rough: !this.fit.checked }));
    const fits = "Move the square a little to where the generator draws the face best";
    this.find = this.button("find", "Find the latent whose image is most like the face", "Find the latent", () => actions.find());
    this.find.classList.add("ll-main");
    this.cancel = this.button("cancel", "Cancel the search", "Cancel", () => actions.cancel());
    return make(
      "div",
      { className: "ll-row ll-photo-form" },
      this.space,
      make("label", { title }, make("span", {}, "Closeness"), this.trust),
      make("label", { title: fits }, this.fit, make("span", {}, "Fit the square")),
      make("span", { className: "ll-gap" }),
      this.cancel,
      this.find,
    );
  }

  /** The line below the picture once a code was found. */
  result() {
    this.inside = this.button("inside", "Show the change in the photograph; a run always gives the photograph", "In the photo", () => this.actions.inside(this.inside.getAttribute("aria-pressed") !== "true"));
    this.recrop = this.button("recrop", "Back to the photograph: place the square anew, and find the latent again", "Crop again", () => this.actions.recrop());
    this.report = make("div", { className: "ll-photo-report", role: "note" });
    return make("div", { className: "ll-row ll-photo-found", hidden: true }, this.inside, this.recrop, this.report);
  }

  /**
   * @param {import("./explorer_session.js").ExplorerSession} session
   * @param {import("./explorer_photo_state.js").State} state
   * @param {import("./explorer_photo_search.js").PhotoSearch} search
   * @returns {"none"|"crop"|"found"}
   */
  show(session, state, search) {
    const { info } = session;
    const photo = info?.photo ?? null;
    const mode = !photo ? "none" : foundIn(state, photo) ? "found" : "crop";
    this.cropping.hidden = mode !== "crop";
    this.found.hidden = mode !== "found";
    this.bar.classList.toggle("ll-on", search.busy);
    if (mode === "crop") this.showCrop(session, state, search);
    if (mode === "found") {
      const { found, inside } = state.photo;
      this.inside.setAttribute("aria-pressed", String(Boolean(inside)));
      this.report.textContent = this.report.title = found.report ?? "";
    }
    return mode;
  }

  /** Show the picture alone: the photograph, while the crop is drawn on it. */
  showPicture({ info, shown, picture }) {
    this.crop.showPicture(shown && lacksCode(shown, info?.photo) ? picture : null);
  }

  showCrop(session, state, search) {
    const { info } = session;
    const { space, trust, rough, box } = searchOf(state);
    this.crop.locked = search.busy;
    this.crop.show(info.photo.size, info.size, box);
    for (const input of [this.space, this.trust, this.fit]) input.disabled = search.busy;
    this.space.value = space;
    this.trust.value = String(placeOfTrust(trust));
    this.fit.checked = !rough;
    this.find.hidden = search.busy;
    this.cancel.hidden = !search.busy;
    const { words, part } = searchLine(search);
    const problem = search.problem || session.problem;
    const said = search.busy ? words : problem || (state.photo?.found ? OTHER : HINT);
    if (this.words.dataset.english !== said) this.words.dataset.english = this.words.textContent = said;
    this.words.classList.toggle("ll-wrong", Boolean(problem) && !search.busy);
    this.bar.firstChild.style.width = `${100 * part}%`;
  }

  /** Corners of the picture in the photograph, while the session shows the photograph; else null. */
  placeIn(session, state) {
    const { photo, size } = session.info ?? {};
    const found = photo && session.inside ? foundIn(state, photo) : null;
    return found && { size: photo.size, corners: placeOf(found.matrix, photo.size, size) };
  }
}

const STEPS = 2.5; // trust is divided by this power of two from the middle of the slider to its right end

const trustOf = (place) => Number((0.5 / 2 ** (STEPS * place)).toFixed(3));
const placeOfTrust = (trust) => Math.log2(0.5 / trust) / STEPS;

/** Style of these parts. */
export const photoStyle = `
.ll-explorer[data-photo="crop"][data-phase="live"] { grid: "region" minmax(0, 1fr) / minmax(0, 1fr); }
.ll-explorer[data-photo="crop"] > :is(.ll-side, .ll-found) { display: none; }
.ll-explorer[data-photo="crop"] .ll-region > :not(.ll-cropping, style) { display: none; }
.ll-explorer .ll-cropping { display: flex; flex-direction: column; gap: 6px; flex: 1 1 0; min-height: 0; position: relative; }
.ll-explorer .ll-photo-stage { position: relative; flex: 1 1 0; min-height: 60px; border-radius: 4px; overflow: hidden; background: var(--ll-field); border: 1px solid var(--ll-line); }
.ll-explorer .ll-photo-stage canvas:focus { outline: none; }
.ll-explorer .ll-photo-stage:focus-within { border-color: var(--ll-accent); }
.ll-explorer .ll-photo-words { flex: none; min-height: 16px; color: var(--ll-faint); user-select: text; overflow-wrap: anywhere; }
.ll-explorer .ll-photo-words.ll-wrong { color: var(--error-text, #ff4444); }
.ll-explorer .ll-region .ll-photo-form { flex-wrap: wrap; gap: 4px 10px; }
.ll-explorer .ll-photo-form select { height: 26px; padding: 0 4px; border-radius: 4px; font: 12px/16px var(--ll-type); background: var(--ll-field); color: var(--ll-ink); border: 1px solid var(--ll-line); }
.ll-explorer .ll-photo-form input[type="range"] { width: 90px; }
.ll-explorer .ll-photo-form input[type="checkbox"] { width: 16px; height: 16px; accent-color: var(--ll-accent); }
.ll-explorer .ll-region .ll-main { height: 30px; padding: 0 16px; font-weight: 600; background: var(--ll-accent); border-color: var(--ll-accent); color: #1a1a1a; }
.ll-explorer .ll-region .ll-photo-found { flex-wrap: wrap; gap: 4px; }
.ll-explorer .ll-region .ll-photo-found button { padding: 0 8px; }
.ll-explorer .ll-photo-report { flex: 1 1 280px; min-width: 0; max-height: 50px; overflow: auto; padding: 0 4px; color: var(--ll-faint); user-select: text; scrollbar-width: thin; }
`;
