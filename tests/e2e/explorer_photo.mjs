/**
 * Uses GANExplorer with a photograph: `node explorer_photo.mjs job.json` writes `seen.json`, the pictures that the page received,
 * and screenshots.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer and a photograph), `palette`, `box` (the crop that is
 * drawn, in shares of the photograph), `photo` (its height and width),
 * `corner` (top left of the first crop), `side` (of the generator's picture) and `region` (shapes) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { rest as untilRest } from "./explorer_waits.mjs";
import { asPrompt, complaints, loadWorkflow, openPage, run, settle, zoomTo } from "./page.mjs";
import { PhotoSteps } from "./photo_steps.mjs";
import { pullFound } from "./pointing.mjs";

const TIMEOUT = 600_000; // milliseconds; machines of tests are slow
const PICTURES = "**/latent_levers/explorer/picture";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", states: {}, modes: {}, said: {}, troubles };
let step = "";
let live = null;

const photo = new PhotoSteps(page, job);
const part = (name) => photo.part(name);
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });
const zoomToExplorer = () => zoomTo(page, "GANExplorer", { scale: job.renderer === "vue" ? 0.72 : 0.95, left: 420, top: 100 });

const state = () =>
  page.evaluate(() => {
    const node = window.app.graph._nodes.find((each) => each.type === "GANExplorer");
    return JSON.parse(node.widgets.find((widget) => widget.name === "state").value || "{}");
  });

/** Wait until nothing is pending and the counters are constant. */
async function rest() {
  await settle(page, 300);
  await page.evaluate(() => (window.latentLeversRest = null));
  await untilRest(page, TIMEOUT);
}

/** Run one step; keep its state, its picture and what the node shows. */
async function act(name, what) {
  step = name;
  await what();
  await rest();
  seen.states[name] = await state();
  seen.modes[name] = await photo.mode();
  if (live) writeFileSync(join(job.out, `${name}.picture`), live);
  await screenshot(`screen_${name}`);
}

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette);
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "photograph");
  await zoomToExplorer();
  await page.route(PICTURES, async (route) => {
    try {
      const response = await route.fetch();
      live = await response.body();
      await route.fulfill({ response, body: live });
    } catch {} // the page has cancelled it
  });
  const { box } = job;
  await act("started", () => part("start").click());
  await act("resized", () => photo.crop(job.corner, [0.5, 0.45]));
  await act("drawn", () => photo.crop([box[0], box[1]], [box[0] + box[2], box[1] + box[3]]));
  await act("moved", async () => {
    const middle = [box[0] + box[2] / 2, box[1] + box[3] / 2];
    await photo.crop(middle, [middle[0] + 0.03, middle[1] - 0.02]);
    await page.keyboard.press("ArrowDown");
  });
  await act("cancelled", async () => {
    await part("find").click();
    await settle(page, 1500);
    seen.said.searching = await page.locator(".ll-photo-words").innerText();
    await screenshot("screen_searching");
    await part("cancel").click();
  });
  await act("found", async () => {
    seen.said.stages = await photo.find();
  });
  seen.said.report = await page.locator(".ll-photo-report").innerText();
  await act("region", () => photo.draw(job.region));
  await act("pulled", () => pullFound(page, 0, "high"));
  await act("inside", () => part("inside").click());
  await act("compared", async () => {
    const button = await part("compare").boundingBox();
    await page.mouse.move(button.x + button.width / 2, button.y + button.height / 2);
    await page.mouse.down();
    await settle(page, 3000);
    writeFileSync(join(job.out, "original.picture"), live);
    await page.mouse.up();
  });
  seen.prompt = await asPrompt(page);
  Object.assign(seen, await run(page));
  await zoomToExplorer();
  await act("drawn in the photo", async () => {
    const { matrix } = (await state()).photo.found;
    await part("clear").click();
    await part("box").click();
    await photo.drawInside([0.3, 0.25], [0.5, 0.75], matrix);
  });
  await act("undone", () => photo.draw(job.region));
  await act("reloaded", async () => {
    await settle(page, 3000); // the page saves its drafts at intervals
    await page.reload();
    await page.waitForFunction(() => document.querySelector(".ll-explorer"));
    await settle(page);
    await zoomToExplorer();
    const ours = troubles.filter((text) => text.includes(job.pack)); // errors while the page starts are not ours
    troubles.splice(0, troubles.length, ...ours);
  });
  await act("cropped again", () => part("recrop").click());
  seen.complaints = await complaints(page);
} catch (error) {
  seen.problem = `${step}: ${error.stack ?? error}`;
  await screenshot("broke_off").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
