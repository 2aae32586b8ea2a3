/**
 * Uses the page of `latent-levers explore`: `node standalone.mjs job.json` draws a region, pulls two levers, saves, reloads,
 * and writes `seen.json` and the last picture that the page received to `live.png`.
 *
 * A job has `url` (the address that the command prints), `executable` (the browser), `out` (a folder), `width`, `height`, and
 * `scheme` ("dark" or "light").
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { drag } from "./pointing.mjs";

const TIMEOUT = 120_000; // milliseconds; CI machines are slow
const PICTURES = "**/latent_levers/explorer/picture";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.executable, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const context = await browser.newContext({ viewport: { width: job.width ?? 1300, height: job.height ?? 900 }, colorScheme: job.scheme ?? "dark", locale: job.locale ?? "en-US" });
const page = await context.newPage();
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", troubles: [], requests: [], states: {} };
page.on("pageerror", (error) => seen.troubles.push(`uncaught: ${error.stack ?? error}`));
page.on("console", (message) => message.type() === "error" && seen.troubles.push(`console: ${message.text()} (${message.location().url})`));
page.on("request", (request) => seen.requests.push(request.url()));

const explorer = page.locator(".ll-explorer");
const end = (index, name) => page.locator(`.ll-cell[data-found="${index}"] [data-end="${name}"]`);
const canvas = () => page.locator(".ll-region canvas").evaluate((element) => element.toDataURL());
const state = () => page.evaluate(() => JSON.parse(sessionStorage.getItem(`latent_levers.state ${location.pathname}`) ?? "{}"));
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });

/** Wait until nothing is pending and the counters are constant. */
async function rest() {
  await page.waitForFunction(
    () => {
      const element = document.querySelector(".ll-explorer");
      if (element?.dataset.phase !== "live" || element.querySelector(".ll-stale, .ll-progress.ll-on")) return false;
      const now = `${element.dataset.pictures} ${element.dataset.levers}`;
      const before = window.latentLeversRest;
      window.latentLeversRest = before?.now === now ? before : { now, since: performance.now() };
      return performance.now() - window.latentLeversRest.since > 700;
    },
    null,
    { timeout: TIMEOUT, polling: 100 },
  );
}

/** Do something that shows a new picture, and wait for that. */
async function redraw(what) {
  const before = await explorer.evaluate((element) => Number(element.dataset.pictures));
  await what();
  await page.waitForFunction((count) => Number(document.querySelector(".ll-explorer").dataset.pictures) > count, before);
  await rest();
}

try {
  await page.goto(job.url);
  await explorer.waitFor();
  await rest();
  seen.title = await page.locator("#title").innerText();
  seen.started = await page.locator(".ll-line").innerText();
  await screenshot("1_started");
  await page.locator('.ll-explorer [data-does="box"]').click();
  await drag(page, [0.66, 0.34], [0.8, 0.66]);
  await rest();
  seen.drawn = await page.locator(".ll-line").innerText();
  const untouched = await canvas();
  await redraw(() => end(0, "high").click());
  seen.changed = (await canvas()) !== untouched;
  let live = null;
  await page.route(PICTURES, async (route) => {
    const response = await route.fetch();
    live = await response.body();
    await route.fulfill({ response, body: live });
  });
  await redraw(() => end(1, "low").click());
  writeFileSync(join(job.out, "live.png"), live);
  await page.unroute(PICTURES);
  seen.states.pulled = await state();
  await screenshot("2_pulled");
  await page.locator("#save").click();
  await page.waitForFunction(() => document.querySelector("#message").dataset.folder || document.querySelector("#message.wrong"));
  seen.said = await page.locator("#message").innerText();
  seen.folder = await page.locator("#message").getAttribute("data-folder");
  await screenshot("3_saved");
  await page.reload();
  await explorer.waitFor();
  await rest();
  seen.states.reloaded = await state();
  seen.rows = await page.locator(".ll-lever").count();
  seen.box = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { scrollWidth, scrollHeight, innerWidth, innerHeight };
  });
} catch (error) {
  seen.problem = String(error.stack ?? error);
  await screenshot("problem").catch(() => {});
} finally {
  writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen));
  await browser.close();
}
