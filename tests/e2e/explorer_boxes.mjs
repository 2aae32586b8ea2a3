/**
 * Boxes of the parts of a lone GANExplorer at several sizes of its node: `node explorer_boxes.mjs job.json` writes `seen.json`,
 * and a screenshot of each size.
 *
 * A job is as for `browser.mjs`, with `palette` and `sizes` (width and height of the node) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { asPrompt, complaints, loadWorkflow, openPage, settle, zoomTo } from "./page.mjs";

const TIMEOUT = 120_000; // milliseconds; CI machines are slow
const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", troubles, sizes: {}, films: {} };
let step = "";

const part = (name) => page.locator(`.ll-explorer [data-does="${name}"]`);

async function rest() {
  await page.waitForFunction(
    () => {
      const element = document.querySelector(".ll-explorer");
      return element?.dataset.phase === "live" && element.querySelector(".ll-pair") && !element.querySelector(".ll-stale, .ll-progress.ll-on");
    },
    null,
    { timeout: TIMEOUT },
  );
  await settle(page, 1200);
}

/** Boxes in pixels of the node, and what is cut off or too small. */
const boxes = () =>
  page.evaluate(() => {
    const explorer = document.querySelector(".ll-explorer");
    const outer = explorer.getBoundingClientRect();
    const zoom = outer.width / explorer.offsetWidth;
    const boxOf = (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return [left - outer.left, top - outer.top, width, height].map((side) => side / zoom);
    };
    const visible = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
    const named = { bar: ".ll-bar", parts: ".ll-parts", stage: ".ll-stage", film: ".ll-film", head: ".ll-head", sliders: ".ll-sliders", bottom: ".ll-bottom", line: ".ll-line", cells: ".ll-cells" };
    const found = Object.fromEntries(Object.entries(named).map(([name, selector]) => [name, boxOf(explorer.querySelector(selector))]));
    const pictures = [...explorer.querySelectorAll(".ll-pair, .ll-faces button")].filter(visible).map(boxOf);
    const scrolled = (element) => element.closest(".ll-presets, .ll-faces, .ll-list, .ll-cells");
    const buttons = [...explorer.querySelectorAll("button, input[type=range], .ll-lever input")].filter(visible);
    const small = buttons.filter((each) => Math.min(...boxOf(each).slice(2)) < 23.5).map((each) => each.outerHTML.slice(0, 90));
    const cut = buttons.filter((each) => !scrolled(each)).filter((each) => {
      const [left, top, width, height] = boxOf(each);
      return left < -1 || top < -1 || left + width > explorer.offsetWidth + 1 || top + height > explorer.offsetHeight + 1;
    });
    const texts = [...explorer.querySelectorAll("*")].filter((each) => visible(each) && [...each.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.trim()));
    const tiny = texts.filter((each) => !each.closest("style") && parseFloat(getComputedStyle(each).fontSize) < 12).map((each) => each.outerHTML.slice(0, 90));
    const clipped = [...explorer.querySelectorAll(".ll-figure, .ll-side button, .ll-bar button")].filter(visible).filter((each) => each.scrollWidth > each.clientWidth + 1);
    const drawn = document.querySelector("[data-node-id]")?.getBoundingClientRect();
    return {
      size: [explorer.offsetWidth, explorer.offsetHeight],
      below: drawn ? (drawn.bottom - outer.bottom) / zoom : 0,
      arrangement: explorer.dataset.arrangement,
      boxes: found,
      pictures,
      small,
      tiny,
      cut: [...cut, ...clipped].map((each) => each.outerHTML.slice(0, 90)),
    };
  });

/** The saved node, as if a workflow had it at a size. */
async function atSize(size) {
  const graph = await page.evaluate(() => window.app.graph.serialize());
  graph.nodes[0].size = size;
  await loadWorkflow(page, graph, `at ${size.join(" x ")}`);
  await zoomTo(page, "GANExplorer", { scale: 1, left: 110, top: 100 });
}

try {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), job.palette);
  await page.evaluate(() => {
    const { app, LiteGraph } = window;
    app.graph.clear();
    app.graph.add(LiteGraph.createNode("GANExplorer"));
  });
  await settle(page, 1500);
  await zoomTo(page, "GANExplorer", { scale: 1, left: 110, top: 100 });
  step = "empty";
  seen.hidden = await page.locator(".ll-explorer :is(button, input):visible").count();
  seen.said = await page.locator(".ll-card").innerText();
  const card = await page.locator(".ll-card").boundingBox();
  const whole = await page.locator(".ll-explorer").boundingBox();
  seen.off = [card.x + card.width / 2 - whole.x - whole.width / 2, card.y + card.height / 2 - whole.y - whole.height / 2];
  await page.screenshot({ path: join(job.out, "empty.png") });
  step = "started";
  await part("start").click();
  await rest();
  await part("mouth").click();
  await rest();
  for (const [index, end] of [[0, "high"], [1, "low"]]) await page.locator(`.ll-cell[data-found="${index}"] [data-end="${end}"]`).click();
  await page.mouse.move(job.width - 40, job.height - 200);
  for (const size of job.sizes) {
    step = size.join("x");
    await atSize(size);
    if (await part("start").isVisible()) await part("start").click();
    await rest();
    seen.sizes[step] = await boxes();
    await page.screenshot({ path: join(job.out, `${step}.png`) });
  }
  step = "film";
  await page.waitForFunction(() => document.querySelectorAll(".ll-faces .ll-drawn").length > 0, null, { timeout: TIMEOUT });
  seen.faces = await page.locator(".ll-faces button.ll-drawn").count();
  await page.locator(".ll-faces button").nth(2).click();
  await rest();
  seen.prompt = await asPrompt(page);
  step = "preview";
  const shown = () => page.locator(".ll-stage canvas").evaluate((canvas) => canvas.toDataURL());
  const before = await shown();
  const box = await page.locator('.ll-cell[data-found="0"] [data-end="low"]').boundingBox();
  await page.mouse.move(box.x + 8, box.y + 8);
  await page.mouse.move(box.x + 12, box.y + 12);
  await settle(page, 1500);
  seen.previewed = (await shown()) !== before;
  seen.kept = JSON.stringify(await asPrompt(page)) === JSON.stringify(seen.prompt);
  await page.mouse.move(job.width - 40, job.height - 200);
  await settle(page, 800);
  seen.restored = (await shown()) === before;
  seen.complaints = await complaints(page);
} catch (error) {
  seen.problem = `${step}: ${error.stack ?? error}`;
  await page.screenshot({ path: join(job.out, "broke_off.png") }).catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
