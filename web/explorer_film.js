/** The filmstrip: all faces, each pulled as the state says; a click shows one large. Independent of ComfyUI. */

import { icon, make } from "./elements.js";

const QUIET = 250; // milliseconds without a new picture after which the strip follows
const MOST = 24; // faces of one request; see core/server/actions.py
const FEW = 8; // faces that are counted at a glance
const BEFORE = "M10 3L5 8l5 5";
const NEXT = "M6 3l5 5-5 5";

export class FilmStrip {
  /** @param {(image: number) => any} choose Called with the number of the face that is to be shown. */
  constructor(choose) {
    this.choose = choose;
    this.count = 0;
    this.image = 0;
    this.timer = 0;
    /** The answer whose pictures are drawn. */
    this.drawn = null;
    this.previous = this.button("previous", "Image before", () => choose(this.image - 1), icon(BEFORE));
    this.next = this.button("next", "Next image", () => choose(this.image + 1), icon(NEXT));
    this.which = make("output", { className: "ll-which" });
    this.faces = make("div", { className: "ll-faces", role: "list", ariaLabel: "All images" });
    this.element = make("div", { className: "ll-film", hidden: true }, this.previous, this.faces, this.which, this.next);
    this.faces.addEventListener("wheel", (event) => {
      if (this.faces.scrollWidth <= this.faces.clientWidth) return;
      this.faces.scrollLeft += event.deltaX + event.deltaY;
      event.preventDefault();
      event.stopPropagation(); // the graph would be zoomed
    }, { passive: false });
  }

  button(does, title, press, ...content) {
    const button = make("button", { type: "button", title, ariaLabel: title, data: { does } }, ...content);
    button.addEventListener("click", press);
    return button;
  }

  /**
   * @param {number} image The face that is shown large.
   * @param {number} count Number of faces.
   */
  show(image, count) {
    if (count !== this.count) {
      this.count = count;
      this.drawn = null;
      this.faces.replaceChildren(...Array.from({ length: count }, (_, index) => this.face(index)));
    }
    this.element.hidden = count < 2;
    this.which.value = `${image + 1} / ${count}`;
    this.which.hidden = count <= FEW; // the marked face says it
    this.previous.disabled = image <= 0;
    this.next.disabled = image >= count - 1;
    if (image === this.image && this.faces.querySelector("[aria-pressed=true]")) return;
    this.image = image;
    [...this.faces.children].forEach((button, index) => button.setAttribute("aria-pressed", String(index === image)));
    const { faces } = this;
    const chosen = faces.children[image];
    if (chosen) faces.scrollLeft = chosen.offsetLeft - (faces.clientWidth - chosen.offsetWidth) / 2;
  }

  face(index) {
    const button = this.button(`face ${index}`, `Image ${index + 1}`, () => this.choose(index), make("span", {}, String(index + 1)));
    button.setAttribute("role", "listitem");
    return button;
  }

  /** Ask for the faces once the picture rests, and draw those that came. */
  follow(session) {
    if (session.film !== this.drawn) this.draw(session.film, session.info?.size ?? [1, 1]);
    clearTimeout(this.timer);
    if (session.shown && this.count > 1) this.timer = setTimeout(() => session.requestFilm(Math.floor(this.image / MOST) * MOST), QUIET);
  }

  /** Draw the faces of an answer, which stand side by side in one picture. */
  draw(film, [high, wide]) {
    this.drawn = film;
    if (!film) return;
    const { strip, first } = film;
    const side = Math.max(1, Math.round((strip.height * wide) / high));
    for (let index = 0; index * side < strip.width; index++) {
      const button = this.faces.children[first + index];
      if (!button) return;
      let canvas = button.querySelector("canvas");
      if (!canvas) button.prepend((canvas = make("canvas")));
      Object.assign(canvas, { width: side, height: strip.height });
      canvas.getContext("2d").drawImage(strip, -index * side, 0);
      button.classList.add("ll-drawn");
    }
  }
}
