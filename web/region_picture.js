/** Which picture the region is drawn on: that of the node before, or what a run told. */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { nameOf } from "./taking_place.js";

/** The address of a picture that ComfyUI keeps. */
export function addressOf({ filename, subfolder = "", type = "output" }) {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
}

/** A decoded picture, or null where there is none. */
export function fetchPicture(address) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = address;
  });
}

/** The node's input of a name. */
function input(node, name) {
  return node.inputs?.findIndex((each) => each.name === name) ?? -1;
}

/** Whether something is connected. */
export function isConnected(node, name) {
  const slot = input(node, name);
  return slot >= 0 && node.inputs[slot].link != null;
}

/** What the node that gives the picture showed last: an address, or empty. */
export function pictureBefore(node) {
  const slot = input(node, "image");
  const source = slot < 0 ? null : node.getInputNode?.(slot);
  if (!source) return "";
  const shown = (app.nodeOutputs?.[nameOf(source)]?.images ?? [])[0];
  return shown?.filename ? addressOf(shown) : (source.imgs?.[0]?.src ?? "");
}

/** What a run told about the region, as nodes/region_mask.py says it. */
export function told(output) {
  try {
    return JSON.parse(output?.region?.[0] ?? "null");
  } catch {
    return null;
  }
}

/** What the last run told of this node, kept by the page while it is open. */
export function toldBefore(node) {
  return told(app.nodeOutputs?.[nameOf(node)]);
}
