/**
 * Elements in the place of others: in Nodes 2.0 a page that makes nodes anew, as it does when it takes back a change or
 * enters a subgraph, may go on showing the element of another node of the same number. What people then do in it would
 * happen to a node that they do not see.
 */

import { app } from "../../scripts/app.js";
import { chain } from "./chaining.js";

const LATER = [0, 100, 600]; // milliseconds after which the page may have drawn its nodes

/** The name under which the page knows a node: in a subgraph, that of the graph comes first. */
export function nameOf(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/** @type {Set<{node: any, element: HTMLElement}>} Elements of the nodes that there are. */
const owned = new Set();

/** Put every node's own element where another one is shown. */
function settle() {
  for (const { node, element } of owned) {
    if (node.graph !== app.canvas?.graph || element.closest("[data-node-id]")) continue;
    const place = document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"]`);
    place?.querySelector(`[data-latent-levers="${element.dataset.latentLevers}"]`)?.replaceWith(element);
  }
}

/** Look after the elements, also once the page has drawn its nodes. */
export function takePlaces() {
  LATER.forEach((milliseconds) => setTimeout(settle, milliseconds));
}

/**
 * Look after the element of a node's widget, as long as there is the node.
 * @param {any} node One that is not yet in a graph.
 * @param {HTMLElement} element
 * @param {string} kind Elements of one kind stand for each other.
 */
export function lookAfter(node, element, kind) {
  const own = { node, element };
  element.dataset.latentLevers = kind;
  element.addEventListener("pointerenter", takePlaces);
  chain(node, "onAdded", () => {
    owned.add(own);
    takePlaces();
  });
  chain(node, "onRemoved", () => owned.delete(own));
}
