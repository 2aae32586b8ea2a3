/**
 * Films GANExplorer in use: `node explorer_motion.mjs job.json` makes frames and `seen.json`, of which `motion.py` makes one
 * animated picture. A box is drawn over the mouth, levers are clicked and pulled; Run is never pressed.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer), `region` (two corners), `pulls` (for each lever
 * its index, and the fractions of its slider, 0 to 1, to which it is dragged in turn). `seen.json` lists for each frame its
 * file, how long it is shown in milliseconds, and where the pointer is in it, in pixels.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { calm as untilCalm } from "./explorer_waits.mjs";
import { loadWorkflow, openPage, settle, zoomTo } from "./page.mjs";
import { at } from "./pointing.mjs";

const TIMEOUT = 300_000;
const NODE = ".ll-explorer:visible";
const STEPS = { way: 5, box: 8, slide: 7 }; // frames of a move of the pointer

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);

const frames = [];
let pointer = [0, 0];

/** Wait until levers and picture are there and nothing is under way. */
const calm = () =>
  untilCalm(page, TIMEOUT);

/** Add what is seen now. */
async function frame(shown) {
  const element = page.locator(NODE).first();
  const box = await element.boundingBox();
  const file = `frame${String(frames.length).padStart(3, "0")}.png`;
  await element.screenshot({ path: join(job.out, file) });
  frames.push({ file, shown, pointer: [pointer[0] - box.x, pointer[1] - box.y] });
}

/** Move the pointer to a place on the page, with frames on the way. */
async function go(place, steps, shown, wait = 0) {
  const [from, to] = [pointer, place];
  for (let step = 1; step <= steps; step++) {
    pointer = [0, 1].map((i) => from[i] + ((to[i] - from[i]) * step) / steps);
    await page.mouse.move(...pointer);
    if (wait) await settle(page, wait);
    await frame(shown);
  }
}

/** The middle of an element, or another fraction of its width. */
async function middle(locator, across = 0.5) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  return [box.x + box.width * across, box.y + box.height / 2];
}

/** Pin a lever that was found, then drag its slider. */
async function pull([found, ...places], index) {
  const end = page.locator(`${NODE} .ll-cell[data-found="${found}"] [data-end]`).last();
  await go(await middle(end), STEPS.way, 40);
  await page.mouse.down();
  await page.mouse.up();
  await settle(page, 1500);
  await calm();
  await frame(500);
  const slider = page.locator(`${NODE} .ll-lever[data-lever="${index}"] .ll-slide`).first();
  const now = await slider.evaluate((input) => (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min)));
  await go(await middle(slider, now), STEPS.way, 40);
  await page.mouse.down();
  for (const place of places) await go(await middle(slider, place), STEPS.slide, 80, 450);
  await page.mouse.up();
  await settle(page, 800);
  await frame(500);
}

let problem = "";
try {
  await page.evaluate(() => window.app.extensionManager.setting.set("Comfy.ColorPalette", "dark"));
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "motion");
  await zoomTo(page, "GANExplorer", { scale: job.scale ?? 0.86, left: 420, top: 95 });
  await page.locator(`${NODE} [data-does="start"]`).first().click();
  await calm();
  const box = page.locator(`${NODE} [data-does="box"]`).first();
  if (await box.isVisible()) await box.click();
  const [first, second] = job.region;
  pointer = await at(page, [0.95, 0.1]);
  await frame(900);
  await go(await at(page, first), STEPS.way, 40);
  await page.mouse.down();
  await go(await at(page, second), STEPS.box, 60);
  await page.mouse.up();
  await settle(page, 1000);
  await calm();
  await frame(900);
  for (const [index, one] of job.pulls.entries()) await pull(one, index);
  frames.at(-1).shown = 1500;
} catch (error) {
  problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "broke_off.png") }).catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify({ problem, troubles, frames }));
