/**
 * ComfyUI's page: opens it, loads workflows, presses Run, reads the results.
 *
 * Selectors of the page's own elements differ between its versions; they are all in this file.
 */

import { chromium } from "playwright-core";

const LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const START_MS = 120_000;
const RUN_MS = 600_000;

/** Elements on top of the graph after an error: dialogs, and toasts of errors and warnings. */
const DIALOGS = ".p-dialog:visible, [role=dialog]:visible, [data-testid=error-overlay]:visible";
const TOASTS = ".p-toast-message-error:visible, .p-toast-message-warn:visible";

/**
 * Open the page in a new browser, or in one more tab of one.
 *
 * @param {{url: string, executable: string, pack: string, renderer?: string, width?: number, height?: number}} job
 * @param {object} [tab] A page of the browser in which this is one more tab.
 * @returns {Promise<{browser: object, page: object, troubles: string[]}>} `troubles` grows: console errors that name our pack,
 * and uncaught errors.
 */
export async function openPage(job, tab = null) {
  const browser = tab?.context().browser() ?? (await chromium.launch({ executablePath: job.executable, args: LAUNCH }));
  const viewport = { width: job.width ?? 1600, height: job.height ?? 900 };
  const context = tab?.context() ?? (await browser.newContext({ viewport }));
  const page = await context.newPage();
  // The page may send requests only to the server of the test.
  await page.route(
    (address) => address.origin !== new URL(job.url).origin && address.protocol.startsWith("http"),
    (route) => route.abort(),
  );
  const troubles = [];
  page.on("console", (message) => {
    const said = `${message.text()} (${message.location().url})`;
    if (message.type() === "error" && said.includes(job.pack)) troubles.push(`console: ${said}`);
  });
  page.on("pageerror", (error) => troubles.push(`uncaught: ${error.stack ?? error}`));
  await page.goto(job.url, { timeout: START_MS });
  await page.waitForFunction(() => window.app?.graph && window.app?.canvas && window.app.vueAppReady !== false, null, {
    timeout: START_MS,
  });
  await settle(page);
  if (job.renderer) {
    await page.evaluate(
      (vue) => window.app.extensionManager.setting.set("Comfy.VueNodes.Enabled", vue),
      job.renderer === "vue",
    );
  }
  await closeDialogs(page);
  troubles.length = 0; // errors while the page starts are not ours
  return { browser, page, troubles };
}

/** Wait for the page to draw; it has no event for that. */
export async function settle(page, milliseconds = 2500) {
  await page.waitForTimeout(milliseconds);
}

/** Close greetings and the like. */
async function closeDialogs(page) {
  for (let i = 0; i < 5 && (await page.locator(DIALOGS).count()) > 0; i++) {
    await page.keyboard.press("Escape");
    await settle(page, 500);
  }
}

/** Texts of all error dialogs and toasts on the page. */
export async function complaints(page) {
  const texts = [];
  for (const part of await page.locator(`${DIALOGS}, ${TOASTS}`).all()) {
    texts.push((await part.innerText().catch(() => "")).trim());
  }
  return texts;
}

/** Load a workflow as if its file had been dropped on the page. */
export async function loadWorkflow(page, workflow, name) {
  await page.evaluate(
    async ([graph, title]) => {
      await window.app.loadGraphData(graph, true, true, title);
    },
    [workflow, name],
  );
  await settle(page);
}

/** Load one of our templates as a user does. Returns whether its thumbnail was shown. */
export async function chooseTemplate(page, pack, name) {
  await page.getByRole("button", { name: "Templates" }).first().click();
  await page.getByText(pack).first().click({ timeout: 30_000 });
  const cards = page.locator('[data-testid^="template-workflow-"]');
  const card = page.locator(`[data-testid="template-workflow-${name}"]`);
  await cards.first().waitFor({ timeout: 30_000 });
  // Further cards are added when the last one is in view.
  for (const deadline = Date.now() + 30_000; (await card.count()) === 0 && Date.now() < deadline; ) {
    await cards.last().scrollIntoViewIfNeeded();
    await cards.last().hover();
    await page.mouse.wheel(0, 1000);
    await settle(page, 500);
  }
  await card.waitFor({ timeout: 30_000 });
  await settle(page);
  // Older pages show thumbnails as blobs; the placeholder of a missing thumbnail has another address.
  // Thumbnails are fetched one after the other as they come into view.
  const isShown = (part) =>
    [...part.querySelectorAll("img")].some(
      (image) => image.naturalWidth > 0 && /^blob:|workflow_templates/.test(image.src),
    );
  await card.scrollIntoViewIfNeeded();
  let shown = await card.evaluate(isShown);
  for (const deadline = Date.now() + 15_000; !shown && Date.now() < deadline; ) {
    await settle(page);
    shown = await card.evaluate(isShown);
  }
  await card.click();
  await page.locator(DIALOGS).first().waitFor({ state: "hidden", timeout: 30_000 }).catch(() => {});
  await settle(page);
  return shown;
}

/** The graph as the page would send it. */
export async function asPrompt(page) {
  return page.evaluate(async () => (await window.app.graphToPrompt()).output);
}

/** Press Run and wait for the end. Returns the name of the final event, and number and file names of each node's images. */
export async function run(page) {
  await page.evaluate(() => {
    const api = window.comfyAPI?.api?.api ?? window.app.api;
    const seen = (window.latentLeversSeen = { end: "", problem: "", outputs: {}, files: {} });
    api.addEventListener("executed", ({ detail }) => {
      const images = detail.output?.images ?? [];
      seen.outputs[detail.node] = images.length;
      seen.files[detail.node] = images.map((image) => image.filename);
    });
    for (const name of ["execution_success", "execution_error", "execution_interrupted"]) {
      api.addEventListener(name, ({ detail }) => {
        seen.problem = detail?.exception_message ?? "";
        seen.end = name;
      });
    }
  });
  await runButton(page).click();
  const deadline = Date.now() + RUN_MS;
  for (;;) {
    const seen = await page.evaluate(() => window.latentLeversSeen);
    if (seen.end) {
      await settle(page);
      return seen;
    }
    const said = await complaints(page);
    if (said.length > 0) return { ...seen, end: "refused", problem: said.join("\n") };
    if (Date.now() > deadline) return { ...seen, end: "too slow" };
    await settle(page, 200);
  }
}

/** The Run button: page 1.58 marks the button itself, older pages mark the group of button and menu. */
function runButton(page) {
  const marked = '[data-testid="queue-button"]';
  return page.locator(`button${marked}, ${marked} button`).first();
}

/** Pairs of nodes that overlap: their titles and the depth of the overlap in pixels of the graph. */
export async function overlaps(page) {
  return page.evaluate(() => {
    const { canvas, graph } = window.app;
    const scale = canvas.ds.scale;
    const boxes = (graph._nodes ?? graph.nodes).map((node) => {
      const drawn = document.querySelector(`[data-node-id="${node.id}"]`); // in the Vue renderer
      if (drawn) {
        const { left, top, right, bottom } = drawn.getBoundingClientRect();
        return { title: node.title, box: [left, top, right, bottom].map((edge) => edge / scale) };
      }
      const [[left, top], [wide, high]] = [node.pos, node.size];
      return { title: node.title, box: [left, top - 30, left + wide, top + high] };
    });
    const common = (a, b) => Math.min(...[0, 1].map((i) => Math.min(a[i + 2], b[i + 2]) - Math.max(a[i], b[i])));
    return boxes.flatMap((one, i) =>
      boxes.slice(i + 1).flatMap((two) => {
        const deep = Math.round(common(one.box, two.box));
        return deep > 2 ? [`${one.title} and ${two.title} by ${deep}`] : [];
      }),
    );
  });
}

/** Zoom and pan so that the whole graph is visible between the bars of the page. */
export async function frameGraph(page, margins = { left: 90, right: 40, top: 110, bottom: 50 }) {
  await page.evaluate((free) => {
    const { canvas, graph } = window.app;
    const boxes = [...(graph._nodes ?? graph.nodes), ...(graph._groups ?? [])].map((part) => [
      part.pos[0],
      part.pos[1] - 30,
      part.pos[0] + part.size[0],
      part.pos[1] + part.size[1],
    ]);
    const [left, top] = [0, 1].map((i) => Math.min(...boxes.map((box) => box[i])));
    const [right, bottom] = [2, 3].map((i) => Math.max(...boxes.map((box) => box[i])));
    const wide = window.innerWidth - free.left - free.right;
    const high = window.innerHeight - free.top - free.bottom;
    const scale = Math.min(wide / (right - left), high / (bottom - top), 1.2);
    const rect = canvas.canvas.getBoundingClientRect();
    canvas.ds.scale = scale;
    canvas.ds.offset[0] = (free.left - rect.left + (wide - scale * (right - left)) / 2) / scale - left;
    canvas.ds.offset[1] = (free.top - rect.top + (high - scale * (bottom - top)) / 2) / scale - top;
    canvas.deselectAll?.();
    canvas.setDirty(true, true);
  }, margins);
  await settle(page, 1000);
}

/**
 * Zoom to the first node of a type, so that a pixel of the page is a small part of its pictures.
 *
 * @param {object} page
 * @param {string} type
 * @param {{scale?: number, left?: number, top?: number}} [where] Zoom factor, and position of the node's corner in pixels of the page.
 */
export async function zoomTo(page, type, { scale = 1.4, left = 500, top = 130 } = {}) {
  await page.evaluate(
    ([kind, zoom, x, y]) => {
      const { canvas } = window.app;
      const node = canvas.graph._nodes.find((each) => each.type === kind);
      canvas.ds.scale = zoom;
      canvas.ds.offset[0] = x / zoom - node.pos[0];
      canvas.ds.offset[1] = y / zoom - node.pos[1];
      canvas.deselectAll?.();
      canvas.setDirty(true, true);
    },
    [type, scale, left, top],
  );
  await settle(page, 1500);
}
