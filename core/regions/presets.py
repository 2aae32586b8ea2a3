"""Parts of a picture by name: those of aligned faces, and those that a generator names itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Fractions = tuple[float, float, float, float]
"""Top, left, height, width of a box as fractions of the image."""


def _reference(row: int, column: int, height: int, width: int) -> Fractions:
    """A box of the reference code, given by centre and size on a grid of 256 pixels."""
    return (row - height / 2) / 256, (column - width / 2) / 256, height / 256, width / 256


FACE_PRESETS: Mapping[str, Fractions] = {
    "left_eye": _reference(120, 95, 20, 38),
    "right_eye": _reference(120, 159, 20, 38),
    "eyes": _reference(120, 128, 20, 115),
    "nose": _reference(142, 131, 40, 46),
    "mouth": _reference(184, 127, 30, 70),
    "chin": _reference(217, 130, 42, 110),
    "eyebrows": _reference(105, 126, 15, 118),
}
"""Boxes of the reference code for aligned faces such as FFHQ; left and right as seen in the image
(the published file has these two swapped)."""


def presets_for(details: Mapping[str, Any]) -> dict[str, Fractions]:
    """Boxes by name: parts of aligned faces, overridden by the regions of the generator.

    Args:
        details: `Generator.details`; "regions" maps names to top, left, height and width.

    Returns:
        Name to box; invalid regions of the file are omitted.
    """
    presets = dict(FACE_PRESETS)
    regions: Any = details.get("regions")
    named: Mapping[Any, Any] = regions if isinstance(regions, Mapping) else {}
    for name, box in named.items():
        try:
            top, left, height, width = (
                float(box[key]) for key in ("top", "left", "height", "width")
            )
        except (KeyError, TypeError, ValueError):
            continue
        presets[str(name)] = (top, left, height, width)
    return presets


def borrowed_names(text: str, details: Mapping[str, Any]) -> list[str]:
    """Names in a text that refer to `FACE_PRESETS`, since the generator does not define them.

    Args:
        text: Shapes as text.
        details: `Generator.details`.

    Returns:
        The names, in order.
    """
    regions: Any = details.get("regions")
    own = set(regions) if isinstance(regions, Mapping) else set()
    written = re.findall(r"[a-z_]+", text.lower())
    return [name for name in FACE_PRESETS if name in written and name not in own]
