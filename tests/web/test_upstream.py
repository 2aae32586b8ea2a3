"""What reaches a node, as the page tells it apart; run by Node.js on graphs like the page's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

SCRIPT = """
import { upstreamOf } from "./upstream.js";

/** A graph of nodes [id, type, widgets, inputs], an input being [name, origin, slot] or [name]. */
function graphOf(nodes, more = {}) {
  const graph = { links: new Map(), _nodes: [], ...more };
  graph.getNodeById = (id) => graph._nodes.find((each) => each.id === id) ?? null;
  for (const [id, type, widgets, inputs, rest = {}] of nodes) {
    const made = { id, type, graph, mode: 0, widgets: widgets.map(([name, value, options]) => ({ name, value, options })), ...rest };
    made.inputs = inputs.map(([name, origin_id, origin_slot = 0]) => {
      if (origin_id === undefined) return { name, link: null };
      const link = graph.links.size + 1;
      graph.links.set(link, { id: link, origin_id, origin_slot });
      return { name, link, widget: widgets.some((each) => each[0] === name) ? { name } : undefined };
    });
    graph._nodes.push(made);
  }
  return graph;
}
const plain = (change = () => {}, ids = [1, 2, 3]) => {
  const [gan, latents, explorer] = ids;
  const graph = graphOf([
    [gan, "LoadGAN", [["model", "a"], ["notes", "shown only", { serialize: false }]], []],
    [latents, "Sample", [["seed", 0], ["control_after_generate", "fixed"]], [["gan", gan], ["seed"]]],
    [explorer, "Explorer", [["state", "{}"]], [["gan", gan], ["latents", latents], ["mask"]]],
  ]);
  change(graph, ...ids.map((id) => graph.getNodeById(id)));
  return upstreamOf(graph.getNodeById(explorer), graph, ["state"]);
};
const widget = (node, name, value) => (node.widgets.find((each) => each.name === name).value = value);
const subgraph = (change = () => {}, owner = {}) => {
  const inner = graphOf([[7, "Sample", [["seed", 0]], [["gan", -10, 0]]]], { outputs: [{ linkIds: [99] }] });
  inner.links.set(99, { id: 99, origin_id: 7, origin_slot: 0 });
  const outer = graphOf([
    [1, "LoadGAN", [["model", "a"]], []],
    [2, "a subgraph", [["promoted", 1]], [["gan", 1]], { subgraph: inner, ...owner }],
    [3, "Explorer", [], [["latents", 2]]],
  ]);
  change(outer, inner);
  return upstreamOf(outer.getNodeById(3), outer);
};
const within = (change = () => {}) => {
  const inner = graphOf([[7, "Explorer", [], [["latents", -10, 0]]]]);
  const outer = graphOf([
    [1, "Sample", [["seed", 0]], []],
    [2, "a subgraph", [["promoted", 1]], [["latents", 1]], { subgraph: inner }],
  ]);
  change(outer);
  return upstreamOf(inner._nodes[0], outer);
};
const pair = (seed) => {
  const graph = graphOf([
    [1, "Sample", [["seed", seed]], []],
    [2, "Set", [["name", "x"]], [["value", 1]], { isVirtualNode: true }],
    [3, "Get", [["name", "x"]], [], { isVirtualNode: true, getInputLink: () => graph.links.get(1) }],
    [4, "Explorer", [], [["latents", 3]]],
  ]);
  return upstreamOf(graph.getNodeById(4), graph);
};
const loop = graphOf([[1, "A", [], [["x", 2]]], [2, "B", [], [["x", 1]]]]);
const cyclic = {};
cyclic.self = cyclic;
console.log(JSON.stringify({
  first: plain(),
  same: {
    again: plain(),
    "other ids": plain(() => {}, [31, 12, 53]),
    "its own state": plain((g, a, b, c) => widget(c, "state", '{"psi":0.5}')),
    "its own mode": plain((g, a, b, c) => (c.mode = 4)),
    "what is done with the seed later": plain((g, a, b) => widget(b, "control_after_generate", "randomize")),
    "a widget that is not sent": plain((g, a) => widget(a, "notes", "other")),
    "a node that is not connected": plain((g) => g._nodes.push({ id: 9, graph: g, widgets: [{ name: "seed", value: 1 }], inputs: [] })),
  },
  others: {
    seed: plain((g, a, b) => widget(b, "seed", 1)),
    text: plain((g, a, b) => widget(b, "seed", "0")),
    file: plain((g, a) => widget(a, "model", "b")),
    muted: plain((g, a, b) => (b.mode = 2)),
    bypassed: plain((g, a, b) => (b.mode = 4)),
    "no link": plain((g, a, b, c) => (c.inputs[1].link = null)),
    "another slot": plain((g) => (g.links.get(3).origin_slot = 1)),
    "a new link": plain((g, a, b, c) => { g.links.set(50, { id: 50, origin_id: 1, origin_slot: 1 }); c.inputs[2].link = 50; }),
    "a connected seed": plain((g, a, b) => { g.links.set(50, { id: 50, origin_id: 1, origin_slot: 1 }); b.inputs[1].link = 50; }),
  },
  subgraphs: [
    subgraph(), subgraph((o, i) => widget(i._nodes[0], "seed", 1)), subgraph((o) => widget(o._nodes[0], "model", "b")),
    subgraph((o) => widget(o._nodes[1], "promoted", 2)), subgraph(() => {}, { mode: 4 }), subgraph((o, i) => (i._nodes[0].mode = 2)),
  ],
  within: [within(), within((o) => widget(o._nodes[0], "seed", 1)), within((o) => (o._nodes[1].inputs[0].link = null))],
  pairs: [pair(0), pair(1)],
  loop: upstreamOf(loop._nodes[0], loop),
  nowhere: upstreamOf({ id: 5, graph: {} }, loop),
  unreadable: plain((g, a) => widget(a, "model", cyclic)),
}));
"""


@pytest.fixture(scope="module")
def seen(modules: Path) -> dict[str, Any]:
    """What the script found."""
    return node(modules, SCRIPT)


def test_what_does_not_change_a_run_does_not_count(seen: dict[str, Any]):
    assert len(seen["first"]) == 16
    assert set(seen["same"].values()) == {seen["first"]}, seen["same"]


@pytest.mark.parametrize("kind", ["others", "subgraphs", "within", "pairs"])
def test_every_widget_link_and_mode_before_the_node_counts(seen: dict[str, Any], kind: str):
    found = seen[kind]
    texts = [*found.values(), seen["first"]] if isinstance(found, dict) else found
    assert "" not in texts
    assert len(set(texts)) == len(texts), found


def test_circles_end_and_what_cannot_be_read_is_unknown(seen: dict[str, Any]):
    assert len(seen["loop"]) == 16
    assert seen["nowhere"] == seen["unreadable"] == ""
