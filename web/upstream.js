/**
 * What reaches a node: one short text for all widgets, links and modes before it. Two nodes with the same text show the same.
 * Independent of the page. Ids of nodes are left out, since copies of a workflow share them and pasted nodes change them.
 */

/** Origin of links that enter a subgraph from the node around it. */
const SUBGRAPH_INPUT = -10;

const linkOf = (graph, id) => graph.getLink?.(id) ?? graph.links?.get?.(id) ?? graph.links?.[id] ?? null;
const nodeOf = (graph, id) => graph.getNodeById(id) ?? null;

/** The subgraph nodes around a node, outermost first; null for a node that is in no graph. */
function ownersOf(node, graph, seen = new Set()) {
  if (!graph || seen.has(graph)) return null;
  seen.add(graph);
  if (node.graph === graph) return [];
  for (const each of graph._nodes ?? graph.nodes ?? []) {
    const below = each.subgraph && ownersOf(node, each.subgraph, seen);
    if (below) return [each, ...below];
  }
  return null;
}

class Reader {
  constructor() {
    /** @type {Map<string, number>} Numbers of the nodes that were read, in order. */
    this.numbers = new Map();
    /** @type {any[]} */
    this.read = [];
  }

  /** Values of a node's widgets that a run sends; the value beside a connected input is not used. */
  widgets(node) {
    const connected = new Set((node.inputs ?? []).filter((input) => input.link != null).map((input) => input.widget?.name ?? input.name));
    return (node.widgets ?? [])
      .filter(({ name, options }) => name && options?.serialize !== false && !name.startsWith("control_after_generate") && !connected.has(name))
      .map(({ name, value }) => [name, value ?? null]);
  }

  /** Read a node with all that is before it. Returns its number. */
  node(node, owners, leaveOut = []) {
    const key = [...owners, node].map(({ id }) => id).join(":");
    if (this.numbers.has(key)) return this.numbers.get(key);
    const number = this.numbers.size;
    this.numbers.set(key, number);
    const widgets = this.widgets(node).filter(([name]) => !leaveOut.includes(name));
    const counted = (node.inputs ?? []).filter(({ name, widget }) => widget || !leaveOut.includes(name));
    const inputs = counted.map(({ name, link }) => [name, link == null ? null : this.source(link, node.graph, owners)]);
    this.read[number] = [node.comfyClass ?? node.type, leaveOut.length ? 0 : (node.mode ?? 0), widgets, inputs];
    return number;
  }

  /** Where a link comes from. */
  source(id, graph, owners) {
    const link = linkOf(graph, id);
    if (!link) return null;
    const { origin_id, origin_slot } = link;
    if (origin_id === SUBGRAPH_INPUT) return this.around(origin_slot, owners);
    const origin = nodeOf(graph, origin_id);
    if (!origin) return null;
    if (origin.subgraph) return this.inside(origin, origin_slot, owners);
    const elsewhere = origin.isVirtualNode && !origin.inputs?.[origin_slot] && origin.getInputLink?.(origin_slot);
    if (elsewhere) return this.source(elsewhere.id, origin.graph, owners); // a pair of nodes without a link between them
    return [this.node(origin, owners), origin_slot];
  }

  /** Where an input of a subgraph comes from. */
  around(slot, owners) {
    const owner = owners.at(-1);
    const input = owner?.inputs?.[slot];
    if (!input) return null;
    if (input.link == null) return [owner.mode ?? 0, this.widgets(owner)];
    return this.source(input.link, owner.graph, owners.slice(0, -1));
  }

  /** Where an output of a subgraph comes from. */
  inside(owner, slot, owners) {
    const ends = owner.subgraph.outputs?.[slot]?.linkIds ?? [];
    const passed = owner.mode ? owner.inputs.map(({ link }) => link != null && this.source(link, owner.graph, owners)) : [];
    return [owner.mode ?? 0, this.widgets(owner), ends.map((id) => this.source(id, owner.subgraph, [...owners, owner])), passed];
  }
}

/** A hash of a text, 64 bits in hexadecimal: FNV-1a from two starts. */
function hashOf(text) {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code ^ (low >>> 15), 0x01000193);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

/**
 * What reaches a node, with the node's own widgets.
 * @param {any} node
 * @param {any} root The graph that contains all others.
 * @param {string[]} [leaveOut] Widgets and inputs of the node itself that do not count; its mode does not count then either.
 * @returns {string} Sixteen digits; empty for a node that is in no graph, or whose inputs cannot be read.
 */
export function upstreamOf(node, root, leaveOut = []) {
  try {
    const owners = ownersOf(node, root);
    if (!owners) return "";
    const reader = new Reader();
    reader.node(node, owners, leaveOut);
    return hashOf(JSON.stringify(reader.read));
  } catch {
    return ""; // nodes of other packs may hold values that cannot be written
  }
}
