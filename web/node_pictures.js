// In the Vue renderer, a node's picture gets what height is left, and at least 220 pixels: a wide sheet is then drawn smaller than
// its node. Here nodes of this pack grow until their picture has their width, as long as they cover no other node.

import { app } from "../../scripts/app.js";
import { isOurs } from "./comfy_graph.js";
import { onOutput } from "./graph_runs.js";

const DRAWN = [300, 600, 1200]; // milliseconds after which the page may have drawn a picture
const TITLE = 30; // pixels of a node's title, above its corner
const MARGIN = 20; // pixels between two nodes
const ENOUGH = 8; // pixels that do not matter
const TALLEST = 1.25; // height of a picture that a node grows for, in widths

/** The height to which a node may grow without covering another one. */
function roomBelow(node) {
  const [left, top] = node.pos;
  const others = (node.graph._nodes ?? node.graph.nodes).filter((other) => other !== node && other.pos[1] > top);
  const below = others.filter((other) => other.pos[0] < left + node.size[0] && other.pos[0] + other.size[0] > left);
  return Math.min(...below.map((other) => other.pos[1] - TITLE - MARGIN - top), Infinity);
}

/** Grow a node by what its picture lacks in height. */
function fit(node) {
  const images = document.querySelectorAll(`[data-node-id="${CSS.escape(String(node.id))}"] .image-preview img`);
  if (images.length !== 1 || node.graph !== app.canvas?.graph || node.flags?.collapsed) return;
  const [{ clientWidth, clientHeight, naturalWidth, naturalHeight }] = images;
  if (!clientWidth || !naturalWidth) return;
  const lacks = Math.min((clientWidth * naturalHeight) / naturalWidth, clientWidth * TALLEST) - clientHeight;
  const height = Math.min(node.size[1] + lacks, roomBelow(node));
  if (lacks > ENOUGH && height > node.size[1] + ENOUGH) node.setSize([node.size[0], Math.round(height)]);
}

onOutput(({ node }, output) => {
  if (!output?.images?.length || !node.graph || !isOurs(node)) return;
  for (const milliseconds of DRAWN) setTimeout(() => node.graph && fit(node), milliseconds);
});
