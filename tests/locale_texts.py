"""Texts of the nodes in the format of ComfyUI's translations."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from node_facts import FACTS, ROOT, read_json

LOCALES = ROOT / "locales"
ENGLISH = LOCALES / "en" / "nodeDefs.json"

STAMPS = Path(__file__).with_name("translated.json")
"""For each text, a checksum of the English text that was translated."""

_SPECIAL = "{}@|"
"""Characters that the page's message format uses for placeholders, links and plurals."""


def escaped(text: str) -> str:
    """Escape special characters of the message format, so that the text is shown literally.

    Args:
        text: Any text.

    Returns:
        The escaped text.
    """
    return "".join(f"{{'{one}'}}" if one in _SPECIAL else one for one in text)


def english() -> dict[str, Any]:
    """The texts of the schemas, in the format of nodeDefs.json.

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
    """Flatten nested texts to dotted keys.

    Args:
        texts: Contents of a file of translations.
        before: Prefix of all keys.

    Returns:
        Texts by keys such as "LoadGAN.inputs.model.tooltip".
    """
    found: dict[str, str] = {}
    for key, value in texts.items():
        name = f"{before}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def stamp(text: str) -> str:
    """A short checksum of a text.

    Args:
        text: Any text.

    Returns:
        Eight hexadecimal digits.
    """
    return f"{zlib.crc32(text.encode()):08x}"
