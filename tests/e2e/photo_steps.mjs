/** What is done with the photograph in an explorer, in ComfyUI's page and in that of `latent-levers explore`. */

import { settle } from "./page.mjs";

const CROP = ".ll-explorer .ll-photo-stage canvas";
const STAGE = ".ll-explorer .ll-stage canvas";

export class PhotoSteps {
  /** @param {object} page @param {{photo: number[], side: number}} job Height and width of the photograph, side of the picture. */
  constructor(page, job) {
    Object.assign(this, { page, job });
  }

  /** A button or another part. */
  part(name) {
    return this.page.locator(`.ll-explorer [data-does="${name}"]`);
  }

  /** What is shown: "crop" or "found". */
  mode() {
    return this.page.locator(".ll-explorer").evaluate((element) => element.dataset.photo);
  }

  /** Position on the page of a point (x, y) of the photograph, in shares, on a canvas that shows all of it. */
  async at(canvas, [x, y]) {
    const box = await this.page.locator(canvas).boundingBox();
    const [high, wide] = this.job.photo;
    const scale = Math.min(box.width / wide, box.height / high);
    return [box.x + (box.width - wide * scale) / 2 + x * wide * scale, box.y + (box.height - high * scale) / 2 + y * high * scale];
  }

  async drag(canvas, from, to) {
    const { mouse } = this.page;
    await mouse.move(...(await this.at(canvas, from)));
    await mouse.down();
    await mouse.move(...(await this.at(canvas, to)), { steps: 6 });
    await mouse.up();
  }

  /** Drag on the photograph that is to be cropped. */
  crop(from, to) {
    return this.drag(CROP, from, to);
  }

  /** Drag from one place of the generator's picture to another, (row, column) in shares, where the photograph shows it. */
  drawInside(from, to, matrix) {
    const [start, end] = [from, to].map((place) => this.inPhoto(place, matrix));
    return this.drag(STAGE, start, end);
  }

  inPhoto([row, column], [a, b, c, d, e, f]) {
    const { photo, side } = this.job;
    const [x, y] = [column * side - c, row * side - f];
    const det = a * e - b * d;
    return [(e * x - b * y) / det / photo[1], (a * y - d * x) / det / photo[0]];
  }

  /** Press Find the latent, and wait until it is found. Returns what was said meanwhile. */
  async find() {
    const said = new Set();
    await this.part("find").click();
    while ((await this.mode()) === "crop") {
      said.add(await this.page.locator(".ll-photo-words").innerText());
      if (await this.part("find").isVisible()) throw new Error(`It stopped: ${[...said].join(" | ")}`);
      await settle(this.page, 200);
    }
    return [...said];
  }

  /** Draw shapes as text. */
  draw(shapes) {
    return this.page.locator(".ll-explorer textarea").evaluate((field, text) => {
      field.value = text;
      field.dispatchEvent(new Event("input"));
    }, JSON.stringify(shapes));
  }
}
