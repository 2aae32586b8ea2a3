"""Texts of the nodes as ComfyUI's page takes its translations."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from node_facts import FACTS, ROOT, read_json

LOCALES = ROOT / "locales"
ENGLISH = LOCALES / "en" / "nodeDefs.json"

STAMPS = Path(__file__).with_name("translated.json")
"""For each text, a number that stands for the English that was translated."""

_MEANS_SOMETHING = "{}@|"
"""Letters that the page's translations take for placeholders, links and plurals."""


def escaped(text: str) -> str:
    """A text whose every letter is shown as it is.

    Args:
        text: Any text.

    Returns:
        The same in the page's syntax of messages.
    """
    return "".join(f"{{'{one}'}}" if one in _MEANS_SOMETHING else one for one in text)


def english() -> dict[str, Any]:
    """What the schemas say, in the form of nodeDefs.json.

    Returns:
        For each node: display name, description, inputs by name, outputs by number.
    """
    ours = {name: node for name, node in read_json(FACTS).items() if node["ours"]}
    return {
        name: {
            "display_name": escaped(node["display_name"]),
            "description": escaped(node["description"]),
            "inputs": {one["name"]: _named(one) for one in node["inputs"]},
            "outputs": {str(i): _named(one) for i, one in enumerate(node["outputs"])},
        }
        for name, node in ours.items()
    }


def _named(entry: dict[str, Any]) -> dict[str, str]:
    """Name and tooltip of an input or output."""
    return {"name": escaped(entry["name"]), "tooltip": escaped(entry["tooltip"] or "")}


def flat(texts: dict[str, Any], before: str = "") -> dict[str, str]:
    """All texts by their keys.

    Args:
        texts: Of a file of translations.
        before: Key of the whole.

    Returns:
        Texts by keys such as "LoadGAN.inputs.model.tooltip".
    """
    found: dict[str, str] = {}
    for key, value in texts.items():
        name = f"{before}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def stamp(text: str) -> str:
    """A short number for a text.

    Args:
        text: Any text.

    Returns:
        Eight hexadecimal digits.
    """
    return f"{zlib.crc32(text.encode()):08x}"
