/** The node RegionMask in the page: what tests of it do with mouse, fingers and keys. */

import { settle } from "./page.mjs";

/**
 * The one node RegionMask of the graph that is open.
 * @param {object} page
 */
export function regionOn(page) {
  const part = (name) => page.locator(`.ll-region [data-does="${name}"]`);

  /** The node's text as it is saved and sent. */
  const text = () =>
    page.evaluate(() => {
      const node = window.app.canvas.graph._nodes.find((each) => each.type === "RegionMask");
      return node.widgets.find((widget) => widget.name === "shapes").value;
    });

  /** Bring the node close, so that a pixel of the page is a small part of the picture. */
  async function comeNear(scale = 1.2) {
    await page.evaluate((scale) => {
      const { canvas } = window.app;
      const node = canvas.graph._nodes.find((each) => each.type === "RegionMask");
      canvas.ds.scale = scale;
      canvas.ds.offset[0] = 500 / scale - node.pos[0];
      canvas.ds.offset[1] = 130 / scale - node.pos[1];
      canvas.deselectAll?.();
      canvas.setDirty(true, true);
    }, scale);
    await settle(page, 1500);
  }

  /** Where a place of the image, (row, column) in fractions, lies on the page: the image is square here. */
  async function at([row, column]) {
    const box = await page.locator(".ll-region canvas").boundingBox();
    const side = Math.min(box.width, box.height);
    return [box.x + (box.width - side) / 2 + column * side, box.y + (box.height - side) / 2 + row * side];
  }

  /** Press, go through places, let go. */
  async function drag(...places) {
    await page.mouse.move(...(await at(places[0])));
    await page.mouse.down();
    for (const place of places.slice(1)) await page.mouse.move(...(await at(place)), { steps: 6 });
    await page.mouse.up();
  }

  async function press(...keys) {
    for (const key of keys) await page.keyboard.press(key);
  }

  /** Drag a finger, and perhaps have a second one rest elsewhere from the second place on. */
  async function touch(places, second) {
    const session = await page.context().newCDPSession(page);
    const fingers = async (...down) => {
      const found = await Promise.all(down.map(at));
      return found.map(([x, y], id) => ({ x, y, id }));
    };
    const rest = (index) => (second && index > 0 ? [second] : []);
    for (const [index, place] of places.entries()) {
      const type = index === 0 || (second && index === 1) ? "touchStart" : "touchMove";
      await session.send("Input.dispatchTouchEvent", { type, touchPoints: await fingers(place, ...rest(index)) });
    }
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await session.detach();
  }

  /** The brightness that is drawn at a place of the image. */
  async function colour([row, column]) {
    return page.locator(".ll-region canvas").evaluate(
      (canvas, [row, column]) => {
        const side = Math.min(canvas.width, canvas.height);
        const [x, y] = [(canvas.width - side) / 2 + column * side, (canvas.height - side) / 2 + row * side];
        const [red, green, blue, alpha] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
        return alpha < 128 ? null : (red + green + blue) / 3;
      },
      [row, column],
    );
  }

  return { at, colour, comeNear, drag, part, press, text, touch };
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
