/** The picture that a region is drawn on: from the connected node, or from the last run. */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { locatorId } from "./comfy_graph.js";

/** The address of a picture that ComfyUI stores. */
export function addressOf({ filename, subfolder = "", type = "output" }) {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
}

/** The decoded picture at an address, or null if it cannot be loaded. */
export function fetchPicture(address) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = address;
  });
}

/** Index of a node's input, or -1. */
function inputIndex(node, name) {
  return node.inputs?.findIndex((each) => each.name === name) ?? -1;
}

/** Whether an input is connected. */
export function isConnected(node, name) {
  const slot = inputIndex(node, name);
  return slot >= 0 && node.inputs[slot].link != null;
}

/** Address of the picture that the connected node showed last; empty if there is none, or if it may be another one than that
 * which is connected: a node shows what its first output gives, and a crop, say, gives the cut and shows the photo. */
export function connectedPicture(node) {
  const slot = inputIndex(node, "image");
  const source = slot < 0 ? null : node.getInputNode?.(slot);
  if (!source || node.getInputLink?.(slot)?.origin_slot) return "";
  const shown = (app.nodeOutputs?.[locatorId(source)]?.images ?? [])[0];
  return shown?.filename ? addressOf(shown) : (source.imgs?.[0]?.src ?? "");
}

/** The message about the region that a run sent; see nodes/levers/region_mask.py. */
export function regionMessage(output) {
  try {
    return JSON.parse(output?.region?.[0] ?? "null");
  } catch {
    return null;
  }
}

/** The message of the last run, which the page keeps while it is open. */
export function lastRegionMessage(node) {
  return regionMessage(app.nodeOutputs?.[locatorId(node)]);
}
