/**
 * Pictures of a lone GANExplorer in several states and sizes: `node explorer_sizes.mjs job.json` makes `empty.png`, a picture of
 * each size such as `680x760.png`, and `masked.png`, in which a connected mask is drawn as an outline.
 *
 * A job is as for `browser.mjs`, with `palette`, `locale`, `sizes` (width and height of the node) and `mask` (text of
 * RegionMask's shapes) in place of the steps. The first of the sizes is also that of the states.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { rest } from "./explorer_waits.mjs";
import { loadWorkflow, openPage, settle, zoomTo } from "./page.mjs";

const TIMEOUT = 120_000;
const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);

const setting = (name, value) =>
  page.evaluate(([key, given]) => window.app.extensionManager.setting.set(key, given), [name, value]);
const part = (name) => page.locator(`.ll-explorer [data-does="${name}"]`);
const shown = () => zoomTo(page, "GANExplorer", { scale: 1, left: 110, top: 100 });

async function picture(name) {
  await page.mouse.move(job.width - 4, job.height - 4);
  await settle(page, 600);
  await page.locator(".ll-explorer").screenshot({ path: join(job.out, `${name}.png`) });
}

/** Start the explorer where it has to, also after its inputs changed. */
async function live() {
  for (const name of ["start", "refresh"]) if (await part(name).first().isVisible()) await part(name).first().click();
  await rest(page, TIMEOUT);
}

/** The saved node, as if a workflow had it at a size. */
async function atSize(size) {
  const graph = await page.evaluate(() => window.app.graph.serialize());
  graph.nodes.find((node) => node.type === "GANExplorer").size = size;
  await loadWorkflow(page, graph, size.join("x"));
  await shown();
}

let problem = "";
try {
  await setting("Comfy.ColorPalette", job.palette);
  await setting("Comfy.Locale", job.locale);
  await page.reload();
  await page.waitForFunction(() => window.app?.graph && window.app?.canvas && window.app.vueAppReady !== false);
  await settle(page);
  troubles.length = 0; // errors while the page starts are not ours
  await page.evaluate(() => {
    const { app, LiteGraph } = window;
    app.graph.clear();
    app.graph.add(LiteGraph.createNode("GANExplorer"));
  });
  await settle(page, 1500);
  await atSize(job.sizes[0]);
  await picture("empty");
  await part("start").click();
  await rest(page, TIMEOUT);
  await part("mouth").click();
  await rest(page, TIMEOUT);
  for (const [index, end] of [[0, "high"], [1, "low"]]) {
    await page.locator(`.ll-cell[data-found="${index}"] [data-end="${end}"]`).click();
  }
  for (const size of job.sizes) {
    await atSize(size);
    await live();
    await picture(size.join("x"));
  }
  await page.evaluate((shapes) => {
    const { app, LiteGraph } = window;
    const mask = LiteGraph.createNode("RegionMask");
    app.graph.add(mask);
    mask.pos = [-4000, -4000];
    mask.widgets.find(({ name }) => name === "shapes").value = shapes;
    const explorer = app.graph._nodes.find((node) => node.type === "GANExplorer");
    const input = explorer.inputs.findIndex(({ name }) => name === "mask");
    mask.connect(mask.outputs.findIndex(({ type }) => type === "MASK"), explorer, input);
  }, job.mask);
  await settle(page, 1500);
  await atSize(job.sizes[0]);
  await live();
  await picture("masked");
} catch (error) {
  problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "broke_off.png") }).catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify({ problem, troubles }));
