/** The graph of ComfyUI's page: its ids of nodes, and how it learns of changes. */

import { app } from "../../scripts/app.js";

const QUIET = 300; // milliseconds without a change after which the page records one step of undo
let recording = 0;

/** Report a change of the graph. Dragging a slider is one step of undo, and comparing a large graph takes a while. */
export function graphChanged() {
  app.graph?.setDirtyCanvas?.(true, true);
  clearTimeout(recording);
  recording = setTimeout(() => app.extensionManager?.workflow?.activeWorkflow?.changeTracker?.checkState?.(), QUIET);
}

/** The graph that contains all others. */
export function rootGraph() {
  return app.rootGraph ?? app.graph;
}

/** The workflow that is open, as its place among all that are open; empty in a page without workflows. */
export function currentWorkflow() {
  return String(app.extensionManager?.workflow?.activeWorkflow?.path ?? "");
}

/** The id of a node in a run, such as "12", or "12:3" inside a subgraph; empty for a node that is in no graph. */
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

/** The id of a node in the page's tables of outputs: inside a subgraph, the id of that graph comes first. */
export function locatorId(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/** The node of an execution id such as "12", or "12:3" inside a subgraph; null if there is none. */
export function findNode(id) {
  let graph = rootGraph();
  let node = null;
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById(Number(part)) ?? graph?.getNodeById(part) ?? null;
    graph = node?.subgraph;
  }
  return node;
}

/** The pack's module on the server: the last folder of this file's address. A node's category would be translated. */
const MODULE = `custom_nodes.${decodeURIComponent(new URL(".", import.meta.url).pathname.split("/").at(-2))}`;

/** Whether a node is one of this pack. */
export function isOurs(node) {
  return node?.constructor?.nodeData?.python_module === MODULE;
}
