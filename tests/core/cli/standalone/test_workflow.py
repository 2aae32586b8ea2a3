"""The saved workflow names only nodes, inputs and outputs that there are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from latent_levers.core.cli.standalone.workflow import Origin, explorer_workflow, state_text
from node_facts import FACTS, read_json

NODES: dict[str, Any] = read_json(FACTS)
ORIGIN = Origin("portraits", True, "c_dim=3, distribution=uniform", 2**32 - 1, 16, 0.5, 2)
AFTER_IT = ("fixed",)
"""Values of widgets that are no inputs."""


def nodes_of(workflow: dict[str, Any]) -> dict[str, Any]:
    """Nodes by their type."""
    return {node["type"]: node for node in workflow["nodes"]}


def values_of(node: dict[str, Any]) -> dict[str, Any]:
    """Values of a node's widgets by name."""
    names = [entry["name"] for entry in node["inputs"] if "widget" in entry]
    values = [value for value in node["widgets_values"] if value not in AFTER_IT]
    return dict(zip(names, values, strict=True))


def test_nodes_have_these_inputs_and_outputs() -> None:
    workflow = explorer_workflow(ORIGIN, "{}")
    links = {link[0]: link for link in workflow["links"]}
    for kind, node in nodes_of(workflow).items():
        known = {entry["name"]: entry for entry in NODES[kind]["inputs"]}
        for entry in node["inputs"]:
            fact = known[entry["name"]]
            assert fact["type"] == entry["type"]
            assert fact["required"] <= ("widget" in entry or entry["link"] is not None)
            if entry["link"] is not None:
                assert links[entry["link"]][3:] == [
                    node["id"],
                    node["inputs"].index(entry),
                    entry["type"],
                ]
        for slot, output in enumerate(node["outputs"]):
            assert NODES[kind]["outputs"][slot]["type"] == output["type"]
            for link in output["links"] or []:
                assert links[link][1:3] == [node["id"], slot]
    assert workflow["id"] != explorer_workflow(ORIGIN, "{}")["id"]


def test_widgets_stand_in_the_order_of_the_schema() -> None:
    """Saved workflows store values by their position; later widgets come last."""
    for kind, node in nodes_of(explorer_workflow(ORIGIN, "{}")).items():
        names = [entry["name"] for entry in node["inputs"] if "widget" in entry]
        simple = ("INT", "FLOAT", "STRING", "COMBO", "BOOLEAN")
        schema = [entry["name"] for entry in NODES[kind]["inputs"] if entry["type"] in simple]
        assert schema[: len(names)] == names


def test_values_are_those_of_the_explorer() -> None:
    found = nodes_of(explorer_workflow(ORIGIN, '{"psi":0.5}'))
    assert values_of(found["LoadGAN"]) == {
        "model": "portraits (bundled)",
        "options": "c_dim=3, distribution=uniform",
    }
    assert values_of(found["GANSampleLatents"]) == {
        "seed": 2**32 - 1,
        "batch_size": 16,
        "truncation": 0.5,
        "class_index": 2,
    }
    assert values_of(found["GANExplorer"]) == {"state": '{"psi":0.5}'}
    own = replace(ORIGIN, model="mine.pkl", bundled=False, label=None)
    found = nodes_of(explorer_workflow(own, "{}"))
    assert values_of(found["LoadGAN"])["model"] == "mine.pkl"
    assert values_of(found["GANSampleLatents"])["class_index"] == -1
    assert (ORIGIN.remark, "mine.pkl" in own.remark) == ("", True)


def test_a_state_is_written_as_the_page_writes_it() -> None:
    state = {"v": 1, "levers": [{"name": "\u5634 & more", "pull": -0.25}], "hold": True}
    text = state_text(state)
    assert json.loads(text) == state
    assert text.startswith('{"v":1,"levers":[{"name":"\u5634 & more","pull":-0.25')
