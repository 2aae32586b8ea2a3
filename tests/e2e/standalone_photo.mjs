/**
 * Uses the page of `latent-levers explore --photo`: `node standalone_photo.mjs job.json` places the square, finds the latent, pulls a
 * lever, shows the change in the photograph, saves, reloads, and writes `seen.json`.
 *
 * A job has `url` (the address that the command prints), `executable` (the browser), `out` (a folder), `box` (the crop that is drawn,
 * in shares of the photograph), `photo` (its height and width), `side` (of the generator's picture) and `region` (shapes);
 * where `saves` is false, nothing is saved.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { rest as untilRest } from "./explorer_waits.mjs";
import { settle } from "./page.mjs";
import { PhotoSteps } from "./photo_steps.mjs";
import { pullFound } from "./pointing.mjs";

const TIMEOUT = 600_000; // milliseconds; CI machines are slow

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.executable, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, colorScheme: "dark", locale: job.locale ?? "en-US" });
const page = await context.newPage();
page.setDefaultTimeout(TIMEOUT);
const seen = { problem: "", troubles: [], states: {}, modes: {} };
page.on("pageerror", (error) => seen.troubles.push(`uncaught: ${error.stack ?? error}`));
page.on("console", (message) => message.type() === "error" && seen.troubles.push(`console: ${message.text()} (${message.location().url})`));

const photo = new PhotoSteps(page, job);
const state = () => page.evaluate(() => JSON.parse(sessionStorage.getItem(`latent_levers.state ${location.pathname}`) ?? "{}"));

/** Run one step; keep its state, and what is shown. */
async function act(name, what) {
  await what();
  await settle(page, 300);
  await page.evaluate(() => (window.latentLeversRest = null));
  await untilRest(page, TIMEOUT);
  seen.states[name] = await state();
  seen.modes[name] = await photo.mode();
  await page.screenshot({ path: join(job.out, `${name}.png`) });
}

/** Press Save, and wait for what is said. */
async function save() {
  await page.locator("#message").evaluate((element) => delete element.dataset.folder);
  await page.locator("#save").click();
  await page.waitForFunction(() => document.querySelector("#message").dataset.folder || document.querySelector("#message.wrong"));
  return page.locator("#message").innerText();
}

try {
  const { box } = job;
  await page.goto(job.url);
  await act("started", () => page.locator(".ll-explorer").waitFor());
  seen.words = await page.locator(".ll-photo-form").innerText();
  if (job.saves !== false) seen.refused = await save();
  await act("drawn", async () => {
    await photo.crop(job.corner, [0.5, 0.45]);
    await photo.crop([box[0], box[1]], [box[0] + box[2], box[1] + box[3]]);
  });
  await act("found", () => photo.find());
  await act("region", () => photo.draw(job.region));
  await act("pulled", () => pullFound(page, 0, "high"));
  await act("inside", () => photo.part("inside").click());
  if (job.saves !== false) {
    seen.said = await save();
    seen.folder = await page.locator("#message").getAttribute("data-folder");
  }
  await act("reloaded", async () => {
    await page.reload();
    await page.locator(".ll-explorer").waitFor();
  });
} catch (error) {
  seen.problem = String(error.stack ?? error);
  await page.screenshot({ path: join(job.out, "problem.png") }).catch(() => {});
} finally {
  writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen));
  await browser.close();
}
