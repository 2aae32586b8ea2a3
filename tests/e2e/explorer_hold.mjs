/**
 * Uses the switch "Hold the rest" of GANExplorer: `node explorer_hold.mjs job.json` writes `seen.json`, the last picture that
 * the page received at each moment, and screenshots.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer), `palette`, `region` (shapes) and `tries` (times
 * that a slider is timed) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { timeSlider } from "./explorer_timing.mjs";
import { rest as untilRest } from "./explorer_waits.mjs";
import { pullFound } from "./pointing.mjs";
import { asPrompt, complaints, loadWorkflow, openPage, run, settle, zoomTo } from "./page.mjs";

const TIMEOUT = 300_000; // milliseconds; CI machines are slow
const PICTURES = "**/latent_levers/explorer/picture";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", states: {}, said: {}, remarks: {}, counts: {}, troubles };
let step = "";
let live = null;
let waiting = 0;

const part = (name) => page.locator(`.ll-explorer [data-does="${name}"]`);
const lever = (index, name) => page.locator(`.ll-lever[data-lever="${index}"] .ll-${name}`);
const remark = () => page.locator(".ll-hold .ll-words").innerText();
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });
const line = () => page.locator(".ll-line").innerText();

const state = () =>
  page.evaluate(() => {
    const node = window.app.graph._nodes.find((each) => each.type === "GANExplorer");
    return JSON.parse(node.widgets.find((widget) => widget.name === "state").value || "{}");
  });

/** Wait until no request is pending and the counters are constant. */
async function rest() {
  await settle(page, 300); // a click has been followed by its request
  while (waiting) await settle(page, 50);
  await page.evaluate(() => (window.latentLeversRest = null));
  await untilRest(page, TIMEOUT);
}

/** Run one step; keep its state, its picture and what the page says. */
async function act(name, what) {
  step = name;
  await what();
  await rest();
  seen.states[name] = await state();
  seen.remarks[name] = await remark();
  seen.counts[name] = await page.locator(".ll-explorer").evaluate(({ dataset }) => Number(dataset.pictures));
  writeFileSync(join(job.out, `${name}.png`), live);
}

/** Draw the region of the job as text. */
const drawn = (shapes) =>
  page.locator(".ll-explorer textarea").evaluate((field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }, JSON.stringify(shapes));

/** Move a slider to some places, from -1 to 1, one after the other. */
const slide = (...places) =>
  lever(0, "slide").evaluate(async (slider, places) => {
    for (const place of places) {
      slider.value = String(place * Number(slider.max));
      slider.dispatchEvent(new Event("input"));
      await new Promise((go) => setTimeout(go, 500)); // machines of tests are slow
    }
  }, places);

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette);
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "holding");
  await zoomTo(page, "GANExplorer", { scale: 0.95, left: 420, top: 100 });
  await page.route(PICTURES, async (route) => {
    waiting += 1;
    try {
      const response = await route.fetch();
      live = await response.body();
      await route.fulfill({ response, body: live });
    } catch {} // the page has cancelled it
    waiting -= 1;
  });
  await act("started", () => part("start").click());
  await act("region", () => drawn(job.region));
  await act("plain", () => pullFound(page, 0, "high"));
  // Another page may have left the Jacobian in memory; without it the page shows its progress.
  await page.evaluate(() => {
    const api = window.comfyAPI?.api?.api ?? window.app.api;
    const body = JSON.stringify({ unload_models: true });
    return api.fetchApi("/free", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  });
  await settle(page);
  await act("held", async () => {
    await part("hold").click();
    const said = [];
    for (let i = 0; i < 12; i++) {
      said.push(await line());
      if (i === 4) await screenshot("screen_waiting");
      await settle(page, 100);
    }
    seen.said.waiting = said;
  });
  await screenshot("screen_held");
  await act("slid", () => slide(0.2, 0.3, -0.1, -0.3, 0.4, 0.5));
  await act("pulled again", async () => {
    await lever(0, "figure").fill("100"); // as a click on its end
    await page.keyboard.press("Enter");
  });
  seen.prompt = await asPrompt(page);
  Object.assign(seen, await run(page));
  await act("after a run", () => settle(page, 500));
  await act("not held", () => part("hold").click());
  await act("held again", () => part("hold").click());
  await act("global lever", async () => {
    await drawn([]);
    await rest();
    await pullFound(page, 1, "high");
  });
  await screenshot("screen_global");
  await act("narrow", () =>
    page.evaluate(() => {
      const node = window.app.graph._nodes.find((each) => each.type === "GANExplorer");
      node.setSize([430, 1000]);
      window.app.graph.setDirtyCanvas(true, true);
    }),
  );
  await screenshot("screen_narrow");
  await act("alone", () => lever(1, "remove").click());
  seen.times = await timeSlider(page, job.tries);
  seen.complaints = await complaints(page);
} catch (error) {
  seen.problem = `${step}: ${error.stack ?? error}`;
  await screenshot("broke_off").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
