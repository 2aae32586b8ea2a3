/**
 * Undo, copies, zoom, resizing, links and subgraphs of a node RegionMask in ComfyUI's page: `node region_life.mjs job.json`
 * writes `seen.json`.
 *
 * The job is as for `region.mjs`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { asPrompt, complaints, loadWorkflow, openPage, run, settle } from "./page.mjs";
import { recorder, regionOn } from "./region_page.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const { colour, zoomTo, drag, part, press, text, tool } = regionOn(page);
const record = recorder(page, text);
const { act, seen } = record;
seen.troubles = troubles;

const picture = (name) => page.screenshot({ path: join(job.out, `life_${name}.png`) });
const shown = () => page.locator(".ll-region:visible textarea").inputValue();
const said = () => page.locator(".ll-region:visible .ll-said").innerText();
const sides = async () => {
  const { width, height } = await page.locator(".ll-region:visible .ll-stage canvas").boundingBox();
  return [Math.round(height), Math.round(width)];
};

/** Run a function of the node, the application and `given` in the page. */
const onNode = (what, given) =>
  page.evaluate(
    ([source, given]) => {
      const node = window.app.canvas.graph._nodes.find((each) => each.type === "RegionMask");
      return new Function("node", "app", "given", `return (${source})(node, app, given)`)(node, window.app, given);
    },
    [what.toString(), given],
  );

/** Drag the node's lower right corner. */
async function pullCorner(right, down) {
  const [x, y] = await onNode((node, app) => {
    const drawn = document.querySelector(`[data-node-id="${node.id}"]`)?.getBoundingClientRect(); // in the Vue renderer
    if (drawn) return [drawn.right - 4, drawn.bottom - 4];
    const { ds, canvas } = app.canvas;
    const { left, top } = canvas.getBoundingClientRect();
    return [0, 1].map((i) => [left, top][i] + (node.pos[i] + node.size[i] + ds.offset[i]) * ds.scale - 4);
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + right, y + down, { steps: 8 });
  await page.mouse.up();
}

/** Take the focus off the widget, so that the page handles keys. */
const leave = () => page.evaluate(() => document.activeElement?.blur());
const steps = () => page.evaluate(() => window.app.extensionManager.workflow.activeWorkflow.changeTracker.undoQueue.length);

/** Run an action and wait until the page has added it to its undo history. */
async function undoable(what) {
  const before = await steps();
  await what();
  for (const deadline = Date.now() + 20_000; (await steps()) === before && Date.now() < deadline; ) await settle(page, 100);
  await settle(page, 700); // for further steps
}

/** Run an action and wait until the node's text has changed; a page that is busy takes its time. */
async function changing(what) {
  const before = await text().catch(() => "");
  await what();
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await settle(page, 100)) {
    if ((await text().catch(() => before)) !== before) break; // the node is away while the page loads the graph
  }
  await settle(page, 1500);
}

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette ?? "dark");
  await loadWorkflow(page, JSON.parse(readFileSync(job.file, "utf8")), "life");
  await zoomTo();

  await act("drawn", () => undoable(() => drag([0.1, 0.1], [0.3, 0.4])));
  await act("page undid", async () => {
    await leave();
    await changing(() => press("Control+z"));
  });
  seen.shownAfterUndo = await shown();
  await act("page redid", async () => {
    await changing(() => press("Control+y"));
  });
  seen.shownAfterRedo = await shown();

  await zoomTo();
  await act("nudged often", async () => {
    const before = await steps();
    await part("select").click();
    await drag([0.2, 0.2], [0.2, 0.2]);
    await undoable(() => page.evaluate(() => {
      const [keys, feather] = [".ll-keys", 'input[data-does="feather"]'].map((name) => document.querySelector(`.ll-region ${name}`));
      for (let i = 0; i < 10; i++) keys.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
      for (const value of [0.02, 0.04, 0.06]) {
        feather.value = String(value);
        feather.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }));
    seen.steps = (await steps()) - before;
  });
  await act("slider undone", async () => {
    await page.locator('.ll-region input[data-does="feather"]').focus();
    await undoable(() => press("Control+z"));
  });

  await act("copied", async () => {
    seen.copies = await onNode((node, app) => {
      app.canvas.deselectAll?.();
      app.canvas.selectNode(node);
      app.canvas.copyToClipboard();
      app.canvas.pasteFromClipboard();
      const [own, copy] = app.canvas.graph._nodes.filter((each) => each.type === "RegionMask");
      const texts = () => [own, copy].map((each) => each.widgets.find((widget) => widget.name === "shapes").value);
      const before = texts();
      copy.widgets.find((widget) => widget.name === "shapes").value = '[{"preset": "nose"}]';
      const after = texts();
      app.canvas.graph.remove(copy);
      return { before, after };
    });
    await settle(page, 1000);
  });

  seen.zooms = {};
  for (const zoom of [0.45, 2]) {
    await zoomTo(zoom);
    await act(`zoom ${zoom}`, async () => {
      await part("clear").click();
      await part("box").click();
      await drag([0.25, 0.25], [0.5, 0.375]);
    });
    await picture(`zoom_${zoom}`);
  }
  await zoomTo();
  await act("wheel", async () => {
    const scale = () => page.evaluate(() => window.app.canvas.ds.scale);
    const before = await scale();
    await page.mouse.move(...(await regionOn(page).at([0.5, 0.5])));
    await page.mouse.wheel(0, -240);
    await settle(page, 700);
    seen.zoomed = (await scale()) / before;
  });

  await zoomTo(0.6);
  seen.sides = { before: await sides() };
  for (const [name, by] of Object.entries({ larger: [150, 170], narrow: [-190, -170] })) {
    await act(name, async () => {
      await pullCorner(...by);
      await settle(page, 1200);
      seen.sides[name] = await sides();
    });
    await picture(name);
  }
  await act("drawn when narrow", () => drag([0.5, 0.5], [0.75, 0.75]));
  await act("from a small node", async () => {
    await onNode((node, app) => {
      const saved = app.graph.serialize();
      saved.nodes.find((each) => each.type === "RegionMask").size = [100, 100];
      return app.loadGraphData(saved, true, true, "life");
    });
    await settle(page, 2500);
    await zoomTo(0.9);
    seen.sides.small = await sides();
  });
  await picture("from_a_small_node");

  await act("linked", async () => {
    await onNode((node, app) => {
      const source = window.LiteGraph.createNode("PrimitiveStringMultiline");
      app.canvas.graph.add(source);
      source.pos = [node.pos[0] - 300, node.pos[1] + 420];
      source.widgets[0].value = "nose";
      source.connect(0, node, "shapes");
    });
    await settle(page, 1500);
    seen.saidLinked = await said();
    const prompt = await asPrompt(page);
    seen.linked = Object.values(prompt).find((node) => node.class_type === "RegionMask").inputs.shapes;
  });
  await picture("linked");
  await act("unlinked", async () => {
    await onNode((node, app) => {
      const source = app.canvas.graph._nodes.find((each) => each.type === "PrimitiveStringMultiline");
      app.canvas.graph.remove(source);
    });
    await settle(page, 1000);
    seen.saidUnlinked = await said();
  });

  await act("collapsed", async () => {
    await onNode((node, app) => (node.collapse(), app.canvas.setDirty(true, true)));
    await settle(page, 1200);
    seen.visible = [await page.locator(".ll-region").isVisible()];
    await onNode((node, app) => (node.collapse(), app.canvas.setDirty(true, true)));
    await settle(page, 1200);
    seen.visible.push(await page.locator(".ll-region").isVisible());
  });

  // Nodes of the same id inside the subgraph and outside.
  await act("in a subgraph", async () => {
    await onNode((node, app) => {
      const { graph } = app.canvas;
      const { subgraph } = graph.convertToSubgraph(new Set([node]));
      const other = window.LiteGraph.createNode("RegionMask");
      other.id = node.id;
      graph.add(other);
      other.pos = [node.pos[0], node.pos[1] + 1400];
      app.canvas.setGraph(subgraph);
    });
    await settle(page, 1500);
    await zoomTo();
    await part("clear").click();
    await tool("ellipse");
    await drag([0.25, 0.25], [0.75, 0.75]);
  });
  await picture("subgraph");
  Object.assign(seen, await run(page));
  await settle(page, 1500);
  seen.pictured = await colour([0.5, 0.5]);
  seen.saidPictured = await said();
  await picture("subgraph_after_a_run");
  await act("outside again", async () => {
    await page.evaluate(() => window.app.canvas.setGraph(window.app.rootGraph ?? window.app.graph));
    await settle(page, 1500);
    seen.numbers = await page.evaluate(() => window.app.canvas.graph._nodes.filter((each) => each.type === "RegionMask").map((each) => each.id));
    await zoomTo();
    await part("clear").click();
    await part("box").click();
    await drag([0.5, 0.5], [0.75, 0.75]);
    seen.shownOutside = await shown();
  });
  seen.complaints = await complaints(page);
} catch (error) {
  seen.problem = `${record.step}: ${error.stack ?? error}`;
  await picture("broke_off").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
