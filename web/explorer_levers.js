/** The levers that were found, each shown as the picture of both its ends. Independent of ComfyUI. */

import { make } from "./elements.js";
import { findLever } from "./explorer_state.js";

const ENDS = [["low", 0, "\u2212"], ["high", 1, "+"]];
const LARGE = 4; // levers that are shown at first
const LEAST = 0.01; // share below which a lever is folded away
const REST = 120; // milliseconds after which a pointer that rests previews a pull

export class LeverStrip {
  /**
   * @param {(lever: any, pull: number) => any} choose Called when somebody clicks an end of a lever.
   * @param {(lever: any, pull: number) => any} [preview] Called when the pointer rests on one; with null when it leaves.
   */
  constructor(choose, preview = () => {}) {
    Object.assign(this, { choose, preview });
    this.found = null;
    this.open = false;
    this.timer = 0;
    this.place = "";
    this.element = make("div", { className: "ll-cells", role: "list", ariaLabel: "Levers that were found" });
    this.more = make("button", { type: "button", className: "ll-rest", data: { does: "more levers" }, hidden: true });
    this.more.addEventListener("click", () => {
      this.open = !this.open;
      this.fold();
    });
    this.element.addEventListener("pointerleave", () => this.point(null, 0));
  }

  /**
   * @param {import("./explorer_session.js").Found|null} found
   * @param {import("./explorer_state.js").State} state
   * @param {boolean} stale Whether newer ones have been requested.
   */
  show(found, state, stale) {
    if (found !== this.found) {
      this.found = found;
      this.point(null, 0);
      this.element.replaceChildren(...(found?.levers ?? []).map((lever, index) => this.cell(lever, index)));
      this.element.scrollTop = 0;
      this.fold();
    }
    this.element.classList.toggle("ll-stale", stale);
    this.element.classList.toggle("ll-none", !found?.levers.length);
    [...this.element.children].forEach((cell, index) => {
      const pinned = findLever(state, this.found.levers[index]);
      cell.classList.toggle("ll-pinned", pinned >= 0);
      for (const button of cell.querySelectorAll("button")) button.setAttribute("aria-pressed", String(pinned >= 0));
    });
  }

  /** Show the first levers with a share worth seeing, or all. */
  fold() {
    const levers = this.found?.levers ?? [];
    const first = new Set(shownFirst(levers));
    [...this.element.children].forEach((cell, index) => (cell.hidden = !this.open && !first.has(index)));
    const others = levers.length - first.size;
    this.more.hidden = others < 1;
    this.more.replaceChildren(make("span", {}, this.open ? "Fewer" : "More"), this.open ? "" : ` (${others})`);
    this.element.classList.toggle("ll-open", this.open);
  }

  cell(lever, index) {
    const [low, high] = lever.range ?? [-3, 3];
    const about = [lever.lives && `layers ${lever.lives}`, Number.isFinite(lever.share) && `${percent(lever.share)} of the change`].filter(Boolean);
    const words = [lever.name, ...about].join(", ");
    const ends = ENDS.map(([end, side, sign]) => {
      const pull = side ? high : low;
      const title = `Pull ${lever.name} to ${side ? "+" : "\u2212"}100 % (${about.join(", ") || "a lever"})`;
      const button = make("button", { type: "button", title, ariaLabel: title, data: { end } }, make("span", {}, sign));
      button.addEventListener("click", () => {
        this.point(null, 0);
        this.choose(lever, pull);
      });
      button.addEventListener("pointermove", (event) => {
        const place = `${event.clientX} ${event.clientY}`; // a page that is drawn anew also reports moves
        if (place !== this.place && event.pointerType !== "touch") this.point(lever, pull);
        this.place = place;
      });
      return button;
    });
    const picture = make("img", { src: lever.thumbs, alt: words, draggable: false });
    const share = Number.isFinite(lever.share) ? percent(lever.share) : "";
    const caption = make("div", { className: "ll-caption" }, make("span", {}, lever.name), make("span", { className: "ll-share" }, share));
    return make("div", { className: "ll-cell", role: "listitem", data: { found: String(index) } }, make("div", { className: "ll-pair" }, picture, ...ends), caption);
  }

  /** The pointer is at an end of a lever, or has left it. */
  point(lever, pull) {
    if (lever === this.at?.lever && pull === this.at?.pull) return;
    clearTimeout(this.timer);
    const previewed = this.at?.previewed;
    const at = (this.at = lever && { lever, pull, previewed: false });
    if (previewed && !lever) this.preview(null, 0);
    if (!lever) return;
    this.timer = setTimeout(() => {
      at.previewed = true;
      this.preview(lever, pull);
    }, REST);
    at.previewed = Boolean(previewed);
  }
}

/**
 * Which levers are shown at first.
 * @param {{share?: number|null}[]} levers
 * @returns {number[]} At most four, from the first on; at least one where there is any.
 */
export function shownFirst(levers) {
  const worth = levers.map((_, index) => index).filter((index) => !(Number.isFinite(levers[index].share) && levers[index].share < LEAST));
  return (worth.length ? worth : levers.map((_, index) => index).slice(0, 1)).slice(0, LARGE);
}

/** A share in percent, with two digits at most. */
function percent(share) {
  const hundredths = 100 * share;
  return `${hundredths < 1 ? hundredths.toFixed(1) : Math.round(hundredths)} %`;
}
