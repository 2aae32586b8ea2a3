"""Recorded moves, and the inputs that pull levers, run by Node.js."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

RECORD = """
import { Recorder, lengthOf } from "./explorer_record.js";
let time = 0;
const recorder = new Recorder(() => time);
const state = (...pulls) => ({ levers: pulls.map((pull) => ({ pull })) });
recorder.move(state(9));
const off = recorder.keys.length;
recorder.start(state(0, 1));
const nothing = recorder.stop();
recorder.start(state(0, 1));
const move = (milliseconds, ...pulls) => { time += milliseconds; recorder.move(state(...pulls)); };
move(5000, 1, 1);
move(50, 2, 1);
move(60, 3, 1);
move(20, 3, 1);
move(300, 3, 2);
const keys = recorder.stop();
console.log(JSON.stringify({ off, nothing, keys, length: lengthOf(keys), none: lengthOf([]) }));
"""

INPUTS = """
import { showInputs } from "./explorer_inputs.js";
const origin = { id: 7, connect(slot, node, index) { node.graph.links[1] = { origin_id: 7, origin_slot: slot }; node.inputs[index].link = 1; } };
const graph = { links: {}, getLink: (id) => graph.links[id], getNodeById: () => origin };
const fresh = () => ({ graph, inputs: [{ name: "gan", link: null }], addInput(name) { this.inputs.push({ name, link: null }); },
  removeInput(index) { if (this.inputs[index].link != null) delete graph.links[this.inputs[index].link]; this.inputs.splice(index, 1); } });
const node = fresh();
const seen = [];
const see = () => seen.push(node.inputs.map(({ name, label = "", link }) => [name, label, link]));
const levers = ["a", "b", "c"].map((name) => ({ name, vector: name }));
const before = { levers: [levers[0], { ...levers[1], input: true }, levers[2]] };
for (let number = 1; number <= 8; number++) node.addInput(`pull_${number}`);
showInputs(node, { levers: [] });
see();
showInputs(node, before, { levers });
see();
origin.connect(0, node, 1);
const after = { levers: before.levers.slice(1) };
showInputs(node, after, before);
see();
showInputs(node, { levers: [] }, after);
see();
console.log(JSON.stringify(seen));
"""


def test_moves_become_keyframes_and_rests_are_shortened(modules: Path) -> None:
    seen = node(modules, RECORD)
    assert seen["off"] == 0
    assert seen["nothing"] == [], "without a move nothing is recorded"
    times, pulls = zip(*((key["t"], key["pulls"]) for key in seen["keys"]), strict=True)
    assert list(pulls) == [[0, 1], [0, 1], [2, 1], [3, 1], [3, 2]]
    assert list(times) == pytest.approx([0, 0.3, 0.4, 0.51, 0.83])
    assert (seen["length"], seen["none"]) == ("0.8 s", "")


def test_a_wire_follows_its_lever(modules: Path) -> None:
    shown, asked, moved, none = node(modules, INPUTS)
    assert shown == none == [["gan", "", None]], "only inputs that were asked for"
    assert asked == [["gan", "", None], ["pull_2", "b", None]]
    assert moved == [["gan", "", None], ["pull_1", "b", 1]]
