/**
 * Uses the node GANExplorer with mouse, keys and touch: `node explorer.mjs job.json` writes `seen.json`, and the last picture
 * that the page received to `live.png`.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer), `palette` ("dark" or "light") and `tries` (the
 * number of timings of slider and region) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { timeRegions, timeSlider } from "./explorer_timing.mjs";
import { rest as untilRest } from "./explorer_waits.mjs";
import { asPrompt, complaints, loadWorkflow, openPage, overlaps, run, settle, zoomTo } from "./page.mjs";
import * as pointing from "./pointing.mjs";

const TIMEOUT = 300_000; // milliseconds; CI machines are slow
const PICTURES = "**/latent_levers/explorer/picture";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", states: {}, strips: {}, counts: {}, said: {}, troubles, requests: {}, answers: {} };
let step = "";

page.on("console", (message) => {
  const said = `${message.text()} (${message.location().url})`;
  if (message.type() === "error" && said.includes("latent_levers")) troubles.push(`console: ${said}`);
});
page.on("response", (response) => {
  const kind = response.url().split("/latent_levers/explorer/")[1];
  if (!kind) return;
  seen.requests[kind] = (seen.requests[kind] ?? 0) + 1;
  seen.answers[response.status()] = (seen.answers[response.status()] ?? 0) + 1;
});

const explorer = page.locator(".ll-explorer");
const part = (name) => page.locator(`.ll-explorer [data-does="${name}"]`);
const lever = (index, name) => page.locator(`.ll-lever[data-lever="${index}"] .ll-${name}`);
const pull = (index, name) => pointing.pullFound(page, index, name);
const drag = (...places) => pointing.drag(page, ...places);
const zoomToExplorer = () => zoomTo(page, "GANExplorer", { scale: 0.95, left: 420, top: 100 });
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });
const canvas = () => page.locator(".ll-stage canvas").evaluate((element) => element.toDataURL());

/** The node's state as it is saved and sent. */
const state = () =>
  page.evaluate(() => {
    const node = window.app.graph._nodes.find((each) => each.type === "GANExplorer");
    return JSON.parse(node.widgets.find((widget) => widget.name === "state").value || "{}");
  });

const counts = () => explorer.evaluate((element) => ({ pictures: Number(element.dataset.pictures), levers: Number(element.dataset.levers) }));
const strip = () => page.locator(".ll-pair img").evaluateAll((images) => images.map((image) => image.src));

/** Wait until no request is pending and the counters are constant. */
async function rest() {
  await untilRest(page, TIMEOUT);
}

/** Run one step and record the state after it. */
async function act(name, what, calm = true) {
  step = name;
  await what();
  if (calm) await rest();
  seen.states[name] = await state();
  seen.strips[name] = await strip();
  seen.counts[name] = await counts();
}

/** Drag a slider's thumb to some positions of its track, from -1 to 1. */
async function slide(locator, ...places) {
  const box = await locator.boundingBox();
  const at = (place) => [box.x + box.width / 2 + (place * (box.width - 14)) / 2, box.y + box.height / 2];
  await page.mouse.move(...at(places[0]));
  await page.mouse.down();
  for (const place of places.slice(1)) {
    await page.mouse.move(...at(place), { steps: 4 });
    await page.waitForTimeout(150);
  }
  await page.mouse.up();
}

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette ?? "dark");
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "explorer");
  seen.overlaps = await overlaps(page);
  await zoomToExplorer();
  await act("loaded", async () => {
    seen.said.loaded = await page.locator(".ll-notice").innerText();
    await screenshot("1_not_started");
  }, false);
  await act("started", async () => {
    await page.evaluate(() => {
      const api = window.comfyAPI?.api?.api ?? window.app.api;
      window.latentLeversRan = [];
      api.addEventListener("executed", ({ detail }) => window.latentLeversRan.push(String(detail.node)));
    });
    await part("start").click();
  });
  seen.ran = await page.evaluate(() => window.latentLeversRan);
  seen.said.started = await page.locator(".ll-line").innerText();
  await screenshot("2_started");
  await act("drawn", async () => {
    await part("box").click();
    await drag([0.66, 0.34], [0.8, 0.66]);
    await page.waitForTimeout(600);
    seen.said.measuring = await page.locator(".ll-line").innerText();
    await screenshot("3_measuring");
  });
  seen.said.drawn = await page.locator(".ll-line").innerText();
  await screenshot("4_region");
  const untouched = await canvas();
  await act("pinned", () => pull(0, "high"));
  seen.changed = (await canvas()) !== untouched;
  await act("second", () => pull(2, "low"));
  await screenshot("5_pinned");
  await act("slid", () => slide(lever(0, "slide"), 0.4, 0, -0.4, -0.2, 0.3));
  await act("reset", () => lever(0, "slide").dblclick());
  await act("typed", async () => {
    await lever(0, "figure").fill("-62,5 %");
    await page.keyboard.press("Enter");
  });
  await act("keyed", async () => {
    await lever(0, "slide").focus();
    await page.keyboard.press("ArrowRight");
  });
  await act("named", async () => {
    await lever(0, "name").fill("smile & more");
    await page.keyboard.press("Enter");
  });
  await act("Delete pressed after a name", () => page.keyboard.press("Delete"));
  await act("layers", async () => {
    await part("advanced").click();
    await lever(0, "layers").fill("4-7");
    await page.keyboard.press("Enter");
  });
  await act("no such layers", async () => {
    await lever(0, "layers").fill("4-70");
    await page.keyboard.press("Enter");
    seen.said.layers = await lever(0, "layers").inputValue();
  });
  await act("truncated", () => slide(part("psi"), 0.9, 0.6));
  const edited = await canvas();
  await act("compared", async () => {
    const box = await part("compare").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.waitForTimeout(1500);
    seen.original = (await canvas()) !== edited;
    await screenshot("6_compared");
    await page.mouse.up();
  });
  seen.back = (await canvas()) === edited;
  await act("next image", () => part("next").click());
  await act("Delete pressed", () => page.keyboard.press("Delete"));
  await act("removed", () => lever(1, "remove").click());
  await act("undone", async () => {
    await page.mouse.click(20, 450); // away from the widget
    await page.locator("body").press("Control+z");
    await page.waitForTimeout(2500);
  });
  seen.asked = await part("start").isVisible();
  seen.rows = await page.locator(".ll-lever").count();
  await act("touched", async () => {
    await part("clear").click();
    await pointing.pressTool(page, "ellipse");
    await pointing.touch(page, [[0.4, 0.25], [0.45, 0.5], [0.55, 0.75]]);
  });
  await screenshot("7_everything");
  let live = null;
  await page.route(PICTURES, async (route) => {
    const response = await route.fetch();
    live = await response.body();
    await route.fulfill({ response, body: live });
  });
  await act("saved", async () => {
    const saved = await page.evaluate(() => window.app.graph.serialize());
    seen.saved = saved.nodes.find((node) => node.type === "GANExplorer").widgets_values;
    await page.evaluate(async (graph) => window.app.loadGraphData(graph, true, true, "again"), saved);
    await settle(page);
    await zoomToExplorer();
  });
  writeFileSync(join(job.out, "live.png"), live);
  await page.unroute(PICTURES);
  seen.prompt = await asPrompt(page);
  Object.assign(seen, await run(page));
  await zoomToExplorer();
  await act("run", () => screenshot("8_after_a_run"));
  await act("timed", async () => {
    seen.slider = await timeSlider(page, job.tries);
    seen.regions = await timeRegions(page, job.tries);
  });
  seen.session = await page.evaluate(() => Object.values(JSON.parse(sessionStorage.getItem("latent_levers.explorers")))[0]);
  seen.client = await page.evaluate(() => (window.comfyAPI?.api?.api ?? window.app.api).clientId);
  await act("reloaded", async () => {
    await page.waitForTimeout(3000); // the page saves its drafts at intervals
    await page.reload();
    await page.waitForFunction(() => document.querySelector(".ll-explorer"));
    await settle(page);
    const ours = troubles.filter((said) => said.includes(job.pack)); // errors while the page starts are not ours
    troubles.splice(0, troubles.length, ...ours);
  });
  seen.complaints = await complaints(page);
  await screenshot("9_reloaded");
} catch (error) {
  seen.problem = `${step}: ${error.stack ?? error}`;
  await screenshot("broke_off").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
