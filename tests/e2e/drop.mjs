/**
 * Drops pictures on ComfyUI's page and runs what opens: `node drop.mjs job.json` writes `seen.json`.
 *
 * A job is as for `browser.mjs`, with `pictures` in place of the steps: for each its `name` and `file`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { asPrompt, complaints, frameGraph, openPage, overlaps, run, settle } from "./page.mjs";

/** Drop a file on the graph, as a user drags it from a folder. */
async function drop(page, file) {
  const data = readFileSync(file).toString("base64");
  const carried = await page.evaluateHandle(
    ([content, name]) => {
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: "image/png" }));
      return transfer;
    },
    [data, basename(file)],
  );
  const where = { clientX: 800, clientY: 450, dataTransfer: carried };
  await page.dispatchEvent("#graph-canvas", "dragover", where);
  await page.dispatchEvent("#graph-canvas", "drop", where);
  await settle(page);
}

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const results = {};
try {
  for (const { name, file } of job.pictures) {
    troubles.length = 0;
    const seen = { end: "", problem: "", outputs: {}, overlaps: [] };
    try {
      await page.evaluate(() => window.app.graph.clear());
      await drop(page, file);
      seen.prompt = await asPrompt(page);
      seen.said = await complaints(page);
      Object.assign(seen, await run(page));
      seen.complaints = await complaints(page);
      await frameGraph(page);
      seen.overlaps = await overlaps(page);
      await page.screenshot({ path: join(job.out, `${name}.png`) });
    } catch (error) {
      seen.end = "broke off";
      seen.problem = String(error.stack ?? error);
      await page.screenshot({ path: join(job.out, `${name}.png`) }).catch(() => {});
    }
    results[name] = { ...seen, troubles: [...troubles] };
  }
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(results, null, 1));
