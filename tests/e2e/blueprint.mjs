/**
 * Places our blueprint as a user does, connects and runs it: `node blueprint.mjs job.json` writes `seen.json`.
 *
 * A job is as for `browser.mjs`, with `blueprint` (its name) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { asPrompt, complaints, frameGraph, openPage, run, settle } from "./page.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const seen = { problem: "", troubles };
const picture = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });
try {
  await page.evaluate(() => window.app.graph.clear());
  const places = [".p-autocomplete", ".comfy-vue-node-search-container", "[data-testid*=node-search]", "[role=dialog]"];
  const box = page.locator(places.map((place) => `${place} input:visible`).join(", ")).first();
  // A busy page may miss a double click.
  for (let i = 0; i < 6 && !(await box.isVisible()); i++) {
    await page.mouse.dblclick(700, 450);
    await box.waitFor({ timeout: 5000 }).catch(() => {});
  }
  await box.fill(job.blueprint);
  await settle(page);
  await picture("search");
  await page.keyboard.press("Enter");
  await settle(page);
  // In newer pages the block follows the mouse until a click.
  const hanging = await page.evaluate(() => Boolean(window.app.graph._nodes[0]?.flags?.ghost));
  if (hanging) await page.mouse.click(600, 300);
  await settle(page, 500);
  seen.block = await page.evaluate(() => {
    const { graph } = window.app;
    const [node] = graph._nodes;
    const render = window.LiteGraph.createNode("GANRender");
    graph.add(render);
    render.pos = [node.pos[0] + node.size[0] + 60, node.pos[1]];
    const output = (name) => node.outputs.findIndex((each) => each.name === name);
    node.connect(output("gan"), render, "gan");
    node.connect(output("latents"), render, "latents");
    return {
      count: graph._nodes.length,
      title: node.title,
      isBlock: node.isSubgraphNode?.() ?? false,
      outputs: node.outputs.map((each) => each.name),
      widgets: (node.widgets ?? []).map((widget) => widget.name),
      inner: node.subgraph?.nodes.map((each) => each.type).sort() ?? [],
    };
  });
  await frameGraph(page);
  await picture("placed");
  await page.locator('.ll-region [data-does="nose"]').first().click(); // chosen on the block, stored in the node inside
  await settle(page, 500);
  seen.prompt = await asPrompt(page);
  Object.assign(seen, await run(page));
  seen.complaints = await complaints(page);
  await frameGraph(page);
  await picture("ran");
} catch (error) {
  seen.problem = String(error.stack ?? error);
  await picture("broke").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
