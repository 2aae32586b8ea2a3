"""Templates name only what exists: nodes, inputs, values, links. Needs no ComfyUI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from node_facts import API_WORKFLOWS, FACTS, PAGE_ONLY, ROOT, WORKFLOWS, is_choice, read_json
from PIL import Image

NODES: dict[str, Any] = read_json(FACTS) if FACTS.is_file() else {}

WIDGET_TYPES = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool}

AFTER_GENERATE = ("fixed", "increment", "decrement", "randomize")

LARGEST_THUMBNAIL = 200_000
"""Bytes; the page shows all thumbnails at once."""

of_page = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
of_api = pytest.mark.parametrize("path", API_WORKFLOWS, ids=lambda path: path.stem)


def _facts(kind: str) -> dict[str, Any]:
    """Facts on a type of node."""
    assert kind in NODES, f"There is no node {kind!r}; if there is, run `make object-info`"
    return NODES[kind]


def _is_widget(entry: dict[str, Any]) -> bool:
    """Whether an input is set on the node itself."""
    return not entry.get("forceInput") and entry["type"] in {*WIDGET_TYPES, "COMBO"}


def _widgets(kind: str) -> list[dict[str, Any]]:
    """Everything that a saved workflow has a value for, in its order."""
    found: list[dict[str, Any]] = []
    for entry in filter(_is_widget, _facts(kind)["inputs"]):
        found.append(entry)
        if entry.get("control_after_generate"):
            found.append({"name": "(after it)", "type": "COMBO", "choices": AFTER_GENERATE})
        if entry.get("image_upload"):
            found.append({"name": "(upload)", "type": "COMBO", "choices": ("image",)})
    return found


def _check_value(entry: dict[str, Any], value: Any) -> None:
    """A value has the type and the range of its input."""
    where = f"{entry['name']} is {value!r}"
    if entry["type"] == "COMBO":
        assert is_choice(value, list(entry["choices"])), f"{where}, not of {entry['choices']}"
        return
    assert isinstance(value, WIDGET_TYPES[entry["type"]]), f"{where}, not {entry['type']}"
    if entry["type"] in ("INT", "FLOAT"):
        assert not isinstance(value, bool), where
        assert entry.get("min", value) <= value <= entry.get("max", value), f"{where}: range"


def _fits(given: str, wanted: str) -> bool:
    """Whether an output of a type may be wired to an input of a type."""
    kinds = set(wanted.split(","))
    return "*" in (given, wanted) or not kinds.isdisjoint(given.split(","))


def _input(kind: str, name: str) -> dict[str, Any]:
    """Facts on an input of a type of node."""
    named = {entry["name"]: entry for entry in _facts(kind)["inputs"]}
    assert name in named, f"{kind} has no input {name!r}"
    return named[name]


def test_there_are_workflows_and_facts():
    assert WORKFLOWS
    assert FACTS.is_file(), "Run `make object-info` where there is a ComfyUI"


def test_every_template_has_its_graph():
    assert {path.stem for path in WORKFLOWS} <= {path.stem for path in API_WORKFLOWS}


@of_page
def test_template_has_a_thumbnail(path: Path):
    thumbnail = path.with_suffix(".jpg")
    assert thumbnail.is_file(), "python tests/e2e/screenshots.py thumbnails makes it"
    assert thumbnail.stat().st_size < LARGEST_THUMBNAIL
    with Image.open(thumbnail) as image:
        assert image.format == "JPEG"
        assert min(image.size) >= 256


@of_page
def test_template_is_saved_whole(path: Path):
    workflow = read_json(path)
    ids = [node["id"] for node in workflow["nodes"]]
    assert len(ids) == len(set(ids))
    assert workflow["last_node_id"] >= max(ids)
    assert workflow["last_link_id"] >= max(link[0] for link in workflow["links"])
    assert workflow["version"] == 0.4, "the format that every page reads"


@of_page
def test_template_widgets(path: Path):
    for node in read_json(path)["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        widgets = _widgets(node["type"])
        values = node.get("widgets_values", [])
        names = [entry["name"] for entry in widgets]
        assert len(values) <= len(widgets), f"{node['type']}: {values} for {names}"
        for entry in widgets[len(values) :]:  # came after the workflow was saved
            assert "default" in entry, f"{node['type']} {entry['name']}"
            assert not entry["required"], f"{node['type']} {entry['name']}"
        for entry, value in zip(widgets, values, strict=False):
            _check_value(entry, value)


@of_page
def test_template_sockets(path: Path):
    for node in read_json(path)["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        facts = _facts(node["type"])
        drawn = {entry["name"]: entry for entry in node.get("inputs", [])}
        for name, entry in drawn.items():
            known = _input(node["type"], name)
            assert entry["type"] == known["type"], f"{node['type']} {name}"
        for entry in facts["inputs"]:
            if entry["required"] and not _is_widget(entry):
                linked = drawn.get(entry["name"], {}).get("link")
                assert linked is not None, f"{node['type']} {entry['name']} is not wired"
        outputs = [(entry["name"], entry["type"]) for entry in node.get("outputs", [])]
        expected = [(entry["name"], entry["type"]) for entry in facts["outputs"]]
        assert outputs == expected, node["type"]


@of_page
def test_template_links(path: Path):
    workflow = read_json(path)
    nodes = {node["id"]: node for node in workflow["nodes"]}
    ids = [link[0] for link in workflow["links"]]
    assert len(ids) == len(set(ids))
    for number, source, output, target, slot, kind in workflow["links"]:
        given = nodes[source]["outputs"][output]
        wanted = nodes[target]["inputs"][slot]
        assert number in (given["links"] or []), f"link {number} at its source"
        assert wanted["link"] == number, f"link {number} at its target"
        assert given["type"] == kind, f"link {number}"
        assert _fits(given["type"], wanted["type"]), f"link {number}"
    drawn = [entry["link"] for node in nodes.values() for entry in node.get("inputs", [])]
    assert {link for link in drawn if link is not None} == set(ids)


def _sent(workflow: dict[str, Any]) -> dict[str, Any]:
    """The graph that the page sends for a workflow; titles left out."""
    links = {link[0]: [str(link[1]), link[2]] for link in workflow["links"]}
    graph: dict[str, Any] = {}
    for node in workflow["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        widgets, values = _widgets(node["type"]), list(node["widgets_values"])
        values += [entry["default"] for entry in widgets[len(values) :]]  # newer than the file
        pairs = zip(widgets, values, strict=True)
        inputs = {entry["name"]: value for entry, value in pairs if entry["name"][0] != "("}
        wired = {e["name"]: links[e["link"]] for e in node["inputs"] if e["link"] is not None}
        graph[str(node["id"])] = {"class_type": node["type"], "inputs": inputs | wired}
    return graph


@of_page
def test_graph_is_that_of_the_template(path: Path):
    graph = read_json(ROOT / "tests" / "workflows_api" / path.name)
    plain = {
        number: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for number, node in graph.items()
    }
    assert plain == _sent(read_json(path))


@of_api
def test_graph_names_what_exists(path: Path):
    graph = read_json(path)
    for node in graph.values():
        facts = _facts(node["class_type"])
        needed = {entry["name"] for entry in facts["inputs"] if entry["required"]}
        assert needed <= node["inputs"].keys(), node["class_type"]
        for name, value in node["inputs"].items():
            entry = _input(node["class_type"], name)
            if not isinstance(value, list):
                _check_value(entry, value)
                continue
            source, output = value
            given = _facts(graph[source]["class_type"])["outputs"][output]
            assert _fits(given["type"], entry["type"]), f"{node['class_type']} {name}"
