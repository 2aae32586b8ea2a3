/**
 * Uses the page of `latent-levers gallery` from a disk: `node gallery.mjs job.json` measures, filters, keeps, drops, saves and
 * loads, and writes `seen.json`, `picks.json` and screenshots.
 *
 * A job has `url` (a file: address of thousands of pictures), `hostile` (that of a page whose facts are hostile), `executable`
 * (the browser) and `out` (a folder).
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({ executablePath: job.executable, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const seen = { problem: "", troubles: [], requests: [], contrast: {} };

const DESKTOP = { viewport: { width: 1300, height: 850 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** A page of a new profile; a download takes the place of the system's dialog, which no script can answer. */
async function open(url, shape, scheme) {
  const context = await browser.newContext({ ...shape, colorScheme: scheme, acceptDownloads: true });
  await context.addInitScript(() => {
    delete window.showSaveFilePicker;
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => seen.troubles.push(`uncaught: ${error.stack ?? error}`));
  page.on("console", (message) => message.type() === "error" && seen.troubles.push(`console: ${message.text()}`));
  page.on("dialog", (dialog) => {
    seen.troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(url);
  await drawn(page);
  return page;
}

/** Wait until all pictures in view are decoded. */
const drawn = (page) => page.waitForFunction(() => {
  const images = [...document.querySelectorAll(".tile[id] img")];
  return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
});

const status = (page) => page.locator("#shown").innerText();
const current = (page) => page.locator("#current").innerText();
const message = (page) => page.locator("#message").innerText();
const screenshot = (page, name) => page.screenshot({ path: join(job.out, `${name}.png`) });

/** What one change of the filter takes, in milliseconds: until it is painted, and until all pictures in view are. */
const timed = (page, changes) => page.evaluate(async (values) => {
  const after = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const start = performance.now();
  for (const [id, value] of Object.entries(values)) document.getElementById(id).value = value;
  document.getElementById("form").dispatchEvent(new Event("input", { bubbles: true }));
  await after();
  const painted = performance.now() - start;
  await Promise.all([...document.querySelectorAll(".tile[id] img")].map((image) => image.decode()));
  await after();
  return { painted, decoded: performance.now() - start };
}, changes);

/** Contrast of texts to what is behind them, by the page's own colours. */
const contrasts = (page) => page.evaluate(() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const parts = style.getPropertyValue(name).trim().slice(1).match(/../g).map((two) => parseInt(two, 16) / 255);
    const [r, g, b] = parts.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pairs = [];
  for (const ink of ["--ink", "--quiet", "--keep", "--drop"]) for (const paper of ["--paper", "--panel", "--field"]) pairs.push([ink, paper]);
  pairs.push(["--on-accent", "--accent"]);
  return Object.fromEntries(pairs.map(([ink, paper]) => {
    const [low, high] = [light(ink), light(paper)].sort((one, other) => one - other);
    return [`${ink} on ${paper}`, (high + 0.05) / (low + 0.05)];
  }));
});

async function onDesktop() {
  const page = await open(job.url, DESKTOP, "dark");
  seen.paint = await page.evaluate(() => ({
    first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    pictures: Math.max(...performance.getEntriesByType("resource").map((one) => one.responseEnd)),
    ready: performance.getEntriesByType("navigation")[0].domComplete,
  }));
  seen.begun = await status(page);
  seen.contrast.dark = await contrasts(page);
  await screenshot(page, "desktop_dark");
  seen.filters = [];
  const filters = [{ lever: "0" }, { low: "1", high: "2" }, { lever: "-1" }, { seeds: "0-99, 500" }, { seeds: "", low: "", high: "" }];
  for (let turn = 0; turn < 3; turn++) { // other programs may disturb one
    for (const [n, changes] of filters.entries()) {
      const times = await timed(page, changes);
      seen.filters[n] ??= { changes, turns: [], status: await status(page) };
      seen.filters[n].turns.push(times);
    }
  }
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.locator("#grid").focus();
  await press("ArrowRight", "ArrowRight", "k", "d", "ArrowDown", "k", "k", "z");
  seen.keyed = [await status(page), await current(page), await message(page)];
  seen.active = await page.evaluate(() => {
    const tile = document.getElementById(document.getElementById("grid").getAttribute("aria-activedescendant"));
    return { label: tile?.getAttribute("aria-label"), selected: tile?.getAttribute("aria-selected") };
  });
  await press("End");
  await drawn(page);
  seen.end = { current: await current(page), tiles: await page.locator(".tile").count() };
  await press("Home", "Enter");
  await page.locator("#viewer[open]").waitFor();
  await press("ArrowRight", "d");
  seen.viewed = [await page.locator("#facts").innerText(), await status(page)];
  await screenshot(page, "viewer_dark");
  await press("Escape");
  seen.closed = await page.locator("#viewer[open]").count();
  await press("?");
  await screenshot(page, "keys_dark");
  await press("Escape");
  await page.locator("#marks label").filter({ hasText: "Dropped" }).click();
  seen.dropped = await status(page);
  await page.locator("#marks label").filter({ hasText: "All" }).click();
  await page.locator("#seeds").fill("7-3");
  seen.wrong = await page.locator("#seedsWrong").innerText();
  await page.locator("#seeds").fill("99999999");
  seen.nothing = await page.locator("#empty").isVisible();
  await page.locator("#resetToo").click();
  await page.waitForTimeout(500); // choices are remembered a moment after they are made
  await page.reload();
  await drawn(page);
  seen.reloaded = await status(page);
  const waiting = page.waitForEvent("download");
  await page.locator("#grid").focus();
  await press("s");
  const download = await waiting;
  seen.saved = [download.suggestedFilename(), await message(page)];
  await download.saveAs(join(job.out, "picks.json"));
  seen.unnamed = await page.evaluate(() => [...document.querySelectorAll("button, input:not([hidden], [type=radio]), select")]
    .filter((one) => !(one.innerText || one.getAttribute("aria-label") || one.closest("label")?.innerText)).map((one) => one.id));
  await page.context().close();
}

async function onPhone() {
  const page = await open(job.url, PHONE, "light");
  seen.contrast.light = await contrasts(page);
  await screenshot(page, "phone_light");
  await page.locator("#file").setInputFiles(join(job.out, "picks.json"));
  await page.waitForFunction(() => document.getElementById("message").innerText !== "");
  seen.loaded = [await status(page), await message(page)];
  await page.locator(".tile[data-n='1']").tap();
  await page.locator("#keep").tap();
  seen.tapped = await status(page);
  await page.locator("#enlarge").tap();
  await page.locator("#viewer[open]").waitFor();
  await screenshot(page, "phone_viewer");
  await page.locator("#close").tap();
  await page.locator("summary").tap();
  await screenshot(page, "phone_filter");
  seen.wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.context().close();
  const light = await open(job.url, DESKTOP, "light");
  await screenshot(light, "desktop_light");
  await light.context().close();
}

async function onHostile() {
  const page = await open(job.hostile, DESKTOP, "light");
  seen.hostile = {
    ran: await page.evaluate(() => window.ran ?? null),
    title: await page.title(),
    levers: await page.locator("#lever option").allInnerTexts(),
    label: await page.locator(".tile[data-n='0'] span").innerText(),
    elements: await page.locator("main script, main iframe, header img").count(),
    policy: await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = 1";
      document.querySelector("main").append(script);
      return window.ran ?? null;
    }),
  };
  seen.refused = seen.troubles.pop(); // the script that this test added
  await screenshot(page, "hostile");
  await page.context().close();
}

try {
  await onDesktop();
  await onPhone();
  await onHostile();
} catch (error) {
  seen.problem = String(error.stack ?? error);
} finally {
  await browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
