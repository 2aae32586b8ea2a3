/**
 * GANExplorer in ComfyUI's page. Its state is stored in the node's own text widget, which alone is saved and sent; this
 * widget shows the state as pictures and sliders, and is never saved.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { chainCallback } from "./chain_callback.js";
import { currentWorkflow, executionId, graphChanged } from "./comfy_graph.js";
import { addElementWidget, copyAsNode, fillNode, followRenderer, hideTextWidget } from "./dom_widget.js";
import { actionsOf } from "./explorer_actions.js";
import { ExplorerClient } from "./explorer_client.js";
import { memory } from "./explorer_memory.js";
import { isDriven, showInputs } from "./explorer_inputs.js";
import { Recorder } from "./explorer_record.js";
import { keepCode } from "./explorer_photo_state.js";
import { PhotoSearch } from "./explorer_photo_search.js";
import { ExplorerSession } from "./explorer_session.js";
import * as states from "./explorer_state.js";
import { ExplorerView } from "./explorer_view.js";
import { FACE_PRESETS } from "./face_presets.js";
import { inputsOf, isQueued, keyOf, onOutput, recover, runUpTo } from "./graph_runs.js";
import { RegionEditor } from "./region_editor.js";
import { fetchPicture, isConnected } from "./region_picture.js";
import { writeShapes } from "./region_shapes.js";
import { keepOwnElement } from "./restore_elements.js";
import { translate } from "./translation.js";

const NODE = "GANExplorer";
const NAME = "latent_levers_explorer";
const MIN_HEIGHT = 400; // pixels of the widget
const NEW_NODE = [680, 760];
const ARRIVING = 400; // milliseconds in which the message of a run that has ended arrives
const LOOK = 150; // milliseconds between two looks at what reaches the nodes
const REMOVED = 2000; // milliseconds after which undo no longer restores a node that was removed
const QUEUE_POLL = 500; // milliseconds between two requests of the queue, in which the graph may have failed

/** @type {Set<ExplorerWidget>} The widgets on the page. */
const widgets = new Set();

class ExplorerWidget {
  /** @param {any} node */
  constructor(node) {
    this.node = node;
    this.text = node.widgets.find((widget) => widget.name === "state");
    this.state = states.readState("").state;
    this.problem = "";
    this.recorder = new Recorder();
    this.editor = new RegionEditor((what) => this.onEdit(what));
    this.client = new ExplorerClient((...given) => api.fetchApi(...given), () => api.clientId ?? api.initialClientId ?? "");
    this.session = new ExplorerSession(this.client, { onChange: (what) => this.onChange(what), decode: (blob) => createImageBitmap(blob) });
    this.search = new PhotoSearch(this.client, { onChange: () => this.show(), onFound: (found) => this.change(keepCode(this.state, found), { levers: true }) });
    this.view = new ExplorerView(this.editor, actionsOf(this));
    translate(this.view.element);
    addElementWidget(node, NAME, this.view.element, MIN_HEIGHT);
    keepOwnElement(node, this.view.element, NAME);
    hideTextWidget(this.text);
    copyAsNode(node, this.view.element);
    this.listen();
    this.read();
    node.setSize([Math.max(node.size[0], NEW_NODE[0]), Math.max(node.size[1], NEW_NODE[1])]);
    widgets.add(this);
  }

  /** Follow the events of this node. */
  listen() {
    const { node, text } = this;
    chainCallback(text, "callback", () => this.read());
    chainCallback(node, "onConfigure", () => {
      this.read();
      showInputs(node, this.state);
    });
    chainCallback(node, "onConnectionsChange", () => queueMicrotask(() => this.show()));
    chainCallback(node, "onAdded", () => {
      widgets.add(this);
      this.session.requestPicture(this.state);
    });
    chainCallback(node, "onRemoved", () => this.removed());
    followRenderer(this.view.element, (event) => {
      const list = event.target.closest("textarea, .ll-list, .ll-cells, .ll-said");
      return Boolean(list) && list.scrollHeight > list.clientHeight;
    });
  }

  /** The editor has changed. */
  onEdit(what) {
    if (what === "text") this.updateRegion();
    this.view?.region.show();
  }

  updateRegion() {
    this.change(states.drawRegion(this.state, this.editor.entries), { levers: true });
  }

  /**
   * Change the state.
   * @param {import("./explorer_state.js").State} state
   * @param {{levers?: boolean}} [how] `levers`: whether they must be computed again.
   */
  change(state, { levers = false } = {}) {
    if (this.problem) return this.show(); // keeps a text that cannot be read
    const [before, text] = [this.state, states.writeState(state)];
    this.state = state;
    if (text !== this.known) {
      this.known = text; // first: some pages report the new value at once
      this.text.value = text;
      if (state.shapes === before.shapes) this.session.requestPicture(state);
    }
    if (state.levers !== before.levers) {
      showInputs(this.node, state, before);
      this.recorder.move(state);
    }
    graphChanged();
    if (levers) this.session.requestLevers(state);
    this.show();
  }

  /** Start to record the moves of levers, or keep what was recorded. */
  recordMoves() {
    const { recorder, state } = this;
    if (recorder.on) return this.change({ ...state, record: recorder.stop() });
    recorder.start(state);
    return this.show();
  }

  /** Read the state from the text, which may have been changed elsewhere. */
  read() {
    const text = String(this.text.value ?? "");
    if (text === this.known) return;
    this.known = text;
    const { state, problem } = states.readState(text);
    Object.assign(this, { state, problem });
    this.recorder.on = false;
    this.editor.load(writeShapes(state.shapes));
    showInputs(this.node, state);
    if (this.session.phase === "live") {
      this.session.requestPicture(state);
      this.session.updateLevers(state);
    }
    this.show();
  }

  /** The session has something new to show. */
  onChange(what) {
    if (!this.view) return;
    if (what === "picture") this.view.showPicture(this.session);
    else this.show();
    memory.save(this.session.key, this.session);
  }

  show() {
    if (!this.view) return;
    const region = this.editor.entries.length > 0 || Boolean(this.session.info?.mask);
    this.view.region.note = this.note();
    this.showMask();
    this.view.show(this.session, this.state, { region, recording: this.recorder.on, unreadable: this.problem, levers: this.state.levers.length, search: this.search });
    this.view.region.show();
  }

  /** Show the connected mask: that of the image, where there are several. */
  async showMask() {
    const { stage } = this.view.region;
    const masks = this.session.info?.masks ?? [];
    const address = masks[Math.min(this.state.image, masks.length - 1)] ?? "";
    if (address === this.maskShown) return;
    this.maskShown = address;
    const mask = address ? await fetchPicture(address) : null;
    if (address !== this.maskShown) return; // another one since
    stage.mask = mask;
    stage.draw();
  }

  /** Remarks on what is connected. */
  note() {
    return [
      isConnected(this.node, "state") && "The state comes from the connected text; what is done here is not used.",
      this.state.levers.some((_, index) => isDriven(this.node, index)) && "A run takes the pull of a lever with a wire from the wire.",
      this.session.phase === "live" && this.session.info?.mask && "The shapes are drawn on the connected mask.",
    ].filter(Boolean).join(" ");
  }

  /** Use a session. `key`: of all that reached the node in the run that opened it. */
  adopt(info, key, known = null) {
    if (info.session !== this.session.info?.session) this.search.cancel();
    this.editor.presets = { ...FACE_PRESETS, ...info.presets };
    this.editor.size = info.size;
    this.session.adopt(info, this.state, key, known);
    this.look();
  }

  /** Say whether something else reaches the node than in the run; where that has a session already, use it. */
  look() {
    const { phase, key } = this.session;
    if (phase !== "live" && phase !== "new") return;
    const now = keyOf(this.node, inputsOf(this.node));
    if (phase === "live" && now === key) return this.session.setOutdated(false);
    const known = memory.load(now);
    if (known) return this.adopt(known.info, now, known);
    if (phase === "live") this.session.setOutdated(true);
    else this.findSession(now);
  }

  /** Use the session that the node had before a reload of the page, if it is still open. */
  async findSession(key) {
    const token = this.sought === key ? "" : memory.tokenOf(key);
    this.sought = key; // asked once
    if (!token) return;
    const info = await this.client.find(executionId(this.node), token).catch(() => null);
    const same = info?.session === token && keyOf(this.node, inputsOf(this.node)) === key;
    if (same && this.session.phase === "new" && widgets.has(this)) this.adopt(info, key);
  }

  /** Run the graph up to this node. */
  async start() {
    if (this.problem) return this.startOver();
    const { session } = this;
    session.setPhase("starting");
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const waits = () => session.phase === "starting" && widgets.has(this);
    const { run, problem } = await runUpTo(this.node);
    if (problem) return session.setPhase("new", problem);
    while (waits() && (await isQueued(run))) await pause(QUEUE_POLL);
    if (waits()) await pause(ARRIVING);
    const failure = waits() ? await recover(run, this.node) : "";
    if (waits()) session.setPhase("new", failure || "The graph did not run as far as this node. See what ComfyUI says.");
  }

  /** Discard a text that cannot be read. */
  startOver() {
    this.problem = "";
    this.change(states.readState("").state);
  }

  /** The node was removed: close its session, unless undo or a change of workflows restores the node. */
  removed() {
    const { client, session } = this;
    const workflow = currentWorkflow();
    widgets.delete(this);
    session.pictures.cancel();
    session.levers.cancel();
    this.search.cancel();
    this.view.photo.crop.showPicture(null);
    session.picture = this.view.region.stage.picture = null; // the widget that restores it may close it
    setTimeout(() => {
      const restored = [...widgets].some((widget) => widget.node.id === this.node.id || widget.client.session === client.session);
      if (restored || !client.session || currentWorkflow() !== workflow) return;
      client.close();
      memory.remove(session.key);
    }, REMOVED);
  }
}

/** A run has sent the session of a node. */
function onSession({ node, key }, output) {
  let info = null;
  try {
    info = JSON.parse(output?.explorer?.[0] ?? "null");
  } catch {} // sent by another version of the pack
  if (!info?.session) return;
  const widget = [...widgets].find((each) => each.node === node);
  if (widget) widget.adopt(info, key);
  else memory.save(key, { info }); // its workflow is not open now
}

onOutput(onSession);
setInterval(() => {
  for (const widget of widgets) {
    widget.look();
    fillNode(widget.view.element);
  }
}, LOOK);

app.registerExtension({
  name: "latentlevers.Explorer",
  nodeCreated(node) {
    if (node.comfyClass === NODE && node.widgets?.some((widget) => widget.name === "state")) new ExplorerWidget(node);
  },
});
