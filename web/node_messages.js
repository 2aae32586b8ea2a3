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
const DETAILS = "Details:"; // the line after which figures for specialists follow
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
  const [head, body, folded] = ["div", "div", "details"].map((kind) => element.appendChild(document.createElement(kind)));
  const title = folded.appendChild(document.createElement("summary"));
  title.style.cursor = "pointer";
  title.textContent = "Details";
  translate(title);
  folded.appendChild(document.createElement("div"));
  fill({ body, folded }, text); // before the layout, which reads its height
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
    return [MIN_WIDTH, LINE * Math.min(MOST_LINES, lines + (folded.hidden ? 0 : 1)) + MARGIN];
  };
  widget.serialize = false;
  return (widget.messages = { head, body, folded, upstream: "" });
}

/** Write the messages; what follows the line of details is folded. */
function fill({ body, folded }, text) {
  const lines = text.split("\n");
  const at = lines.includes(DETAILS) ? lines.indexOf(DETAILS) : lines.length;
  body.textContent = lines.slice(0, at).join("\n");
  folded.lastChild.textContent = lines.slice(at + 1).join("\n");
  folded.hidden = at >= lines.length - 1;
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
  fill(messages, text);
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
