// Shows the messages of a node after a run: sizes, resampled masks, warnings. Once something else reaches the node, it says
// that they are of the last run.
// ComfyUI's own text preview is saved with the graph as one more widget value. Once a node gets a new
// widget, that value would be read as the value of another one; this widget is never saved.

import { app } from "../../scripts/app.js";
import { inputsOf, onOutput } from "./graph_runs.js";
import { translate } from "./translation.js";

const NAME = "latent_levers_notes";
const LINE = 15; // pixels
const MOST_LINES = 8; // the others are scrolled to
const MARGIN = 22; // pixels that ComfyUI leaves free above and below, and some more
const MIN_WIDTH = 200;
const LOOK = 200; // milliseconds between two looks at what reaches the nodes
const CHANGED = "Inputs changed. Of the last run:";

/** @type {Map<any, {head: HTMLElement, body: HTMLElement, upstream: string}>} By node. */
const shown = new Map();

/** Number of lines of a text in a node of a width. */
function countLines(text, width) {
  const perLine = Math.max(16, Math.floor((width - 36) / 5.4));
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
}

function addMessages(node, text) {
  const element = document.createElement("div");
  const [head, body] = [0, 1].map(() => element.appendChild(document.createElement("div")));
  body.textContent = text; // before the layout, which reads its height
  element.style.cssText =
    "font: 11px/15px sans-serif; color: var(--descrip-text, #aaa); padding: 2px 8px; " +
    "max-height: 124px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; user-select: text;";
  head.style.cssText = "color: #f2b33d; font-weight: 600;";
  head.hidden = true;
  head.textContent = CHANGED;
  translate(head);
  const widget = node.addDOMWidget(NAME, NAME, element, { serialize: false, hideOnZoom: false });
  // A fixed height: a widget that can grow would take space from the picture.
  widget.computeLayoutSize = undefined;
  widget.computeSize = () => {
    const lines = countLines(body.textContent, node.size[0]); // without the remark: a node that grows covers others
    return [MIN_WIDTH, LINE * Math.min(MOST_LINES, lines) + MARGIN];
  };
  widget.serialize = false;
  return (widget.messages = { head, body, upstream: "" });
}

/** Give a node the height that its messages need. */
function fit(node) {
  const [width, height] = node.computeSize();
  node.setSize([Math.max(node.size[0], width), Math.max(node.size[1], height)]);
  app.graph.setDirtyCanvas(true, true);
}

function show(node, text, upstream) {
  const widget = node.widgets?.find((each) => each.name === NAME);
  if (!widget && !text) return;
  const messages = widget?.messages ?? addMessages(node, text);
  shown.set(node, messages);
  messages.body.textContent = text;
  messages.upstream = upstream;
  look(node, messages);
  fit(node);
}

/** Say whether the messages are of other inputs than those that a node has now. */
function look(node, { head, body, upstream }) {
  const current = !body.textContent || inputsOf(node) === upstream;
  if (head.hidden === current) return;
  head.hidden = current;
  body.style.opacity = current ? "" : "0.5";
}

onOutput(({ node, upstream }, { text }) => {
  if (Array.isArray(text) && node.graph) show(node, text.join("\n"), upstream);
});

setInterval(() => {
  for (const [node, messages] of shown) {
    if (node.graph) look(node, messages);
    else shown.delete(node);
  }
}, LOOK);
