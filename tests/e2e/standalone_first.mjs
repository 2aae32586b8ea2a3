/**
 * First levers of a large image in the page of `latent-levers explore`: `node standalone_first.mjs job.json` draws a region, pulls
 * a first lever, waits until those of the whole image are there, and takes these.
 *
 * A job has `url`, `executable` (the browser) and `out` (a folder). `seen.json` gets what the page said at each step.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { rest } from "./explorer_waits.mjs";
import { drag } from "./pointing.mjs";

const TIMEOUT = 240_000; // milliseconds; CI machines are slow
const LEVERS = "**/latent_levers/explorer/levers";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.executable, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const page = await browser.newPage({ viewport: { width: 1300, height: 900 }, colorScheme: "dark", locale: "en-US" });
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", troubles: [], asked: [], states: {} };
page.on("pageerror", (error) => seen.troubles.push(`uncaught: ${error.stack ?? error}`));
page.on("console", (message) => message.type() === "error" && seen.troubles.push(`console: ${message.text()}`));

const line = () => page.locator(".ll-line").innerText();
const refined = page.locator('.ll-explorer [data-does="refined"]');
const state = () => page.evaluate(() => JSON.parse(sessionStorage.getItem(`latent_levers.state ${location.pathname}`) ?? "{}"));
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });

/** What needs the derivative of the whole image waits for this, so that the first levers can be seen. */
let go = () => {};
const held = new Promise((done) => (go = done));

try {
  await page.route(LEVERS, async (route) => {
    const { beyond, warm, shapes } = route.request().postDataJSON();
    seen.asked.push({ beyond, warm, regional: Boolean(shapes?.length) });
    if (warm || (beyond === undefined && shapes?.length)) await held;
    await route.continue().catch(() => {}); // the page may have dropped it
  });
  await page.goto(job.url);
  await page.waitForFunction(() => Number(document.querySelector(".ll-explorer")?.dataset.levers) > 1); // of the whole image
  await page.locator('.ll-explorer [data-does="box"]').click();
  await drag(page, [0.3, 0.3], [0.6, 0.6]);
  await page.waitForFunction(() => document.querySelector(".ll-line").innerText.includes("from a picture of"));
  await page.waitForFunction(() => document.querySelectorAll(".ll-cell").length > 0);
  seen.first = await line();
  seen.cells = await page.locator(".ll-cell").count();
  await page.locator('.ll-cell[data-found="0"] [data-end="high"]').click();
  await page.locator(".ll-lever").waitFor();
  await screenshot("1_first");
  seen.states.first = await state();
  seen.offered = await refined.isVisible();
  go();
  await rest(page, TIMEOUT);
  seen.whole = await line();
  seen.after = await refined.isVisible();
  seen.states.whole = await state();
  await screenshot("2_whole");
  seen.enabled = seen.after;
  if (seen.enabled) await refined.click();
  await rest(page, TIMEOUT);
  seen.states.taken = await state();
  await screenshot("3_taken");
} catch (error) {
  seen.problem = String(error.stack ?? error);
  await screenshot("problem").catch(() => {});
} finally {
  writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen));
  await browser.close();
}
