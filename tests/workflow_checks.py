"""What holds of every graph of ComfyUI that this pack writes: nodes, inputs, values, links."""

from __future__ import annotations

from typing import Any

from node_facts import FACTS, PAGE_ONLY, is_choice, read_json

NODES: dict[str, Any] = read_json(FACTS) if FACTS.is_file() else {}

WIDGET_TYPES = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool}

AFTER_GENERATE = ("fixed", "increment", "decrement", "randomize")


def facts_on(kind: str) -> dict[str, Any]:
    """Facts on a type of node."""
    assert kind in NODES, f"There is no node {kind!r}; if there is, run `make object-info`"
    return NODES[kind]


def is_widget(entry: dict[str, Any]) -> bool:
    """Whether an input is set on the node itself."""
    return not entry.get("forceInput") and entry["type"] in {*WIDGET_TYPES, "COMBO"}


def widgets_of(kind: str) -> list[dict[str, Any]]:
    """Everything that a saved workflow has a value for, in its order."""
    found: list[dict[str, Any]] = []
    for entry in filter(is_widget, facts_on(kind)["inputs"]):
        found.append(entry)
        if entry.get("control_after_generate"):
            found.append({"name": "(after it)", "type": "COMBO", "choices": AFTER_GENERATE})
        if entry.get("image_upload"):
            found.append({"name": "(upload)", "type": "COMBO", "choices": ("image",)})
    return found


def check_value(entry: dict[str, Any], value: Any) -> None:
    """A value has the type and the range of its input."""
    where = f"{entry['name']} is {value!r}"
    if entry["type"] == "COMBO":
        assert is_choice(value, list(entry["choices"])), f"{where}, not of {entry['choices']}"
        return
    assert isinstance(value, WIDGET_TYPES[entry["type"]]), f"{where}, not {entry['type']}"
    if entry["type"] in ("INT", "FLOAT"):
        assert not isinstance(value, bool), where
        assert entry.get("min", value) <= value <= entry.get("max", value), f"{where}: range"


def fits(given: str, wanted: str) -> bool:
    """Whether an output of a type may be wired to an input of a type."""
    kinds = set(wanted.split(","))
    return "*" in (given, wanted) or not kinds.isdisjoint(given.split(","))


def input_of(kind: str, name: str) -> dict[str, Any]:
    """Facts on an input of a type of node."""
    named = {entry["name"]: entry for entry in facts_on(kind)["inputs"]}
    assert name in named, f"{kind} has no input {name!r}"
    return named[name]


def check_widgets(workflow: dict[str, Any]) -> None:
    """A saved workflow has a value for every widget; those that came later have defaults."""
    for node in workflow["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        widgets = widgets_of(node["type"])
        values = node.get("widgets_values", [])
        names = [entry["name"] for entry in widgets]
        assert len(values) <= len(widgets), f"{node['type']}: {values} for {names}"
        for entry in widgets[len(values) :]:  # came after the workflow was saved
            assert "default" in entry, f"{node['type']} {entry['name']}"
            assert not entry["required"], f"{node['type']} {entry['name']}"
        for entry, value in zip(widgets, values, strict=False):
            check_value(entry, value)


def check_sockets(workflow: dict[str, Any]) -> None:
    """The nodes of a saved workflow have the inputs and outputs of their types."""
    for node in workflow["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        facts = facts_on(node["type"])
        drawn = {entry["name"]: entry for entry in node.get("inputs", [])}
        for name, entry in drawn.items():
            known = input_of(node["type"], name)
            assert entry["type"] == known["type"], f"{node['type']} {name}"
        for entry in facts["inputs"]:
            if entry["required"] and not is_widget(entry):
                linked = drawn.get(entry["name"], {}).get("link")
                assert linked is not None, f"{node['type']} {entry['name']} is not wired"
        outputs = [(entry["name"], entry["type"]) for entry in node.get("outputs", [])]
        expected = [(entry["name"], entry["type"]) for entry in facts["outputs"]]
        assert outputs == expected, node["type"]


def check_links(workflow: dict[str, Any]) -> None:
    """The links of a saved workflow agree with its nodes."""
    nodes = {node["id"]: node for node in workflow["nodes"]}
    ids = [link[0] for link in workflow["links"]]
    assert len(ids) == len(set(ids))
    for number, source, output, target, slot, kind in workflow["links"]:
        given = nodes[source]["outputs"][output]
        wanted = nodes[target]["inputs"][slot]
        assert number in (given["links"] or []), f"link {number} at its source"
        assert wanted["link"] == number, f"link {number} at its target"
        assert given["type"] == kind, f"link {number}"
        assert fits(given["type"], wanted["type"]), f"link {number}"
    drawn = [entry["link"] for node in nodes.values() for entry in node.get("inputs", [])]
    assert {link for link in drawn if link is not None} == set(ids)


def sent(workflow: dict[str, Any]) -> dict[str, Any]:
    """The graph that the page sends for a workflow; titles left out."""
    links = {link[0]: [str(link[1]), link[2]] for link in workflow["links"]}
    graph: dict[str, Any] = {}
    for node in workflow["nodes"]:
        if node["type"] in PAGE_ONLY:
            continue
        widgets, values = widgets_of(node["type"]), list(node["widgets_values"])
        values += [entry["default"] for entry in widgets[len(values) :]]  # newer than the file
        pairs = zip(widgets, values, strict=True)
        inputs = {entry["name"]: value for entry, value in pairs if entry["name"][0] != "("}
        wired = {e["name"]: links[e["link"]] for e in node["inputs"] if e["link"] is not None}
        graph[str(node["id"])] = {"class_type": node["type"], "inputs": inputs | wired}
    return graph


def check_graph(graph: dict[str, Any]) -> None:
    """A graph in API format names what exists, and has all that its nodes require."""
    for node in graph.values():
        facts = facts_on(node["class_type"])
        needed = {entry["name"] for entry in facts["inputs"] if entry["required"]}
        assert needed <= node["inputs"].keys(), node["class_type"]
        for name, value in node["inputs"].items():
            entry = input_of(node["class_type"], name)
            if not isinstance(value, list):
                check_value(entry, value)
                continue
            source, output = value
            given = facts_on(graph[source]["class_type"])["outputs"][output]
            assert fits(given["type"], entry["type"]), f"{node['class_type']} {name}"
