/**
 * Uses GANExplorer in two tabs of the browser and two workflows of one page, all with the same ids: `node explorer_tabs.mjs
 * job.json` writes `seen.json`, and of each moment the last picture that a page received and the one that it shows.
 *
 * A job is as for `browser.mjs`, with `file` (a workflow with one GANExplorer) and `tries` (times that an upstream change is
 * timed) in place of the steps.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pullFound } from "./pointing.mjs";
import { asPrompt, complaints, loadWorkflow, openPage, run, settle, zoomTo } from "./page.mjs";

const TIMEOUT = 120_000; // milliseconds; CI machines are slow
const PICTURES = "**/latent_levers/explorer/picture";
const SEEDS = { first: 0, second: 7, copy: 21 };

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const template = JSON.parse(readFileSync(job.file, "utf8"));
const seen = { problem: "", renderer: job.renderer, troubles: [], moments: {}, said: {}, times: {}, seeds: {}, runs: {}, prompts: {} };
let step = "";

/** One tab of the browser. */
class Tab {
  constructor({ browser, page, troubles }) {
    Object.assign(this, { browser, page, troubles, live: null, waiting: 0 });
    page.setDefaultTimeout(TIMEOUT);
  }

  async follow() {
    await this.page.route(PICTURES, async (route) => {
      this.waiting += 1;
      try {
        const response = await route.fetch();
        const body = await response.body();
        if (response.status() === 200) this.live = body;
        await route.fulfill({ response, body });
      } catch {} // the page has cancelled it
      this.waiting -= 1;
    });
    return this;
  }

  part(name) {
    return this.page.locator(`.ll-explorer [data-does="${name}"]`).first();
  }

  phase() {
    return this.page.locator(".ll-explorer").first().evaluate((element) => element.dataset.phase);
  }

  /** Open the template with a seed of its own, and file names of its own. */
  async open(name) {
    const graph = structuredClone(template);
    const of = (type) => graph.nodes.find((node) => node.type === type);
    of("GANSampleLatents").widgets_values[0] = SEEDS[name];
    of("SaveImage").widgets_values[0] = `${job.renderer}_${name}`;
    await loadWorkflow(this.page, graph, name);
    await this.zoom();
  }

  zoom() {
    return zoomTo(this.page, "GANExplorer", { scale: 0.8, left: 420, top: 100 });
  }

  /** Wait until pictures and levers have arrived. */
  async rest() {
    await settle(this.page, 300); // a click has been followed by its request
    while (this.waiting) await settle(this.page, 100);
    await this.page.evaluate(() => (window.latentLeversRest = null));
    await this.page.waitForFunction(
      () => {
        const element = document.querySelector(".ll-explorer");
        if (element?.dataset.phase !== "live" || element.querySelector(".ll-stale, .ll-progress.ll-on")) return false;
        const now = `${element.dataset.pictures} ${element.dataset.levers}`;
        const before = window.latentLeversRest;
        window.latentLeversRest = before?.now === now ? before : { now, since: performance.now() };
        return element.dataset.pictures !== "0" && performance.now() - window.latentLeversRest.since > 700;
      },
      null,
      { timeout: TIMEOUT, polling: 100 },
    );
  }

  /** Keep what the page shows, and what a run of its graph would give. */
  async keep(name) {
    await this.rest();
    writeFileSync(join(job.out, `${name}_live.png`), this.live);
    const shown = await this.page.locator(".ll-stage canvas").first().evaluate((canvas) => canvas.toDataURL("image/png"));
    writeFileSync(join(job.out, `${name}_shown.png`), Buffer.from(shown.split(",")[1], "base64"));
    await this.picture(name);
    seen.moments[name] = await asPrompt(this.page);
  }

  picture(name) {
    return this.page.screenshot({ path: join(job.out, `${name}_page.png`) });
  }

  pull(found, end) {
    return pullFound(this.page, found, end);
  }

  /** Go to another workflow of the page. */
  async turn(name) {
    const open = () => this.page.evaluate(() => window.app.extensionManager.workflow.activeWorkflow.path);
    for (let i = 0; i < 5 && !(await open()).includes(name); i++) {
      await this.page.evaluate(() => window.app.extensionManager.command.execute("Workspace.NextOpenedWorkflow"));
      await settle(this.page, 1000);
    }
  }

  /** Milliseconds from a change of the graph until a remark is shown, or is no longer shown. */
  announced(change, selector, shown = true) {
    return this.page.evaluate(
      ([change, selector, shown]) =>
        new Promise((resolve) => {
          const visible = () => Boolean(document.querySelector(selector)?.checkVisibility());
          const of = (type) => window.app.graph._nodes.find((node) => node.type === type);
          const put = (node, name, value) => {
            const widget = node.widgets.find((each) => each.name === name);
            widget.value = value;
            widget.callback?.(value);
          };
          const start = performance.now();
          new Function("of", "put", change)(of, put);
          const timer = setInterval(() => {
            const milliseconds = performance.now() - start;
            if (visible() !== shown && milliseconds < 10000) return;
            clearInterval(timer);
            resolve(milliseconds);
          }, 5);
        }),
      [change, selector, shown],
    );
  }

  seed() {
    return this.page.evaluate(() => {
      const { widgets } = window.app.graph._nodes.find((node) => node.type === "GANSampleLatents");
      return ["seed", "control_after_generate"].map((name) => widgets.find((each) => each.name === name).value);
    });
  }
}

const RIBBON = ".ll-explorer .ll-changed";
const tabs = [];
const act = async (name, what) => {
  step = name;
  await what();
};

try {
  const first = await new Tab(await openPage(job)).follow();
  tabs.push(first);
  const second = await new Tab(await openPage(job, first.page)).follow();
  tabs.push(second);
  await act("opened", async () => {
    await first.open("first");
    await second.open("second");
  });
  await act("started", async () => {
    await first.part("start").click();
    await second.part("start").click();
    await first.keep("first_started");
    await second.keep("second_started");
  });
  await act("pulled", async () => {
    await second.pull(1, "low");
    await first.pull(0, "high");
    await first.keep("first_pulled");
    await second.keep("second_pulled");
  });
  await act("run", async () => {
    [seen.runs.second, seen.runs.first] = await Promise.all([run(second.page), run(first.page)]);
    await first.keep("first_run");
    await second.keep("second_run");
  });
  await act("the same workflow twice in a page", async () => {
    await first.open("copy");
    await settle(first.page, 1000);
    seen.said.copy = await first.phase();
    await first.part("start").click();
    await first.turn("first"); // while it runs
    await settle(first.page, 4000);
    await first.zoom();
    await first.keep("first_again");
    await first.turn("copy");
    await first.zoom();
    await first.keep("copy");
    await first.pull(2, "high");
    await first.keep("copy_pulled");
    await first.turn("first");
    await first.zoom();
    await first.keep("first_at_last");
  });
  await act("changed", async () => {
    const of = (name) => (seen.times[name] ??= []);
    for (let i = 0; i < job.tries; i++) {
      of("widget").push(await second.announced(`put(of("GANSampleLatents"), "seed", ${100 + i})`, RIBBON));
      if (i === 0) await second.picture("changed");
      of("widget back").push(await second.announced(`put(of("GANSampleLatents"), "seed", ${SEEDS.second})`, RIBBON, false));
      of("mode").push(await second.announced('of("GANSampleLatents").mode = 2', RIBBON));
      of("mode back").push(await second.announced('of("GANSampleLatents").mode = 0', RIBBON, false));
      of("link").push(await second.announced('of("GANExplorer").disconnectInput(1)', RIBBON));
      of("link back").push(await second.announced('of("GANSampleLatents").connect(0, of("GANExplorer"), 1)', RIBBON, false));
    }
    await second.announced('put(of("GANSampleLatents"), "seed", 8)', RIBBON);
    await second.part("refresh").click();
    await second.page.waitForFunction((selector) => !document.querySelector(selector).checkVisibility(), RIBBON);
    await second.keep("second_refreshed");
  });
  await act("another file", async () => {
    const notes = () =>
      second.page.evaluate(() => {
        const { element } = window.app.graph._nodes.find((node) => node.type === "LoadGAN").widgets.find(({ name }) => name === "latent_levers_notes");
        return [...element.children].flatMap((part) => (part.hidden ? [] : [part.textContent])).join("\n");
      });
    await second.page.locator('.ll-lever[data-lever="0"] .ll-remove').click(); // it is of the other generator
    await second.announced('put(of("LoadGAN"), "model", "tiny.safetensors")', RIBBON);
    await second.part("refresh").click();
    await second.keep("second_tiny");
    seen.said.facts = await notes();
    seen.times.file = [await second.announced('put(of("LoadGAN"), "model", "example.safetensors")', RIBBON)];
    await settle(second.page, 500);
    seen.said.otherFile = await notes();
    await zoomTo(second.page, "LoadGAN", { scale: 1, left: 200, top: 130 });
    await second.picture("another_file");
    await second.zoom();
    await second.part("refresh").click(); // a file without content: the run fails
    await second.page.waitForFunction(() => document.querySelector(".ll-explorer").dataset.phase === "new");
    seen.said.failed = await second.page.locator(".ll-notice").innerText();
    await second.picture("failed");
    await second.page.keyboard.press("Escape"); // the page's own message of the failure
    await second.announced('put(of("LoadGAN"), "model", "tiny.safetensors")', ".ll-explorer[data-phase=live]");
    await second.keep("second_back");
    seen.said.sameFile = await notes();
  });
  await act("built by hand", async () => {
    await second.page.evaluate(async () => {
      const { app, LiteGraph } = window;
      app.graph.clear();
      const [gan, latents, explorer, save] = ["LoadGAN", "GANSampleLatents", "GANExplorer", "SaveImage"].map((type, i) => {
        const node = LiteGraph.createNode(type);
        node.pos = [[0, 0], [0, 250], [400, 0], [1150, 0]][i];
        app.graph.add(node);
        return node;
      });
      gan.connect(0, latents, latents.findInputSlot("gan"));
      gan.connect(0, explorer, explorer.findInputSlot("gan"));
      latents.connect(0, explorer, explorer.findInputSlot("latents"));
      explorer.connect(0, save, 0);
    });
    await settle(second.page);
    await second.zoom();
    seen.seeds.added = await second.seed();
    await second.part("start").click();
    await second.keep("hand_started");
    seen.seeds.started = await second.seed();
    seen.runs.hand = await run(second.page);
    await second.zoom();
    await second.keep("hand_run");
    seen.seeds.run = await second.seed();
  });
  await act("a seed that changes", async () => {
    await second.announced('put(of("GANSampleLatents"), "control_after_generate", "randomize"); put(of("GANSampleLatents"), "seed", 5)', RIBBON);
    await second.part("refresh").click();
    await second.keep("random_started");
    seen.seeds.randomStarted = await second.seed();
  });
  await act("bypassed", async () => {
    seen.prompts.bypassed = await second.page.evaluate(async () => {
      const { app, LiteGraph } = window;
      const of = (type) => app.graph._nodes.find((node) => node.type === type);
      const add = (type) => app.graph.add(LiteGraph.createNode(type)) ?? app.graph._nodes.at(-1);
      const [sefa, region, edit, mask] = ["SeFaFactorize", "RegionMask", "LatentEdit", "MaskPreview"].map(add);
      const explorer = of("GANExplorer");
      const link = (from, slot, to, name) => from.connect(slot, to, to.findInputSlot(name));
      link(of("LoadGAN"), 0, sefa, "gan");
      link(of("LoadGAN"), 0, edit, "gan");
      for (const each of [region]) if (each.findInputSlot("gan") >= 0) link(of("LoadGAN"), 0, each, "gan");
      link(sefa, 0, explorer, "directions");
      link(region, 0, explorer, "mask");
      link(explorer, explorer.findOutputSlot("edited") >= 0 ? explorer.findOutputSlot("edited") : 1, edit, "latents");
      link(explorer, 2, edit, "directions");
      link(explorer, 3, mask, "mask");
      explorer.mode = 4;
      return { ids: { sefa: sefa.id, region: region.id, edit: edit.id, mask: mask.id, latents: of("GANSampleLatents").id }, prompt: (await app.graphToPrompt()).output };
    });
  });
  seen.complaints = await complaints(first.page);
} catch (error) {
  seen.problem = `${step}: ${error.stack ?? error}`;
  for (const [index, tab] of tabs.entries()) await tab.picture(`broke_off_${index}`).catch(() => {});
} finally {
  seen.troubles = tabs.flatMap(({ troubles }) => troubles);
  await tabs[0]?.browser.close();
}
writeFileSync(join(job.out, "seen.json"), JSON.stringify(seen, null, 1));
