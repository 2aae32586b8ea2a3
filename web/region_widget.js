/**
 * Lets people draw on the node RegionMask. The shapes live in the node's own text widget, which is all that is saved and
 * sent; this one shows it as a picture, and is never saved.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { chain } from "./chaining.js";
import { FACE_PRESETS } from "./face_presets.js";
import { RegionEditor } from "./region_editor.js";
import { fetchPicture, addressOf, isConnected, pictureBefore, told, toldBefore } from "./region_picture.js";
import { RegionView } from "./region_view.js";
import { lookAfter, takePlaces } from "./taking_place.js";
import { followRenderer, graphChanged, hideText, host } from "./widget_hosting.js";
import { translate } from "./words.js";

const NODE = "RegionMask";
const NAME = "latent_levers_region";
const LEAST_HIGH = 330; // pixels of the widget
const NEW_NODE = [340, 500];
const SOON = 1500; // milliseconds after which a page that loads has its pictures

/** @type {Set<RegionWidget>} Those on the page. */
const widgets = new Set();

class RegionWidget {
  /** @param {any} node */
  constructor(node) {
    this.node = node;
    this.text = node.widgets.find((widget) => widget.name === "shapes");
    this.editor = new RegionEditor((what) => this.changed(what));
    this.view = new RegionView(this.editor, (text) => this.typed(text));
    translate(this.view.element);
    this.shown = "";
    this.heard = null;
    this.widget = host(node, NAME, this.view.element, LEAST_HIGH);
    lookAfter(node, this.view.element, NAME);
    hideText(this.text); // shown by this widget
    this.hook();
    this.editor.load(String(this.text.value ?? ""));
    node.setSize([Math.max(node.size[0], NEW_NODE[0]), Math.max(node.size[1], NEW_NODE[1])]);
    widgets.add(this);
    setTimeout(() => this.look(), SOON);
  }

  /** Follow what happens to this node, and to no other. */
  hook() {
    const { node, text } = this;
    chain(text, "callback", () => this.editor.load(String(text.value ?? "")));
    chain(node, "onConfigure", () => {
      this.editor.load(String(text.value ?? ""));
      this.makeRoom();
      this.look();
    });
    chain(node, "onExecuted", (output) => this.hear(told(output)));
    chain(node, "onConnectionsChange", () => queueMicrotask(() => this.look()));
    chain(node, "onAdded", () => widgets.add(this));
    chain(node, "onRemoved", () => widgets.delete(this));
    const { element } = this.view;
    element.addEventListener("pointerenter", () => this.look());
    followRenderer(element, (event) => Boolean(event.target.closest("textarea")));
  }

  /** Workflows that were saved before there was a picture have smaller nodes. */
  makeRoom() {
    const { node } = this;
    const least = node.computeSize();
    if ([0, 1].some((side) => node.size[side] < least[side])) {
      node.setSize([0, 1].map((side) => Math.max(node.size[side], least[side])));
    }
  }

  /** The editor changed something. */
  changed(what) {
    if (what === "text") this.store(this.editor.text);
    this.view?.show();
  }

  /** Somebody typed. */
  typed(text) {
    this.editor.load(text, true);
    this.store(text);
  }

  /** Write the shapes to where they live, and tell the page that the graph is another one. */
  store(text) {
    this.text.value = text;
    graphChanged();
  }

  /** A run of this node told about its region. */
  hear(about) {
    if (!about) return;
    this.heard = about;
    this.look(true);
  }

  /** See which picture there is now, and what is connected. */
  async look(ran = false) {
    const { node, editor, view } = this;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.heard ??= toldBefore(node);
    const [gan, image] = ["gan", "image"].map((name) => isConnected(node, name));
    const own = (gan || image) && this.heard?.picture ? addressOf(this.heard.picture) : "";
    const before = image ? pictureBefore(node) : "";
    const address = (ran && own) || before || own;
    view.note = [
      isConnected(node, "shapes") && "The shapes come from the connected text; what is drawn here is not used.",
      isConnected(node, "mask") && "The shapes are drawn on the connected mask.",
      !address && (gan || image ? "Run the graph once to see the picture here." : "Connect an image or a gan to draw on its picture."),
    ].filter(Boolean).join(" ");
    const mask = isConnected(node, "mask") && this.heard?.mask ? addressOf(this.heard.mask) : "";
    const [picture, joined] = await Promise.all([this.picture(address), this.picture(mask)]);
    if (turn !== this.turn) return; // somebody looked again meanwhile
    editor.presets = { ...FACE_PRESETS, ...(gan && this.heard?.presets) };
    editor.size = sizeOf(picture, gan || !picture ? this.heard?.size : null);
    view.stage.picture = picture;
    view.stage.mask = joined;
    view.show();
  }

  /** A picture, fetched once. */
  async picture(address) {
    this.fetched ??= new Map();
    if (address && !this.fetched.has(address)) {
      if (this.fetched.size > 3) this.fetched.delete(this.fetched.keys().next().value);
      this.fetched.set(address, fetchPicture(address));
    }
    return address ? this.fetched.get(address) : null;
  }
}

/** Height and width of the image: what a run told, unless the picture has other proportions. */
function sizeOf(picture, said) {
  const seen = picture && [picture.naturalHeight, picture.naturalWidth];
  const alike = said && seen && Math.abs(said[0] * seen[1] - said[1] * seen[0]) <= Math.max(...said, ...seen);
  return (alike || !seen ? said : seen) ?? [256, 256];
}

app.registerExtension({
  name: "latentlevers.Region",
  setup() {
    app.canvas?.canvas?.addEventListener("litegraph:set-graph", takePlaces);
    api.addEventListener("executed", () => widgets.forEach((widget) => setTimeout(() => widget.look())));
  },
  nodeCreated(node) {
    if (node.comfyClass === NODE && node.widgets?.some((widget) => widget.name === "shapes")) new RegionWidget(node);
  },
});
