/**
 * Types words into the page's search of nodes: `node node_search.mjs job.json` writes `seen.json`.
 *
 * A job is as for `browser.mjs`, with `words` in place of the steps, and optionally `locale`. The result has the names of the
 * first nodes found for each word, and the colours of links and slots of our types.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openPage, settle } from "./page.mjs";

const FIELD = "input[role=combobox]:visible"; // of the search; the page has no other
const MOST = 8;
const TRIES = 5; // a busy machine makes two clicks of a double one

/** Colours of links and sockets of our types, and of one of the page's own. */
async function colors(page) {
  return page.evaluate(() => {
    const { canvas } = window.app;
    const style = getComputedStyle(document.body);
    return Object.fromEntries(
      ["GAN", "GAN_LATENT", "GAN_DIRECTIONS", "MODEL"].map((type) => [
        type,
        {
          link: canvas.constructor.link_type_colors[type],
          socket: canvas.default_connection_color_byType[type],
          variable: style.getPropertyValue(`--color-datatype-${type}`).trim(),
        },
      ]),
    );
  });
}

/** Choose a palette of colours. */
async function choosePalette(page, name) {
  await page.evaluate((palette) => window.app.extensionManager.setting.set("Comfy.ColorPalette", palette), name);
  await settle(page);
}

/** Type a word into the search; the names of the first nodes. */
async function search(page, word) {
  const { width, height } = page.viewportSize();
  const field = page.locator(FIELD).last();
  for (let i = 0; i < TRIES && (await field.count()) === 0; i++) {
    await page.mouse.dblclick(width * 0.6, height * 0.55); // on the empty canvas
    await field.waitFor({ timeout: 5000 }).catch(() => {});
  }
  await field.click({ timeout: 30_000 });
  await field.fill("");
  await page.keyboard.type(word);
  await settle(page, 1200);
  const found = await page.locator("[role=option]:visible").evaluateAll((options) =>
    options.map((option) => option.getAttribute("aria-label") || option.querySelector(".truncate")?.textContent || ""),
  );
  await page.screenshot({ path: join(job.out, `${word}.png`) });
  for (let i = 0; i < 3 && (await page.locator(FIELD).count()) > 0; i++) {
    await page.keyboard.press("Escape");
    await settle(page, 300);
  }
  return found.filter(Boolean).slice(0, MOST);
}

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { browser, page, troubles } = await openPage(job);
const seen = { found: {}, troubles };
try {
  await page.evaluate(() => window.app.graph.clear());
  seen.colors = {};
  for (const palette of ["light", "dark"]) {
    await choosePalette(page, palette);
    seen.colors[palette] = await colors(page);
  }
  for (const word of job.words) seen.found[word] = await search(page, word);
  seen.titles = await page.evaluate(() =>
    Object.fromEntries(
      Object.values(window.LiteGraph.registered_node_types)
        .filter((type) => /LatentLevers/.test(type.nodeData?.python_module ?? ""))
        .map((type) => [type.nodeData.display_name, type.type]),
    ),
  );
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
