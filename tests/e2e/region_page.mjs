/** The node RegionMask in the page: input with mouse, touch and keys. */

import { zoomTo } from "./page.mjs";
import * as pointing from "./pointing.mjs";

/**
 * The only node RegionMask of the open graph.
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

  /** Brightness of the canvas at a point of the image; null where it is transparent. */
  async function colour([row, column]) {
    return page.locator(".ll-region:visible .ll-stage canvas").evaluate(
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
    zoomTo: (scale = 1.2) => zoomTo(page, "RegionMask", { scale }),
    drag: (...places) => pointing.drag(page, ...places),
    part,
    press,
    tool: (name) => pointing.pressTool(page, name),
    text,
    touch: (...given) => pointing.touch(page, ...given),
  };
}

/**
 * Records the text of the region after each step.
 * @param {object} page
 * @param {() => Promise<string>} text
 */
export function recorder(page, text) {
  const seen = { texts: {} };
  let step = "";
  return {
    seen,
    get step() {
      return step;
    },
    /** Run one step and record the text after it. */
    async act(name, what) {
      step = name;
      await what();
      await page.waitForTimeout(200);
      seen.texts[name] = await text();
    },
  };
}
