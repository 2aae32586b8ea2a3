/**
 * Pictures of GANExplorer in use: `node explorer_picture.mjs job.json` makes `page.png`, and of the node alone `not_started.png`,
 * `started.png`, `region.png`, `pinned.png` and, after a run, `node.png`.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer), `palette` ("dark" or "light"), `region` (two
 * corners), and `pulls`: for each lever to pin its index, its strength as a fraction of its range (-1 to 1), and its name.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { calm as untilCalm } from "./explorer_waits.mjs";
import { frameGraph, loadWorkflow, openPage, run, settle, zoomTo } from "./page.mjs";
import { drag, pullFound } from "./pointing.mjs";

const TIMEOUT = 300_000;

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);

const calm = () =>
  untilCalm(page, TIMEOUT);

const picture = (name) => page.locator(".ll-explorer").screenshot({ path: join(job.out, `${name}.png`) });

let problem = "";
try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette ?? "dark");
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "01 Pull live sliders on a face");
  await zoomTo(page, "GANExplorer", { scale: 0.86, left: 420, top: 95 });
  await picture("not_started");
  await page.locator('.ll-explorer [data-does="start"]').click();
  await calm();
  await picture("started");
  await page.locator('.ll-explorer [data-does="box"]').click();
  await drag(page, ...job.region);
  await settle(page, 1000);
  await calm();
  await picture("region");
  for (const [index, [found, pull, name]] of job.pulls.entries()) {
    await pullFound(page, found, pull < 0 ? "low" : "high");
    const figure = page.locator(`.ll-lever[data-lever="${index}"] .ll-figure`);
    await figure.fill(String(100 * pull));
    await figure.press("Enter");
    const field = page.locator(`.ll-lever[data-lever="${index}"] .ll-name`);
    await field.fill(name);
    await field.press("Enter");
  }
  await settle(page, 1500);
  await picture("pinned");
  const seen = await run(page);
  if (seen.end !== "execution_success") throw new Error(`${seen.end}: ${seen.problem}`);
  await page.mouse.move(5, 500);
  await calm();
  await zoomTo(page, "GANExplorer", { scale: 0.86, left: 420, top: 95 });
  await picture("node");
  await frameGraph(page);
  await settle(page, 8000); // the page's notice of the finished job disappears
  await page.screenshot({ path: join(job.out, "page.png") });
} catch (error) {
  problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "broke_off.png") }).catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify({ problem, troubles }));
