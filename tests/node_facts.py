"""Facts that workflows rely on: nodes, their inputs and outputs, as ComfyUI lists them.

A test with a running ComfyUI writes `tests/object_info.json` (`make object-info`); tests of
workflows read that file and need no ComfyUI.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
FACTS = TESTS / "object_info.json"

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
"""Templates, in the format of the page."""

API_WORKFLOWS = sorted((TESTS / "workflows_api").glob("*.json"))
"""The same graphs as the page sends them."""


def template(number: int) -> Path:
    """A template by its place in the order of learning.

    Args:
        number: From 1, as its file name begins.

    Returns:
        Its file.
    """
    (found,) = [path for path in WORKFLOWS if path.stem.startswith(f"{number:02} ")]
    return found


PAGE_ONLY = frozenset({"MarkdownNote", "Note", "PrimitiveNode", "Reroute"})
"""Nodes that exist only in the page, not on the server."""

FILE = "<file>"
"""Stands for all file names in a list, since they depend on the machine."""

_FILE_SUFFIXES = frozenset({
    *(".safetensors", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".npy", ".npz", ".onnx"),
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"),
})  # fmt: skip

_OPTION_KEYS = (
    "default", "min", "max", "step", "round", "multiline", "forceInput", "control_after_generate",
    "image_upload", "tooltip",
)  # fmt: skip
"""Options of inputs that are stored; the others differ between versions of ComfyUI."""

_CORE_OPTION_KEYS = ("forceInput", "control_after_generate", "image_upload")
"""The same for nodes that are not ours, whose texts and ranges change with every version."""


def used_types() -> set[str]:
    """Types of all nodes that workflows use, except those that exist only in the page.

    Returns:
        Their types.
    """
    drawn = (node["type"] for path in WORKFLOWS for node in read_json(path)["nodes"])
    sent = (node["class_type"] for path in API_WORKFLOWS for node in read_json(path).values())
    return {*drawn, *sent} - PAGE_ONLY


def node_facts(object_info: dict[str, Any], module: str) -> dict[str, Any]:
    """Extract facts that depend neither on the machine nor on ComfyUI's version.

    Args:
        object_info: The server's `object_info`.
        module: Python module of our nodes, as the server names it.

    Returns:
        Facts on every node of ours, and on the others that workflows use, by type.
    """
    ours = {name for name, node in object_info.items() if node["python_module"] == module}
    wanted = ours | (used_types() & object_info.keys())
    return {name: _facts_of(object_info[name], name in ours) for name in sorted(wanted)}


def _facts_of(node: dict[str, Any], ours: bool) -> dict[str, Any]:
    """Facts on one node."""
    inputs = [
        {"name": name, "required": section == "required", **_input_facts(spec, ours)}
        for section in ("required", "optional")
        for name, spec in node["input"].get(section, {}).items()
    ]
    names = node.get("output_name") or node["output"]
    outputs = [
        {"name": name, "type": "COMBO" if isinstance(kind, list) else kind}
        for name, kind in zip(names, node["output"], strict=True)
    ]
    facts: dict[str, Any] = {"ours": ours, "inputs": inputs, "outputs": outputs}
    if ours:
        tooltips = node.get("output_tooltips") or [None] * len(outputs)
        for output, tooltip in zip(outputs, tooltips, strict=True):
            output["tooltip"] = tooltip
        keys = ("display_name", "category", "description", "output_node")
        facts |= {key: node[key] for key in keys}
    return facts


def _input_facts(spec: list[Any], ours: bool) -> dict[str, Any]:
    """Facts on one input: its type, its choices, and what restricts its value."""
    options: dict[str, Any] = spec[1] if len(spec) > 1 else {}
    keys = _OPTION_KEYS if ours else _CORE_OPTION_KEYS
    given = {key: options[key] for key in keys if options.get(key) is not None}
    kept = {key: value for key, value in given.items() if value is not False}  # 0 is kept
    if "default" in keys and options.get("default") is False:
        kept["default"] = False
    if isinstance(spec[0], list) or spec[0] == "COMBO":
        choices = spec[0] if isinstance(spec[0], list) else options.get("options", [])
        fixed = [choice for choice in choices if not _is_file(choice)]
        has_files = len(fixed) < len(choices) or not choices or bool(options.get("image_upload"))
        return {"type": "COMBO", "choices": [*fixed, *([FILE] if has_files else [])], **kept}
    return {"type": spec[0], **kept}


def _is_file(choice: Any) -> bool:
    """Whether a list entry is a file name."""
    return isinstance(choice, str) and Path(choice).suffix.lower() in _FILE_SUFFIXES


def is_choice(value: Any, choices: list[Any]) -> bool:
    """Whether a list contains a value, or may contain it on another machine.

    Args:
        value: The value in a workflow.
        choices: The list in the facts.

    Returns:
        Whether the value is valid.
    """
    return value in choices or (FILE in choices and _is_file(value))


def read_json(path: Path) -> Any:
    """Parse a file.

    Args:
        path: A JSON file in UTF-8.

    Returns:
        The parsed contents.
    """
    return json.loads(path.read_text(encoding="utf-8"))


def as_text(facts: dict[str, Any]) -> str:
    """Facts in the format of the file.

    Args:
        facts: The result of `node_facts`, or other plain data.

    Returns:
        Lines of JSON.
    """
    return json.dumps(facts, indent=1, ensure_ascii=True) + "\n"
