/**
 * RegionMask in ComfyUI's page: people draw on the node. The shapes are stored in the node's own text widget, which alone is
 * saved and sent; this widget shows them on a picture, and is never saved.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { chainCallback } from "./chain_callback.js";
import { graphChanged } from "./comfy_graph.js";
import { addElementWidget, followRenderer, hideTextWidget } from "./dom_widget.js";
import { FACE_PRESETS } from "./face_presets.js";
import { RegionEditor } from "./region_editor.js";
import { addressOf, connectedPicture, fetchPicture, isConnected, lastRegionMessage, regionMessage } from "./region_picture.js";
import { RegionView } from "./region_view.js";
import { keepOwnElement, restoreElements } from "./restore_elements.js";
import { translate } from "./translation.js";

const NODE = "RegionMask";
const NAME = "latent_levers_region";
const MIN_HEIGHT = 330; // pixels of the widget
const NEW_NODE = [340, 500];
const LOADED = 1500; // milliseconds after which a page that loads has its pictures

/** @type {Set<RegionWidget>} The widgets on the page. */
const widgets = new Set();

class RegionWidget {
  /** @param {any} node */
  constructor(node) {
    this.node = node;
    this.text = node.widgets.find((widget) => widget.name === "shapes");
    this.editor = new RegionEditor((what) => this.onEdit(what));
    this.view = new RegionView(this.editor, (text) => this.onText(text));
    translate(this.view.element);
    this.message = null;
    addElementWidget(node, NAME, this.view.element, MIN_HEIGHT);
    keepOwnElement(node, this.view.element, NAME);
    hideTextWidget(this.text); // shown by this widget
    this.listen();
    this.editor.load(String(this.text.value ?? ""));
    node.setSize([Math.max(node.size[0], NEW_NODE[0]), Math.max(node.size[1], NEW_NODE[1])]);
    widgets.add(this);
    setTimeout(() => this.update(), LOADED);
  }

  /** Follow the events of this node. */
  listen() {
    const { node, text } = this;
    chainCallback(text, "callback", () => this.editor.load(String(text.value ?? "")));
    chainCallback(node, "onConfigure", () => {
      this.editor.load(String(text.value ?? ""));
      this.grow();
      this.update();
    });
    chainCallback(node, "onExecuted", (output) => this.onMessage(regionMessage(output)));
    chainCallback(node, "onConnectionsChange", () => queueMicrotask(() => this.update()));
    chainCallback(node, "onAdded", () => widgets.add(this));
    chainCallback(node, "onRemoved", () => widgets.delete(this));
    const { element } = this.view;
    element.addEventListener("pointerenter", () => this.update());
    followRenderer(element, (event) => Boolean(event.target.closest("textarea")));
  }

  /** Enlarge a node of a workflow from an older version, in which nodes had no picture. */
  grow() {
    const { node } = this;
    const least = node.computeSize();
    if ([0, 1].some((side) => node.size[side] < least[side])) {
      node.setSize([0, 1].map((side) => Math.max(node.size[side], least[side])));
    }
  }

  /** The editor has changed. */
  onEdit(what) {
    if (what === "text") this.store(this.editor.text);
    this.view?.show();
  }

  /** A text was typed. */
  onText(text) {
    this.editor.load(text, true);
    this.store(text);
  }

  /** Store the shapes in the text widget, and report the change of the graph. */
  store(text) {
    this.text.value = text;
    graphChanged();
  }

  /** A run of this node has sent its region. */
  onMessage(message) {
    if (!message) return;
    this.message = message;
    this.update(true);
  }

  /** Update the picture, and the remarks on what is connected; `ran` right after a run. */
  async update(ran = false) {
    const { node, editor, view } = this;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.message ??= lastRegionMessage(node);
    const [gan, image] = ["gan", "image"].map((name) => isConnected(node, name));
    const own = (gan || image) && this.message?.picture ? addressOf(this.message.picture) : "";
    const connected = image ? connectedPicture(node) : "";
    const address = (ran && own) || connected || own;
    view.note = [
      isConnected(node, "shapes") && "The shapes come from the connected text; what is drawn here is not used.",
      isConnected(node, "mask") && "The shapes are drawn on the connected mask.",
      !address && (gan || image ? "Run the graph once to see the picture here." : "Connect an image or a gan to draw on its picture."),
    ].filter(Boolean).join(" ");
    const mask = isConnected(node, "mask") && this.message?.mask ? addressOf(this.message.mask) : "";
    const [picture, ground] = await Promise.all([this.picture(address), this.picture(mask)]);
    if (turn !== this.turn) return; // replaced by a later update
    editor.presets = { ...FACE_PRESETS, ...(gan && this.message?.presets) };
    editor.size = sizeOf(picture, gan || !picture ? this.message?.size : null);
    view.stage.picture = picture;
    view.stage.mask = ground;
    view.show();
  }

  /** A picture; the last ones are cached. */
  async picture(address) {
    this.fetched ??= new Map();
    if (address && !this.fetched.has(address)) {
      if (this.fetched.size > 3) this.fetched.delete(this.fetched.keys().next().value);
      this.fetched.set(address, fetchPicture(address));
    }
    return address ? this.fetched.get(address) : null;
  }
}

/** Height and width of the image: those that a run sent, unless the picture has other proportions. */
function sizeOf(picture, sent) {
  const shown = picture && [picture.naturalHeight, picture.naturalWidth];
  const alike = sent && shown && Math.abs(sent[0] * shown[1] - sent[1] * shown[0]) <= Math.max(...sent, ...shown);
  return (alike || !shown ? sent : shown) ?? [256, 256];
}

app.registerExtension({
  name: "latentlevers.Region",
  setup() {
    app.canvas?.canvas?.addEventListener("litegraph:set-graph", restoreElements);
    api.addEventListener("executed", () => widgets.forEach((widget) => setTimeout(() => widget.update())));
  },
  nodeCreated(node) {
    if (node.comfyClass === NODE && node.widgets?.some((widget) => widget.name === "shapes")) new RegionWidget(node);
  },
});
