/**
 * Draws on the node RegionMask with mouse, keys and touch: `node region.mjs job.json` writes `seen.json`.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one RegionMask) and `palette` ("dark" or "light") in place
 * of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { asPrompt, complaints, loadWorkflow, openPage, overlaps, run, settle } from "./page.mjs";
import { recorder, regionOn } from "./region_page.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const { at, colour, zoomTo, drag, part, press, text, tool, touch } = regionOn(page);
const record = recorder(page, text);
const { act, seen } = record;
seen.troubles = troubles;

const picture = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });
const circle = Array.from({ length: 25 }, (_, i) => (i * Math.PI) / 12).map((angle) => [0.5 + 0.2 * Math.sin(angle), 0.25 + 0.12 * Math.cos(angle)]);

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette ?? "dark");
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "region");
  seen.overlaps = await overlaps(page);
  await zoomTo(); // a pixel of the page is a small part of the picture
  await act("loaded", () => picture("1_loaded"));
  await act("cleared", () => part("clear").click());
  await act("box", async () => {
    await part("box").click();
    await drag([0.6, 0.3], [0.8, 0.7]);
  });
  await act("ellipse", async () => {
    await tool("ellipse");
    await drag([0.1, 0.2], [0.4, 0.8]);
  });
  await act("cut", async () => {
    await tool("subtract");
    await part("box").click();
    await drag([0.2, 0.4], [0.3, 0.6]);
  });
  await picture("2_drawn");
  await act("undone", () => press("Control+z"));
  await act("redone", () => press("Control+Shift+Z"));
  await act("nudged", async () => {
    await part("select").click();
    await page.mouse.click(...(await at([0.25, 0.5])));
    await press("ArrowRight", "ArrowRight", "Shift+ArrowDown");
  });
  await picture("3_nudged");
  await act("resized", () => press("Control+ArrowRight"));
  await act("moved", () => drag([0.7, 0.5], [0.75, 0.5]));
  await act("stretched", async () => {
    const [top, left, height, width] = JSON.parse(await text())[0].box;
    await drag([top + height, left + width], [top + height, left + width - 0.1]);
  });
  await act("deleted", () => press("Delete"));
  await act("free", async () => {
    await tool("add");
    await tool("polygon");
    await drag(...circle);
  });
  await act("brushed", async () => {
    await part("stroke").click();
    await drag([0.9, 0.2], [0.85, 0.5], [0.9, 0.8]);
  });
  await act("soft", async () => {
    await page.locator('.ll-region input[data-does="feather"]').fill("0.05");
  });
  await act("named", () => part("nose").click());
  await picture("4_all_kinds");
  await act("saved", async () => {
    const saved = await page.evaluate(() => window.app.graph.serialize());
    seen.saved = saved.nodes.find((node) => node.type === "RegionMask").widgets_values;
    await page.evaluate(async (graph) => window.app.loadGraphData(graph, true, true, "again"), saved);
    await settle(page);
    await zoomTo();
  });
  seen.shown = await page.locator(".ll-region textarea").inputValue();
  seen.prompt = await asPrompt(page);
  Object.assign(seen, await run(page));
  await zoomTo();
  await picture("5_after_a_run");
  await act("unreadable", async () => {
    await page.evaluate(() => {
      window.app.graph._nodes.find((node) => node.type === "RegionMask").widgets[0].value = '[{"box": [0.1, ';
    });
    await settle(page, 300);
    seen.said = await page.locator(".ll-region .ll-said").innerText();
    seen.readable = await page.locator(".ll-region textarea").isVisible();
  });
  await picture("6_unreadable");
  await act("typed", async () => {
    await page.locator(".ll-region textarea").fill('[{"circle": [1, 2], "who": "me"},\n {"preset": "mouth"}]');
  });
  await act("kept", async () => {
    await part("box").click();
    await drag([0.05, 0.05], [0.15, 0.25]);
  });
  seen.remark = await page.locator(".ll-region .ll-said").innerText();
  await act("nothing more", () => picture("7_not_understood"));
  await act("new", async () => {
    await page.evaluate(() => {
      const { graph } = window.app;
      graph.clear();
      const [picture, region] = ["LoadImage", "RegionMask"].map((type) => window.LiteGraph.createNode(type));
      graph.add(picture);
      graph.add(region);
      [picture.pos, region.pos] = [[0, 0], [500, 0]];
    });
    await zoomTo();
  });
  await act("picture", async () => {
    await part("clear").click();
    seen.grid = [await colour([0.5, 0.5]), await colour([0.05, 0.05])];
    await page.evaluate(() => {
      const [picture, region] = ["LoadImage", "RegionMask"].map((type) => window.app.graph._nodes.find((node) => node.type === type));
      // Other tests put pictures into the folder, and the node takes the first of them.
      const widget = picture.widgets.find((one) => one.name === "image");
      widget.value = "example.png";
      widget.callback?.(widget.value);
      picture.connect(0, region, "image");
    });
    for (let tries = 0; tries < 30; tries++) {
      await page.waitForTimeout(500);
      seen.picture = [await colour([0.5, 0.5]), await colour([0.05, 0.05])];
      if (seen.picture[0] < 20 && seen.picture[1] > 200) break;
    }
  });
  await act("touched", async () => {
    await tool("ellipse");
    await touch([[0.3, 0.3], [0.4, 0.5], [0.7, 0.6]]);
  });
  await act("pinched", () => touch([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]], [0.8, 0.8]));
  await act("picture drawn", () => picture("8_connected_picture"));
  seen.complaints = await complaints(page);
} catch (error) {
  seen.problem = `${record.step}: ${error.stack ?? error}`;
  await picture("broke_off").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
