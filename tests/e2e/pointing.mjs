/** Pointer input on the picture of a node of ours: positions on the page, drags, touches. */

/** Position on the page, [x, y], of a point of the square image, [row, column] in fractions. */
export async function at(page, [row, column]) {
  const box = await page.locator(".ll-region:visible .ll-stage canvas").boundingBox();
  const side = Math.min(box.width, box.height);
  return [box.x + (box.width - side) / 2 + column * side, box.y + (box.height - side) / 2 + row * side];
}

/** Press the mouse button, move through points of the image, release it. */
export async function drag(page, ...places) {
  await page.mouse.move(...(await at(page, places[0])));
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...(await at(page, place)), { steps: 6 });
  await page.mouse.up();
}

/** Likewise with a finger; `second` is the position of a second finger, which is down from the second point on. */
export async function touch(page, places, second) {
  const session = await page.context().newCDPSession(page);
  const fingers = async (...down) => {
    const found = await Promise.all(down.map((place) => at(page, place)));
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

/** Press a tool of the picture of a node of ours, where necessary in the menu of the other tools. */
export async function pressTool(page, name) {
  const region = page.locator(".ll-region:visible");
  const tool = region.locator(`[data-does="${name}"]`).first();
  if (!(await tool.isVisible())) await region.locator('[data-does="more"]').first().click();
  await tool.click();
}

/** Click an end of a lever that was found, after unfolding the others where it is among them. */
export async function pullFound(page, index, end) {
  const found = page.locator(`.ll-explorer:visible .ll-cell[data-found="${index}"] [data-end="${end}"]`).first();
  if (!(await found.isVisible())) await page.locator('.ll-explorer:visible [data-does="more levers"]').first().click();
  await found.click();
}
