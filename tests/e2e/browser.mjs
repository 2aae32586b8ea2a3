/**
 * Runs the steps of a job in ComfyUI's page: `node browser.mjs job.json` writes `seen.json`.
 *
 * A job has `url`, `executable` (the browser), `out` (a folder), `pack` (name of the pack's folder), optionally `renderer`
 * ("classic" or "vue"), `width`, `height`, `patience` (milliseconds before a screenshot), and `steps`. A step has
 *
 * - `name`: of the step and of its screenshot,
 * - `file`: a workflow to load; or `template`: name of one of ours, which is opened from the templates browser,
 * - `run`: whether Run is pressed,
 * - `part`: optionally the type of a `node` and the selector of an `element` of its widget, for a second, closer screenshot.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { asPrompt, chooseTemplate, complaints, frameGraph, loadWorkflow, openPage, overlaps, run, settle, zoomTo } from "./page.mjs";

/** Run one step. */
async function doStep(job, step, page) {
  const seen = { name: step.name, end: "", problem: "", outputs: {}, overlaps: [] };
  if (step.template) seen.thumbnail = await chooseTemplate(page, job.pack, step.template);
  else await loadWorkflow(page, JSON.parse(readFileSync(step.file, "utf8")), step.name);
  seen.prompt = await asPrompt(page);
  if (step.run) Object.assign(seen, await run(page));
  seen.complaints = await complaints(page);
  await frameGraph(page);
  if (job.patience) await settle(page, job.patience);
  seen.overlaps = await overlaps(page);
  await page.screenshot({ path: join(job.out, `${step.name}.png`) });
  if (step.part) await pictureOf(step.part, join(job.out, `${step.name}_part.png`), page);
  return seen;
}

/** A screenshot of a widget after zooming to its node. */
async function pictureOf({ node, element }, path, page) {
  await zoomTo(page, node);
  await page.locator(element).first().screenshot({ path });
}

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const results = {};
let opened = null;
try {
  for (const step of job.steps) {
    opened ??= await openPage(job);
    opened.troubles.length = 0;
    let seen;
    try {
      seen = await doStep(job, step, opened.page);
    } catch (error) {
      await opened.page.screenshot({ path: join(job.out, `${step.name}.png`) }).catch(() => {});
      seen = { name: step.name, end: "broke off", problem: String(error.stack ?? error), complaints: [], overlaps: [] };
    }
    seen.troubles = [...opened.troubles];
    results[step.name] = seen;
    if (seen.complaints.length > 0 || seen.end === "broke off") {
      await opened.browser.close(); // the next step starts in a new page, without these errors
      opened = null;
    }
  }
} finally {
  await opened?.browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(results, null, 1));
