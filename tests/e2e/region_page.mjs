/** The node RegionMask in the page: what tests of it do with mouse, fingers and keys. */

import { comeNear } from "./page.mjs";
import * as pointing from "./pointing.mjs";

/**
 * The one node RegionMask of the graph that is open.
 * @param {object} page
 */
export function regionOn(page) {
  const part = (name) => page.locator(`.ll-region:visible [data-does="${name}"]`);

  /** The node's text as it is saved and sent. */
  const text = () =>
    page.evaluate(() => {
      const node = window.app.canvas.graph._nodes.find((each) => each.type === "RegionMask");
      return node.widgets.find((widget) => widget.name === "shapes").value;
    });

  async function press(...keys) {
    for (const key of keys) await page.keyboard.press(key);
  }

  /** The brightness that is drawn at a place of the image. */
  async function colour([row, column]) {
    return page.locator(".ll-region:visible canvas").evaluate(
      (canvas, [row, column]) => {
        const side = Math.min(canvas.width, canvas.height);
        const [x, y] = [(canvas.width - side) / 2 + column * side, (canvas.height - side) / 2 + row * side];
        const [red, green, blue, alpha] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
        return alpha < 128 ? null : (red + green + blue) / 3;
      },
      [row, column],
    );
  }

  return {
    at: (place) => pointing.at(page, place),
    colour,
    comeNear: (scale = 1.2) => comeNear(page, "RegionMask", { scale }),
    drag: (...places) => pointing.drag(page, ...places),
    part,
    press,
    text,
    touch: (...given) => pointing.touch(page, ...given),
  };
}

/**
 * Notes what a page is like after each thing that is done in it.
 * @param {object} page
 * @param {() => Promise<string>} text
 */
export function story(page, text) {
  const seen = { texts: {} };
  let step = "";
  return {
    seen,
    get step() {
      return step;
    },
    /** Do one thing; note the text afterwards. */
    async act(name, what) {
      step = name;
      await what();
      await page.waitForTimeout(200);
      seen.texts[name] = await text();
    },
  };
}
