"""Regions written as text: boxes, ellipses and named parts, in fractions of the image.

The text is JSON, a list of shapes that are drawn in order:

    [{"preset": "mouth"},
     {"box": [0.6, 0.3, 0.2, 0.4]},
     {"ellipse": [0.7, 0.5, 0.1, 0.3], "mode": "subtract", "feather": 0.02}]

- "preset": name of a part of the face, see `FACE_PRESETS`, or of the generator's own regions;
- "box": top, left, height, width; "ellipse": centre row, centre column, height, width. 0 is the top
  or left edge of the image, 1 the bottom or right edge; a box lies within the image, an ellipse
  may reach over its edge;
- "mode" (optional): "add" (the default) or "subtract", which takes the shape away from what was
  drawn before it;
- "feather" (optional, 0 to 0.5): width of a soft edge around the shape, as a fraction of the longer
  side of the image.

A pixel whose centre lies in a shape weighs 1. Read as well: `{"version": 1, "shapes": [...]}`, a
single shape, a list of preset names, and bare preset names such as `mouth, nose`. Keys that are not
named here are ignored, so that editors can keep notes of their own in a shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .errors import RegionError
from .named_regions import FACE_PRESETS, Fractions
from .regions import Region

VERSION = 1
"""Version of the text; another one is refused rather than misread."""
SHAPES = ("box", "ellipse", "preset")
"""Kinds of shape; the key that says where it is."""

MODES = ("add", "subtract")
"""Whether a shape joins what was drawn before, or is cut out of it."""


@dataclass(frozen=True)
class Shape:
    """One shape, with presets resolved to boxes."""

    kind: str
    """"box" or "ellipse"."""
    bounds: Fractions
    """Top, left, height, width of the box, or of the box around the ellipse."""
    mode: str = "add"
    """One of `MODES`."""
    feather: float = 0.0
    """Width of the soft edge as a fraction of the longer side of the image."""


def read_shapes(text: str, presets: Mapping[str, Fractions] = FACE_PRESETS) -> list[Shape]:
    """Read shapes from text; see the top of this file for what may be written.

    Args:
        text: JSON, or bare preset names; empty for no shape.
        presets: Names that may be used.

    Returns:
        The shapes in order.

    Raises:
        RegionError: The text cannot be read, or a shape is unknown or out of range.
    """
    if re.fullmatch(r"\s*\w[\w\s,+]*", text):
        listed = [name.strip() for name in re.split(r"[,+\n]", text) if name.strip()]
        return [_shape(name, number, presets) for number, name in enumerate(listed, 1)]
    if not text.strip():
        return []
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise RegionError(
            f"The shapes are not valid JSON: {error.msg} in line {error.lineno}, column "
            f"{error.colno}",
            'a list such as [{"preset": "mouth"}, {"box": [0.6, 0.3, 0.2, 0.4]}]',
            "Mind quotes, commas and closing brackets",
        ) from None
    if isinstance(content, dict) and not set(SHAPES) & set(content):
        version = content.get("version", VERSION)
        if version != VERSION:
            raise RegionError(
                f"The shapes are of version {version!r}",
                f"version {VERSION}",
                "Update the pack, or draw the region anew",
            )
        content = content.get("shapes")
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        raise RegionError(
            f"The shapes are {json.dumps(content)[:60]}",
            'a list such as [{"preset": "mouth"}], or {"version": 1, "shapes": [...]}',
        )
    return [_shape(entry, number, presets) for number, entry in enumerate(content, 1)]


def _shape(entry: Any, number: int, presets: Mapping[str, Fractions]) -> Shape:
    """One entry of the list."""
    if isinstance(entry, str):
        entry = {"preset": entry}
    kinds = [kind for kind in SHAPES if isinstance(entry, dict) and kind in entry]
    if not isinstance(entry, dict) or len(kinds) != 1:
        raise RegionError(
            f"Shape {number} is {json.dumps(entry)[:80]}",
            f'one of {", ".join(SHAPES)}, such as {{"ellipse": [0.7, 0.5, 0.1, 0.3]}}',
        )
    kind = kinds[0]
    mode = entry.get("mode", "add")
    if mode not in MODES:
        raise RegionError(f"Shape {number} has the mode {mode!r}", f"one of {', '.join(MODES)}")
    feather = _number(entry.get("feather", 0.0))
    if feather is None or not 0 <= feather <= 0.5:
        raise RegionError(
            f"Shape {number} has a feather of {entry['feather']!r}",
            "a fraction of the image from 0 (a hard edge) to 0.5",
        )
    if kind == "preset":
        name = entry["preset"]
        if not isinstance(name, str) or name not in presets:
            known = ", ".join(presets)
            raise RegionError(f"Shape {number} is the preset {name!r}", f"one of {known}")
        return Shape("box", presets[name], mode, feather)
    return Shape(kind, _bounds(kind, entry[kind], number), mode, feather)


def _bounds(kind: str, values: Any, number: int) -> Fractions:
    """The box that four numbers mean, checked."""
    words = "centre row, centre column" if kind == "ellipse" else "top, left"
    entries = [_number(value) for value in values] if isinstance(values, list) else []
    numbers = [value for value in entries if value is not None]
    if len(numbers) != 4 or len(entries) != 4:
        raise RegionError(
            f"Shape {number} has the {kind} {json.dumps(values)[:60]}",
            f"four numbers: {words}, height, width",
        )
    row, column, height, width = numbers
    most = 2.0 if kind == "ellipse" else 1.0
    inside = 0 <= row <= 1 and 0 <= column <= 1
    if not (inside and 0 < height <= most and 0 < width <= most):
        raise RegionError(
            f"Shape {number} has the {kind} {numbers}",
            f"{words}, height, width as fractions of the image, from 0 to 1, height and width "
            f"above 0",
            "Divide pixels by the height and width of the image",
        )
    if kind == "ellipse":
        return row - height / 2, column - width / 2, height, width
    if row + height > 1 + 1e-6 or column + width > 1 + 1e-6:
        raise RegionError(
            f"Shape {number} reaches to row {row + height:g} and column {column + width:g}",
            "a box within the image: top + height and left + width of at most 1",
        )
    return row, column, height, width


def _number(value: object) -> float | None:
    """A finite number, or none for anything else (NaN compares as false)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e9 else None


def draw_shapes(shapes: list[Shape], image_size: tuple[int, int]) -> Tensor:
    """Weights of the pixels.

    Args:
        shapes: Drawn in order.
        image_size: Height and width of the image.

    Returns:
        `[H, W]` float32 in [0, 1]; zero where there is no shape.
    """
    weights = torch.zeros(image_size, dtype=torch.float64)
    for shape in shapes:
        drawn = _weights(shape, image_size)
        if shape.mode == "add":
            weights = torch.maximum(weights, drawn)
        else:
            weights = torch.minimum(weights, 1 - drawn)
    return weights.to(torch.float32)


def _weights(shape: Shape, image_size: tuple[int, int]) -> Tensor:
    """Weights `[H, W]` of one shape: 1 inside, falling to 0 over the feather."""
    height, width = image_size
    longer = max(height, width)
    # In units of the longer side, so that a feather is equally wide in both directions.
    y = ((torch.arange(height, dtype=torch.float64) + 0.5) / longer)[:, None]
    x = ((torch.arange(width, dtype=torch.float64) + 0.5) / longer)[None, :]
    top, left = shape.bounds[0] * height / longer, shape.bounds[1] * width / longer
    rows, columns = shape.bounds[2] * height / longer, shape.bounds[3] * width / longer
    if shape.kind == "box":
        # The lower and right edges belong to the next box, so that neighbours share no pixel.
        inside = (y >= top) & (y < top + rows) & (x >= left) & (x < left + columns)
        away_y = torch.maximum(top - y, y - (top + rows)).clamp_min(0)
        away_x = torch.maximum(left - x, x - (left + columns)).clamp_min(0)
        distance = torch.hypot(away_y.expand(height, width), away_x.expand(height, width))
    else:
        a, b = rows / 2, columns / 2
        dy, dx = y - (top + a), x - (left + b)
        k = torch.hypot(dy / a + 0 * dx, dx / b + 0 * dy)
        inside = k <= 1
        # First-order distance to the ellipse: exact on its axes, near enough for a soft edge.
        slope = torch.hypot(dy / a**2 + 0 * dx, dx / b**2 + 0 * dy)
        distance = (k * (k - 1) / slope.clamp_min(1e-12)).clamp_min(0)
    if shape.feather == 0:
        return inside.to(torch.float64)
    soft = (1 - distance / shape.feather).clamp(0, 1)
    return torch.where(inside, torch.ones_like(soft), soft)


def region_from_shapes(
    text: str,
    image_size: tuple[int, int],
    presets: Mapping[str, Fractions] = FACE_PRESETS,
    mask: Tensor | None = None,
) -> Region:
    """Shapes and a mask as one region: a pixel counts as much as in the one that wants it more.

    Args:
        text: See `read_shapes`.
        image_size: Height and width of the image.
        presets: Names that may be used.
        mask: `[H, W]` or `[N, H, W]` in [0, 1], of equal proportions, area-resampled where the size
            differs; one that is zero everywhere adds nothing.

    Returns:
        The region: one, or as many as there are masks.

    Raises:
        RegionError: The text cannot be read, the mask does not fit, or nothing is inside.
    """
    weights = draw_shapes(read_shapes(text, presets), image_size)[None]  # [1, H, W]
    if mask is not None:
        masks = mask if mask.ndim == 3 else mask[None]
        used = masks.flatten(1).any(dim=1)  # [N]
        if used.any():
            painted = weights.new_zeros(len(masks), *image_size)
            painted[used] = Region.from_mask(masks[used], "the mask").resized(image_size).weights
            weights = torch.maximum(weights, painted)
    if not weights.any():
        raise RegionError(
            f"The region is empty: no pixel of {image_size[0]}x{image_size[1]} is inside",
            "at least one shape or a mask that covers the centre of a pixel",
            'Write shapes such as [{"preset": "mouth"}], or enlarge them',
        )
    return Region(weights, "region")
