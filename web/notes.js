// Shows what a node has to say after it ran: sizes, resampled masks, warnings.
// ComfyUI's own text preview is saved with the graph as one more widget value, which would end up
// in the wrong place once a node gets a new widget; this one is never saved.

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

/** The pack as the server calls it: the last folder of this file's address before its name. Categories are translated. */
const MODULE = `custom_nodes.${decodeURIComponent(new URL(".", import.meta.url).pathname.split("/").at(-2))}`;
const NAME = "latent_levers_notes";
const LINE = 15; // pixels
const MOST_LINES = 8; // the rest is scrolled to
const MARGIN = 22; // pixels that ComfyUI keeps free above and below, and a little
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

/** Lines that a text takes in a node of some width. */
function countLines(text, width) {
  const perLine = Math.max(16, Math.floor((width - 36) / 5.4));
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
}

function addNotes(node, text) {
  const element = document.createElement("div");
  element.textContent = text; // before the widget is laid out, which asks for its height
  element.style.cssText =
    "font: 11px/15px sans-serif; color: var(--descrip-text, #aaa); padding: 2px 8px; " +
    "max-height: 124px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; user-select: text;";
  const widget = node.addDOMWidget(NAME, NAME, element, { serialize: false, hideOnZoom: false });
  // A height of its own: widgets that can grow would share the room of the picture with it.
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
  else if (text) addNotes(node, text);
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
