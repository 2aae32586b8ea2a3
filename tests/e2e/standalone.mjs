/**
 * Uses the page of `latent-levers explore`: `node standalone.mjs job.json` draws a region, pulls two levers, saves, reloads,
 * and writes `seen.json` and the last picture that the page received to `live.png`.
 *
 * A job has `url` (the address that the command prints), `executable` (the browser), `out` (a folder), `width`, `height`, and
 * `scheme` ("dark" or "light").
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { rest as untilRest } from "./explorer_waits.mjs";
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
const canvas = () => page.locator(".ll-stage canvas").first().evaluate((element) => element.toDataURL());
const state = () => page.evaluate(() => JSON.parse(sessionStorage.getItem(`latent_levers.state ${location.pathname}`) ?? "{}"));
const screenshot = (name) => page.screenshot({ path: join(job.out, `${name}.png`) });

/** Wait until nothing is pending and the counters are constant. */
async function rest() {
  await untilRest(page, TIMEOUT);
}

/** Do something that shows a new picture, and wait for that. */
async function redraw(what) {
  const before = await explorer.evaluate((element) => Number(element.dataset.pictures));
  await what();
  await page.waitForFunction((count) => Number(document.querySelector(".ll-explorer").dataset.pictures) > count, before);
  await rest();
}

/**
 * What requests from a page of another origin are answered, which knows the address: scripts, pictures and posts. The browser
 * keeps the answers from that page; their statuses are read below it.
 */
async function fromElsewhere() {
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>elsewhere</title>"));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const other = await context.newPage();
  const wire = await context.newCDPSession(other);
  const [addresses, answers] = [new Map(), []];
  wire.on("Network.requestWillBeSent", ({ requestId, request, type }) => addresses.set(requestId, { type, url: request.url }));
  wire.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
    const { type, url } = addresses.get(requestId) ?? {};
    if (url?.startsWith(job.url)) answers.push([type, statusCode]);
  });
  await wire.send("Network.enable");
  await other.goto(`http://127.0.0.1:${server.address().port}/`);
  await other.evaluate(async (url) => {
    const load = (tag, properties) => new Promise((done) => document.body.append(Object.assign(document.createElement(tag), { onload: done, onerror: done, ...properties })));
    await load("script", { src: `${url}page/main.js` });
    await load("script", { src: `${url}page/main.js`, type: "module" });
    await load("img", { src: url });
    const post = { method: "POST", mode: "no-cors", body: JSON.stringify({ client: "elsewhere" }) };
    await fetch(`${url}latent_levers/explorer/open`, post).catch(() => null);
    await fetch(`${url}latent_levers/explorer/open`, { ...post, mode: "cors", headers: { "Content-Type": "application/json" } }).catch(() => null);
  }, job.url);
  await other.close();
  server.close();
  return answers;
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
  await page.route(PICTURES, (route) => route.abort());
  await page.locator('.ll-lever[data-lever="0"] .ll-slide').dblclick();
  await page.waitForFunction(() => document.querySelector(".ll-words.ll-wrong"));
  seen.stopped = await page.locator(".ll-words.ll-wrong").innerText();
  seen.expected = seen.troubles.splice(0).filter((said) => !said.includes("ERR_FAILED"));
  seen.elsewhere = await fromElsewhere();
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
