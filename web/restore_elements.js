/**
 * Each node shows its own element. When a page with Nodes 2.0 recreates nodes, as on undo or on entering a subgraph, it may
 * show the element of another node with the same number. Input to that element would then change a node that nobody sees.
 */

import { app } from "../../scripts/app.js";
import { chainCallback } from "./chain_callback.js";

const DELAYS = [0, 100, 600]; // milliseconds after which the page may have drawn its nodes

/** @type {Set<{node: any, element: HTMLElement}>} Elements of the nodes that are in a graph. */
const owned = new Set();

/** Replace every element that is shown in the wrong node. */
function restoreNow() {
  for (const { node, element } of owned) {
    if (node.graph !== app.canvas?.graph || element.closest("[data-node-id]")) continue;
    const place = document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"]`);
    place?.querySelector(`[data-latent-levers="${element.dataset.latentLevers}"]`)?.replaceWith(element);
  }
}

/** Restore the elements now, and again once the page has drawn its nodes. */
export function restoreElements() {
  DELAYS.forEach((milliseconds) => setTimeout(restoreNow, milliseconds));
}

/**
 * Restore a node's element whenever needed, as long as the node exists.
 * @param {any} node One that is not yet in a graph.
 * @param {HTMLElement} element
 * @param {string} kind Only elements of one kind replace each other.
 */
export function keepOwnElement(node, element, kind) {
  const own = { node, element };
  element.dataset.latentLevers = kind;
  element.addEventListener("pointerenter", restoreElements);
  chainCallback(node, "onAdded", () => {
    owned.add(own);
    restoreElements();
  });
  chainCallback(node, "onRemoved", () => owned.delete(own));
}
