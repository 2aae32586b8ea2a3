/**
 * Inputs of GANExplorer that pull its levers: the node shows only those that were asked for. A wire follows its lever when levers
 * before it are removed.
 */

const PREFIX = "pull_";

/** Levers that can have an input; see nodes/explorer/driven_pulls.py. */
export const MOST_INPUTS = 8;

const nameOf = (index) => `${PREFIX}${index + 1}`;
const slotOf = (node, name) => node.inputs?.findIndex((input) => input.name === name) ?? -1;

/** Where the wire of an input comes from; null without one. */
function sourceOf(node, slot) {
  const id = node.inputs[slot]?.link;
  const link = id == null ? null : (node.graph?.getLink?.(id) ?? node.graph?.links?.get?.(id) ?? node.graph?.links?.[id]);
  const origin = link && node.graph.getNodeById(link.origin_id);
  return origin ? { origin, slot: link.origin_slot } : null;
}

/** Whether a lever's pull comes from a wire. */
export function isDriven(node, index) {
  const slot = slotOf(node, nameOf(index));
  return slot >= 0 && node.inputs[slot].link != null;
}

/**
 * Show the inputs of the levers that have one, and no others.
 * @param {any} node
 * @param {import("./explorer_state.js").State} state
 * @param {import("./explorer_state.js").State} [before] The state that the present inputs belong to, where it was another one.
 */
export function showInputs(node, state, before = state) {
  const wanted = state.levers.slice(0, MOST_INPUTS).map((lever, index) => Boolean(lever.input) || (before === state && isDriven(node, index)));
  // Wires by their levers: those of levers that are gone are dropped.
  const wires = new Map();
  before.levers.slice(0, MOST_INPUTS).forEach((lever, index) => {
    const slot = slotOf(node, nameOf(index));
    if (slot >= 0) wires.set(lever.vector, sourceOf(node, slot));
  });
  const moved = before !== state && state.levers.some((lever, index) => before.levers[index]?.vector !== lever.vector && wires.get(lever.vector));
  for (let index = MOST_INPUTS - 1; index >= 0; index--) {
    const slot = slotOf(node, nameOf(index));
    if (slot >= 0 && (moved || !wanted[index])) node.removeInput(slot);
  }
  wanted.forEach((on, index) => {
    const { name, vector } = state.levers[index];
    if (!on) return;
    let slot = slotOf(node, nameOf(index));
    if (slot < 0) {
      node.addInput(nameOf(index), "FLOAT", { shape: 7 });
      slot = slotOf(node, nameOf(index));
      const wire = moved && wires.get(vector);
      if (wire) wire.origin.connect(wire.slot, node, slot);
    }
    node.inputs[slot].label = name;
  });
}
