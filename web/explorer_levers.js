/** The levers that were found, each shown as the picture of both its ends. Independent of ComfyUI. */

import { make } from "./elements.js";
import { findLever } from "./explorer_state.js";

const ENDS = [["low", 0, "\u2212"], ["high", 1, "+"]];

export class LeverStrip {
  /** @param {(lever: any, pull: number) => any} choose Called when somebody clicks an end of a lever. */
  constructor(choose) {
    this.choose = choose;
    this.found = null;
    this.element = make("div", { className: "ll-cells", role: "list", ariaLabel: "Levers that were found" });
  }

  /**
   * @param {import("./explorer_session.js").Found|null} found
   * @param {import("./explorer_state.js").State} state
   * @param {boolean} stale Whether newer ones have been requested.
   */
  show(found, state, stale) {
    if (found !== this.found) {
      this.found = found;
      this.element.replaceChildren(...(found?.levers ?? []).map((lever, index) => this.cell(lever, index)));
    }
    this.element.classList.toggle("ll-stale", stale);
    this.element.classList.toggle("ll-none", !found?.levers.length);
    [...this.element.children].forEach((cell, index) => {
      const pinned = findLever(state, this.found.levers[index]);
      cell.classList.toggle("ll-pinned", pinned >= 0);
      for (const button of cell.querySelectorAll("button")) button.setAttribute("aria-pressed", String(pinned >= 0));
    });
  }

  cell(lever, index) {
    const [low, high] = lever.range ?? [-3, 3];
    const about = [lever.lives && `layers ${lever.lives}`, Number.isFinite(lever.share) && `${percent(lever.share)} of the change`].filter(Boolean);
    const words = [lever.name, ...about].join(", ");
    const ends = ENDS.map(([end, side, sign]) => {
      const pull = side ? high : low;
      const title = `Pull ${lever.name} to ${pull > 0 ? "+" : ""}${pull.toFixed(2)} (${about.join(", ") || "a lever"})`;
      const button = make("button", { type: "button", title, ariaLabel: title, data: { end } }, make("span", {}, sign));
      button.addEventListener("click", () => this.choose(lever, pull));
      return button;
    });
    const picture = make("img", { src: lever.thumbs, alt: words, draggable: false });
    const share = Number.isFinite(lever.share) ? percent(lever.share) : "";
    const caption = make("div", { className: "ll-caption" }, make("span", {}, lever.name), make("span", { className: "ll-share" }, share));
    return make("div", { className: "ll-cell", role: "listitem", data: { found: String(index) } }, make("div", { className: "ll-pair" }, picture, ...ends), caption);
  }
}

/** A share in percent, with two digits at most. */
function percent(share) {
  const hundredths = 100 * share;
  return `${hundredths < 1 ? hundredths.toFixed(1) : Math.round(hundredths)} %`;
}
