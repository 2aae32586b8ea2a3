/**
 * Pictures of nodes in ComfyUI's page: `node node_pictures.mjs job.json` makes `TYPE.png` for each type.
 *
 * A job is as for `browser.mjs`, with `graphs` in place of the steps. A graph has `prompt` (in API format), `run` (whether it
 * is run first) and `types` (of the nodes to picture).
 */

import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { openPage, run, settle, zoomTo } from "./page.mjs";

const MARGIN = 10; // pixels of the page around a node
const TITLE = 30; // pixels of the graph above a node's corner

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);

/** Move all other nodes away, so that the node is alone in its picture. */
const setApart = (type) =>
  page.evaluate((kind) => {
    const { graph } = window.app;
    const node = graph._nodes.find((each) => each.type === kind);
    graph._nodes.forEach((each, i) => (each.pos = [i * 2000, -5000]));
    node.pos = [0, 0];
    node.setDirtyCanvas(true, true);
  }, type);

/** Bounding box of a node on the page. */
const boxOf = (type) =>
  page.evaluate(
    ([kind, title]) => {
      const { canvas, graph } = window.app;
      const { pos, size } = graph._nodes.find((each) => each.type === kind);
      const { ds } = canvas;
      const { left, top } = canvas.canvas.getBoundingClientRect();
      const [x, y] = [left + (pos[0] + ds.offset[0]) * ds.scale, top + (pos[1] - title + ds.offset[1]) * ds.scale];
      return { x, y, width: size[0] * ds.scale, height: (size[1] + title) * ds.scale };
    },
    [type, TITLE],
  );

let problem = "";
try {
  for (const { prompt, run: runs, types } of job.graphs) {
    await page.evaluate((graph) => window.app.loadApiJson(graph, "nodes"), prompt);
    await settle(page);
    if (runs) {
      const seen = await run(page);
      if (seen.end !== "execution_success") throw new Error(`${seen.end}: ${seen.problem}`);
    }
    for (const type of types) {
      await setApart(type);
      await zoomTo(page, type, { scale: 1.25 });
      const box = await boxOf(type);
      const clip = { x: box.x - MARGIN, y: box.y - MARGIN, width: box.width + 2 * MARGIN, height: box.height + 2 * MARGIN };
      await page.screenshot({ path: join(job.out, `${type}.png`), clip });
    }
  }
} catch (error) {
  problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "broke_off.png") }).catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify({ problem, troubles }));
