// Shows the messages of a node after a run: sizes, resampled masks, warnings.
// ComfyUI's own text preview is saved with the graph as one more widget value. Once a node gets a new
// widget, that value would be read as the value of another one; this widget is never saved.

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

/** The pack's module on the server: the last folder of this file's address. A node's category would be translated. */
const MODULE = `custom_nodes.${decodeURIComponent(new URL(".", import.meta.url).pathname.split("/").at(-2))}`;
const NAME = "latent_levers_notes";
const LINE = 15; // pixels
const MOST_LINES = 8; // the others are scrolled to
const MARGIN = 22; // pixels that ComfyUI leaves free above and below, and some more
const MIN_WIDTH = 200;

/** The node of an execution id such as "12", or "12:3" inside a subgraph. */
function findNode(id) {
  let graph = app.rootGraph ?? app.graph;
  let node = null;
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById(Number(part)) ?? graph?.getNodeById(part) ?? null;
    graph = node?.subgraph;
  }
  return node;
}

/** Number of lines of a text in a node of a width. */
function countLines(text, width) {
  const perLine = Math.max(16, Math.floor((width - 36) / 5.4));
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
}

function addMessages(node, text) {
  const element = document.createElement("div");
  element.textContent = text; // before the layout, which reads its height
  element.style.cssText =
    "font: 11px/15px sans-serif; color: var(--descrip-text, #aaa); padding: 2px 8px; " +
    "max-height: 124px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; user-select: text;";
  const widget = node.addDOMWidget(NAME, NAME, element, { serialize: false, hideOnZoom: false });
  // A fixed height: a widget that can grow would take space from the picture.
  widget.computeLayoutSize = undefined;
  widget.computeSize = () => {
    const lines = countLines(element.textContent, node.size[0]);
    return [MIN_WIDTH, LINE * Math.min(MOST_LINES, lines) + MARGIN];
  };
  widget.serialize = false;
}

function show(node, text) {
  const widget = node.widgets?.find((each) => each.name === NAME);
  if (widget) widget.element.textContent = text;
  else if (text) addMessages(node, text);
  else return;
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width), Math.max(node.size[1], height)]);
  app.graph.setDirtyCanvas(true, true);
}

app.registerExtension({
  name: "latentlevers.Notes",
  setup() {
    api.addEventListener("executed", ({ detail }) => {
      const text = detail?.output?.text;
      const node = Array.isArray(text) ? findNode(detail.display_node ?? detail.node) : null;
      if (node?.constructor?.nodeData?.python_module === MODULE) show(node, text.join("\n"));
    });
  },
});
