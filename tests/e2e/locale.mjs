/**
 * Opens ComfyUI's page in another language: `node locale.mjs job.json` writes `seen.json`.
 *
 * A job is as for `browser.mjs`, with `locale` and `file` (a workflow) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { complaints, frameGraph, loadWorkflow, openPage, run, settle, zoomTo } from "./page.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const warnings = [];
page.on("console", (message) => {
  if (/intlify|i18n|compil/i.test(message.text())) warnings.push(message.text());
});
const seen = { problem: "", troubles, warnings, nodes: {}, definitions: {} };
/** Open a node's help page as a user does: select the node, press the button above it. */
async function help(type) {
  await zoomTo(page, type, { scale: 0.8 });
  await page.evaluate((kind) => {
    const { canvas, graph } = window.app;
    canvas.selectNode(graph._nodes.find((node) => node.type === kind));
    canvas.setDirty(true, true);
  }, type);
  await page.locator('[data-testid="info-button"]').first().click({ timeout: 30_000 });
  const picture = page.locator(`img[src*="docs/images/${type}.jpg"]`).first();
  await picture.waitFor({ timeout: 30_000 });
  await settle(page);
  await page.screenshot({ path: join(job.out, "help.png") });
  return picture.evaluate((image) => ({
    width: image.naturalWidth,
    title: image.closest("div").querySelector("h1")?.textContent ?? "",
  }));
}

try {
  await page.evaluate((locale) => window.app.extensionManager.setting.set("Comfy.Locale", locale), job.locale);
  await settle(page);
  await page.reload();
  await page.waitForFunction(() => window.app?.graph && window.app?.canvas && window.app.vueAppReady !== false, null, { timeout: 120_000 });
  await settle(page);
  troubles.length = 0;
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "locale");
  Object.assign(seen, await run(page));
  seen.complaints = await complaints(page);
  seen.nodes = await page.evaluate(() =>
    Object.fromEntries(
      window.app.graph._nodes.map((node) => [
        node.type,
        {
          title: node.title,
          category: node.constructor.nodeData?.category ?? "",
          description: node.constructor.nodeData?.description ?? "",
          inputs: (node.inputs ?? []).map((input) => input.localized_name ?? input.name),
          outputs: (node.outputs ?? []).map((output) => output.localized_name ?? output.name),
          widgets: (node.widgets ?? []).map((widget) => widget.label ?? widget.name),
          words: (node.widgets ?? []).map((widget) => widget.element?.innerText ?? "").filter(Boolean),
        },
      ]),
    ),
  );
  await frameGraph(page);
  await page.screenshot({ path: join(job.out, "locale.png") });
  seen.help = await help("RegionMask");
  // New nodes, since loaded ones keep the titles with which they were saved.
  seen.fresh = await page.evaluate(async () => {
    const types = window.LiteGraph.registered_node_types;
    const ours = Object.values(types).filter((type) => /LatentLevers/.test(type.nodeData?.python_module ?? ""));
    return Object.fromEntries(
      ours.map((type) => {
        const node = window.LiteGraph.createNode(type.type);
        return [
          type.type,
          {
            title: node.title,
            description: type.nodeData.description,
            inputs: (node.inputs ?? []).map((input) => input.localized_name ?? input.name),
            outputs: (node.outputs ?? []).map((output) => output.localized_name ?? output.name),
            widgets: (node.widgets ?? []).map((widget) => widget.label ?? widget.name),
          },
        ];
      }),
    );
  });
  seen.troubles = [...troubles];
} catch (error) {
  seen.problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "locale.png") }).catch(() => {});
} finally {
  // The server stores the setting: the next page would be in this language as well.
  await page.evaluate(() => window.app.extensionManager.setting.set("Comfy.Locale", "en")).catch(() => {});
  await settle(page);
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
