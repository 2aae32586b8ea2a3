/**
 * What the modules of `web/` import from ComfyUI's page as `scripts/app.js`: a graph with one node, whose widget fills the
 * page. Its state is kept while the tab is open.
 */

const PACK = "custom_nodes.latent_levers"; // as `web/comfy_graph.js` reads it from its own address
const NODE = 1;
const STORED = `latent_levers.state ${location.pathname}`;
const ORIGINS = { gan: 2, latents: 3 }; // links to nodes that only the saved workflow has

const canvas = { processMouseDown() {}, processMouseMove() {}, processMouseUp() {}, processMouseWheel() {}, setDirty() {} };

function readStored() {
  try {
    return sessionStorage.getItem(STORED) ?? "{}";
  } catch {
    return "{}";
  }
}

function writeStored(text) {
  try {
    sessionStorage.setItem(STORED, text);
  } catch {} // a page without storage forgets it on a reload
}

/** The text widget of the node, which a reload of the page restores. */
class StateWidget {
  name = "state";
  type = "customtext";
  options = {};
  #text = readStored();

  get value() {
    return this.#text;
  }

  set value(text) {
    this.#text = String(text);
    writeStored(this.#text);
  }
}

/** The node of the explorer, as far as its widget uses one. */
class ExplorerNode {
  static nodeData = { name: "GANExplorer", python_module: PACK };
  id = NODE;
  type = "GANExplorer";
  comfyClass = "GANExplorer";
  title = "Explorer";
  mode = 0;
  size = [0, 0];
  properties = {};
  outputs = [];
  widgets = [new StateWidget()];
  inputs = [
    { name: "gan", type: "GAN", link: ORIGINS.gan },
    { name: "latents", type: "GAN_LATENT", link: ORIGINS.latents },
    { name: "directions", type: "GAN_DIRECTIONS", link: null },
    { name: "mask", type: "MASK", link: null },
    { name: "photo", type: "IMAGE", link: null },
  ];

  /** @param {any} graph @param {HTMLElement} place Where the elements of its widgets are shown. */
  constructor(graph, place) {
    Object.assign(this, { graph, place });
  }

  addDOMWidget(name, type, element, options = {}) {
    const widget = { name, type, element, options, value: "" };
    this.widgets.push(widget);
    this.place.append(element);
    return widget;
  }

  addInput(name, type, more = {}) {
    const input = { name, type, link: null, ...more };
    this.inputs.push(input);
    return input;
  }

  removeInput(index) {
    this.inputs.splice(index, 1);
  }

  /** The window gives the size. */
  setSize() {}

  setDirtyCanvas() {}

  getInputNode() {
    return null;
  }
}

const graph = {
  id: "latent-levers-explore",
  isRootGraph: true,
  _nodes: [],
  getNodeById: (id) => graph._nodes.find((node) => node.id === Number(id)) ?? null,
  getLink: () => null,
  setDirtyCanvas() {},
};

/** @type {any[]} */
const extensions = [];

/** The language of the widgets: one of `words.json`, by the settings of the browser. */
const locale = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "standalone";

export const app = {
  canvas,
  graph,
  rootGraph: graph,
  nodeOutputs: {},
  extensionManager: { setting: { get: (name) => (name === "Comfy.Locale" ? locale : undefined) } },

  registerExtension(extension) {
    extensions.push(extension);
  },

  /** The graph as it would be sent. */
  async graphToPrompt() {
    const output = Object.fromEntries(graph._nodes.map((node) => [String(node.id), { class_type: node.type, inputs: {} }]));
    return { output, workflow: {} };
  },

  /** Start the extensions that were registered, then show the node. */
  async start(place) {
    for (const extension of extensions) await extension.init?.(app);
    for (const extension of extensions) await extension.setup?.(app);
    const node = new ExplorerNode(graph, place);
    for (const extension of extensions) await extension.nodeCreated?.(node, app);
    graph._nodes.push(node);
    node.onAdded?.(graph);
    return node;
  },
};
