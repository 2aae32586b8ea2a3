/** How a picture of ours lives in a node of ComfyUI: both in the classic canvas and in its Vue renderer. */

import { app } from "../../scripts/app.js";

export { chain } from "./chaining.js";

/** Add an element to a node that is never saved: what it shows lives in another widget. */
export function host(node, name, element, leastHigh) {
  const widget = node.addDOMWidget(name, name, element, {
    serialize: false,
    hideOnZoom: false,
    getMinHeight: () => leastHigh,
    getValue: () => "",
    setValue: () => {},
  });
  widget.serialize = false;
  return widget;
}

/** The text stays, unseen, as the place where things live. */
export function hideText(widget) {
  widget.hidden = true;
  widget.options = Object.assign(widget.options ?? {}, { hidden: true });
  widget.computeLayoutSize = undefined; // else the classic canvas keeps its room free
  widget.computeSize = () => [0, -4];
}

/** Whether an element is drawn by the Vue renderer. */
const inVue = (element) => Boolean(element.closest("[data-node-id]"));

/**
 * Mark which renderer draws an element, by the class `ll-vue`. In the classic canvas the graph lies below: it is moved and
 * zoomed as if nothing were above it.
 * @param {HTMLElement} element
 * @param {(event: WheelEvent) => boolean} scrolls Whether the wheel means the element itself.
 */
export function followRenderer(element, scrolls) {
  new ResizeObserver(() => element.classList.toggle("ll-vue", inVue(element))).observe(element);
  const pass = (kind, take, when) => {
    element.addEventListener(kind, (event) => !inVue(element) && when(event) && take(event), { passive: false });
  };
  pass("pointerdown", (event) => app.canvas.processMouseDown(event), (event) => event.button === 1);
  pass("pointermove", (event) => app.canvas.processMouseMove(event), (event) => (event.buttons & 4) === 4);
  pass("pointerup", (event) => app.canvas.processMouseUp(event), (event) => event.button === 1);
  pass("wheel", (event) => app.canvas.processMouseWheel(event), (event) => !scrolls(event));
}

const QUIET = 300; // milliseconds without a change after which the page notes one step that it can undo
let noting = 0;

/** Tell the page that the graph is another one. A slider that is dragged is one step, and looking at a large graph takes a while. */
export function graphChanged() {
  app.graph?.setDirtyCanvas?.(true, true);
  clearTimeout(noting);
  noting = setTimeout(() => app.extensionManager?.workflow?.activeWorkflow?.changeTracker?.checkState?.(), QUIET);
}

/** The graph that holds all others. */
export function rootGraph() {
  return app.rootGraph ?? app.graph;
}

/** The id by which a run knows a node, such as "12", or "12:3" inside a subgraph; empty if it is in none. */
export function executionId(node, graph = rootGraph(), seen = new Set()) {
  if (!graph || seen.has(graph)) return "";
  seen.add(graph);
  if (node.graph === graph) return String(node.id);
  for (const each of graph._nodes ?? graph.nodes ?? []) {
    const below = each.subgraph && executionId(node, each.subgraph, seen);
    if (below) return `${each.id}:${below}`;
  }
  return "";
}
