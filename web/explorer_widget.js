/**
 * GANExplorer in ComfyUI's page. All that somebody does lies in the node's own text widget, which is all that is saved and
 * sent; this one shows it as pictures and sliders, and is never saved.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { ExplorerClient } from "./explorer_client.js";
import { ExplorerLive } from "./explorer_live.js";
import { memory } from "./explorer_memory.js";
import * as states from "./explorer_state.js";
import { ExplorerView } from "./explorer_view.js";
import { FACE_PRESETS } from "./face_presets.js";
import { RegionEditor } from "./region_editor.js";
import { isConnected } from "./region_picture.js";
import { writeShapes } from "./region_shapes.js";
import { lookAfter } from "./taking_place.js";
import { chain, executionId, followRenderer, graphChanged, hideText, host } from "./widget_hosting.js";
import { translate } from "./words.js";

const NODE = "GANExplorer";
const NAME = "latent_levers_explorer";
const LEAST_HIGH = 600; // pixels of the widget
const NEW_NODE = [680, 760];
const SOON = 400; // milliseconds after which a node that is loaded has its links
const LATER = 2000; // milliseconds after which a node that was removed does not come back by undo
const LOOK = 3000; // milliseconds between looks at a queue in which the graph may have failed

/** @type {Set<ExplorerWidget>} Those on the page. */
const widgets = new Set();

class ExplorerWidget {
  /** @param {any} node */
  constructor(node) {
    this.node = node;
    this.text = node.widgets.find((widget) => widget.name === "state");
    this.state = states.readState("").state;
    this.problem = "";
    this.editor = new RegionEditor((what) => this.drawn(what));
    this.client = new ExplorerClient((...given) => api.fetchApi(...given), () => api.clientId ?? api.initialClientId ?? "");
    this.live = new ExplorerLive(this.client, { tell: (what) => this.told(what), decode: (blob) => createImageBitmap(blob) });
    this.view = new ExplorerView(this.editor, this.doings());
    translate(this.view.element);
    host(node, NAME, this.view.element, LEAST_HIGH);
    lookAfter(node, this.view.element, NAME);
    hideText(this.text);
    this.hook();
    this.read();
    node.setSize([Math.max(node.size[0], NEW_NODE[0]), Math.max(node.size[1], NEW_NODE[1])]);
    widgets.add(this);
    setTimeout(() => this.look(), SOON);
  }

  /** Follow what happens to this node, and to no other. */
  hook() {
    const { node, text } = this;
    chain(text, "callback", () => this.read());
    chain(node, "onConfigure", () => {
      this.read();
      queueMicrotask(() => this.look());
    });
    chain(node, "onExecuted", (output) => this.hear(output));
    chain(node, "onConnectionsChange", () => queueMicrotask(() => this.show()));
    chain(node, "onAdded", () => {
      widgets.add(this);
      this.live.show(this.state); // where it is live
    });
    chain(node, "onRemoved", () => this.removed());
    followRenderer(this.view.element, (event) => {
      const list = event.target.closest("textarea, .ll-list, .ll-cells");
      return Boolean(list) && list.scrollHeight > list.clientHeight;
    });
  }

  /** What the view asks for. */
  doings() {
    const lever = {
      pull: (index, value) => this.change(states.pullLever(this.state, index, value)),
      rename: (index, name) => this.change(states.rename(this.state, index, name)),
      layers: (index, text) => this.change(states.chooseLayers(this.state, index, text, this.live.hello?.num_ws ?? 0)),
      remove: (index) => this.change(states.unpin(this.state, index)),
    };
    return {
      lever,
      start: () => this.start(),
      turn: (by) => this.change(states.showImage(this.state, this.state.image + by, this.live.hello?.count ?? 1), { levers: true }),
      truncate: (psi, done) => this.change(states.truncate(this.state, psi), { levers: done }),
      compare: (on) => this.live.compare(on, this.state),
      release: () => this.change(states.release(this.state)),
      choose: (found, pull) => this.change(states.pin(this.state, found, pull)),
      typed: (text) => {
        this.editor.load(text, true);
        if (!this.editor.problem) this.redrawn();
      },
    };
  }

  /** The editor changed something. */
  drawn(what) {
    if (what === "text") this.redrawn();
    this.view?.region.show();
  }

  redrawn() {
    this.change(states.drawRegion(this.state, this.editor.entries), { levers: true });
  }

  /**
   * Another state.
   * @param {import("./explorer_state.js").State} state
   * @param {{levers?: boolean}} [how] `levers`: others are wanted.
   */
  change(state, { levers = false } = {}) {
    if (this.problem) return this.show(); // a text that cannot be read is kept
    const [before, text] = [this.state, states.writeState(state)];
    this.state = state;
    if (text !== this.known) {
      this.known = this.text.value = text;
      if (state.shapes === before.shapes) this.live.show(state);
    }
    graphChanged();
    if (levers) this.live.measure(state);
    this.show();
  }

  /** Take over the text, which somebody else may have written. */
  read() {
    const text = String(this.text.value ?? "");
    if (text === this.known) return;
    this.known = text;
    const { state, problem } = states.readState(text);
    Object.assign(this, { state, problem });
    this.editor.load(writeShapes(state.shapes));
    if (this.live.phase === "live") {
      this.live.show(state);
      this.live.follow(state);
    }
    this.show();
  }

  /** There is something new to see. */
  told(what) {
    if (!this.view) return;
    if (what === "picture") this.view.showPicture(this.live);
    else this.show();
    memory.keep(this.key, this.live);
  }

  show() {
    if (!this.view) return;
    const [gan, latents] = ["gan", "latents"].map((name) => isConnected(this.node, name));
    const region = this.editor.entries.length > 0 || Boolean(this.live.hello?.mask);
    this.view.region.note = this.note();
    this.view.show(this.live, this.state, { gan, latents, region, unreadable: this.problem, levers: this.state.levers.length });
    this.view.region.show();
  }

  /** What else there is to tell. */
  note() {
    return [
      isConnected(this.node, "state") && "The state comes from the connected text; what is done here is not used.",
      this.live.phase === "live" && this.live.hello?.mask && "The shapes are drawn on the connected mask.",
    ].filter(Boolean).join(" ");
  }

  /** Under which name the page remembers this node. */
  get key() {
    return memory.keyOf(this.node);
  }

  /** A run of this node told about its session. */
  hear(output) {
    let hello = null;
    try {
      hello = JSON.parse(output?.explorer?.[0] ?? "null");
    } catch {} // of another version
    if (hello?.session) this.adopt(hello);
  }

  adopt(hello) {
    this.editor.presets = { ...FACE_PRESETS, ...hello.presets };
    this.editor.size = hello.size;
    this.live.adopt(hello, this.state);
  }

  /** See whether a session of this node is there: after undo, after a change of workflows, after a reload. */
  async look() {
    if (!widgets.has(this) || this.live.phase !== "new") return this.show();
    const known = memory.recall(this.key);
    if (known) {
      Object.assign(this.live, { found: known.found, picture: known.picture, hello: known.hello, warmed: known.warmed });
      return this.adopt(known.hello);
    }
    if (memory.noted(this.key)) {
      const hello = await this.client.find(executionId(this.node)).catch(() => null);
      if (hello?.session && hello.session === memory.noted(this.key) && this.live.phase === "new") return this.adopt(hello);
    }
    return this.show();
  }

  /** Run the graph as far as this node, or all of it where the page knows no less. */
  async start() {
    if (this.problem) return this.anew();
    this.live.enter("starting");
    await app.queuePrompt(0, 1, [executionId(this.node)]);
    while (this.live.phase === "starting" && widgets.has(this)) {
      const wrong = app.lastNodeErrors && Object.keys(app.lastNodeErrors).length > 0;
      if (wrong || (await this.idle())) {
        await new Promise((resolve) => setTimeout(resolve, SOON)); // what it told may still be on its way
        if (this.live.phase === "starting") this.live.enter("new", "The graph did not run as far as this node. See what ComfyUI says.");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK / 6));
    }
  }

  /** Drop a text that cannot be read. */
  anew() {
    this.problem = "";
    this.change(states.readState("").state);
  }

  /** Whether nothing runs or waits. */
  async idle() {
    const queue = await api.fetchApi("/queue").then((response) => response.json(), () => ({}));
    return queue.queue_running?.length === 0 && queue.queue_pending?.length === 0;
  }

  /** The node is gone; its session too, unless undo or a change of workflows brings it back. */
  removed() {
    const { key, client, live } = this;
    widgets.delete(this);
    live.pictures.drop();
    live.levers.drop();
    live.picture = this.view.region.stage.picture = null; // whoever takes over may close it
    setTimeout(() => {
      const back = [...widgets].some((widget) => widget.client.session === client.session);
      if (back || !client.session || memory.graphOf(key) !== memory.graphNow()) return;
      client.close();
      memory.forget(key);
    }, LATER);
  }
}

app.registerExtension({
  name: "latentlevers.Explorer",
  nodeCreated(node) {
    if (node.comfyClass === NODE && node.widgets?.some((widget) => widget.name === "state")) new ExplorerWidget(node);
  },
});
