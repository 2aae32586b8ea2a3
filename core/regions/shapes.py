"""Regions written as text: boxes, ellipses, free shapes, brush strokes and named parts.

The text is JSON, a list of shapes that are drawn in order:

    [{"preset": "mouth"},
     {"box": [0.6, 0.3, 0.2, 0.4]},
     {"ellipse": [0.7, 0.5, 0.1, 0.3], "mode": "subtract", "feather": 0.02},
     {"polygon": [[0.1, 0.2], [0.1, 0.8], [0.4, 0.5]]},
     {"stroke": [[0.5, 0.2], [0.5, 0.8]], "width": 0.05}]

- "preset": name of a part of the face, see `FACE_PRESETS`, or of the generator's own regions;
- "box": top, left, height, width; "ellipse": centre row, centre column, height, width. 0 is the top
  or left edge of the image, 1 the bottom or right edge; a box lies within the image, an ellipse
  may reach over its edge;
- "polygon": at least three corners, each a row and a column; it closes by itself, and all that it
  goes around is inside;
- "stroke": stations of a round brush, each a row and a column (one makes a dot); "width": of the
  brush, as a fraction of the longer side of the image;
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import RegionError
from ..concepts.region import Region, mask_batch
from .coordinates import read_bounds, read_number, read_points, written
from .presets import FACE_PRESETS, Fractions
from .rasterize import MOST_WORK, Shape, draw_shapes, drawing_work

_A_LIST = 'a list such as [{"preset": "mouth"}, {"box": [0.6, 0.3, 0.2, 0.4]}]'
_SIMPLER = "Use fewer or simpler shapes"

VERSION = 1
"""Version of the text format; other versions are an error."""

SHAPES = ("box", "ellipse", "polygon", "stroke", "preset")
"""Kinds of shape; each is also the key of its coordinates."""

MOST_SHAPES = 1000
"""Largest number of shapes of a region."""

LONGEST_TEXT = 4_000_000
"""Largest number of characters of a region's text."""

MODES = ("add", "subtract")
"""Whether a shape is added to the region or removed from it."""


def read_shapes(
    text: str | Sequence[Any], presets: Mapping[str, Fractions] = FACE_PRESETS
) -> list[Shape]:
    """Parse shapes; the module docstring describes the format.

    Args:
        text: JSON, or bare preset names; empty for no shape. Or the parsed JSON, a list of shapes.
        presets: Names of boxes that may be used.

    Returns:
        The shapes in order.

    Raises:
        RegionError: The text cannot be parsed, or a shape is unknown or out of range.
    """
    if not isinstance(text, str):
        return _shapes(text, presets)
    if len(text) > LONGEST_TEXT:
        raise RegionError(
            f"The text of the shapes has {len(text):,} characters",
            f"at most {LONGEST_TEXT:,}",
            _SIMPLER,
        )
    if re.fullmatch(r"\s*\w[\w\s,+]*", text):
        return _shapes([name for name in re.split(r"[,+\n]", text) if name.strip()], presets)
    if not text.strip():
        return []
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise RegionError(
            f"The shapes are not valid JSON: {error.msg} in line {error.lineno}, column "
            f"{error.colno}",
            _A_LIST,
            "Check quotes, commas and closing brackets",
        ) from None
    except (RecursionError, ValueError):  # deeper, or with longer numbers, than Python reads
        raise RegionError(
            "The shapes are nested too deeply or hold a huge number", _A_LIST
        ) from None
    if isinstance(content, dict) and not set(SHAPES) & set(content):
        version = content.get("version", VERSION)
        if version != VERSION:
            raise RegionError(
                f"The shapes are of version {version!r}",
                f"version {VERSION}",
                "Update the pack, or draw the region again",
            )
        content = content.get("shapes")
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        raise RegionError(
            f"The shapes are {written(content)}",
            'a list such as [{"preset": "mouth"}], or {"version": 1, "shapes": [...]}',
        )
    return _shapes(content, presets)


def _shapes(entries: Sequence[Any], presets: Mapping[str, Fractions]) -> list[Shape]:
    """All entries of a list; they must be drawn in bounded time."""
    if len(entries) > MOST_SHAPES:
        raise RegionError(
            f"There are {len(entries):,} shapes", f"at most {MOST_SHAPES:,}", _SIMPLER
        )
    shapes = [_shape(entry, number, presets) for number, entry in enumerate(entries, 1)]
    work = sum(drawing_work(shape) for shape in shapes)
    if work > MOST_WORK:
        raise RegionError(
            f"Drawing the shapes takes {work:,.0f} times the work of filling the image once",
            f"at most {MOST_WORK:,} times",
            f"{_SIMPLER}, or a smaller feather",
        )
    return shapes


def _shape(entry: Any, number: int, presets: Mapping[str, Fractions]) -> Shape:
    """One entry of the list."""
    if isinstance(entry, str):
        entry = {"preset": entry.strip()}
    kinds = [kind for kind in SHAPES if isinstance(entry, dict) and kind in entry]
    if not isinstance(entry, dict) or len(kinds) != 1:
        raise RegionError(
            f"Shape {number} is {written(entry)}",
            f'one of {", ".join(SHAPES)}, such as {{"ellipse": [0.7, 0.5, 0.1, 0.3]}}',
        )
    kind = kinds[0]
    mode = entry.get("mode", "add")
    if mode not in MODES:
        raise RegionError(
            f"Shape {number} has the mode {written(mode, repr)}", f"one of {', '.join(MODES)}"
        )
    feather = read_number(entry.get("feather", 0.0))
    if feather is None or not 0 <= feather <= 0.5:
        raise RegionError(
            f"Shape {number} has a feather of {written(entry['feather'])}",
            "a fraction of the image from 0 (a hard edge) to 0.5",
        )
    if kind == "preset":
        name = entry["preset"]
        if not isinstance(name, str) or name not in presets:
            known = ", ".join(presets)
            raise RegionError(
                f"Shape {number} is the preset {written(name, repr)}", f"one of {known}"
            )
        return Shape("box", presets[name], mode, feather)
    return _READ[kind](Shape(kind, mode=mode, feather=feather), entry, number)


def _bounded(shape: Shape, entry: Mapping[str, Any], number: int) -> Shape:
    """Add the bounds of a box or an ellipse."""
    return replace(shape, bounds=read_bounds(shape.kind, entry[shape.kind], number))


def _polygon(shape: Shape, entry: Mapping[str, Any], number: int) -> Shape:
    """Add the corners of a polygon."""
    return replace(shape, points=read_points(shape.kind, entry[shape.kind], number, least=3))


def _stroke(shape: Shape, entry: Mapping[str, Any], number: int) -> Shape:
    """Add the points and the width of a brush stroke."""
    width = read_number(entry.get("width"))
    if width is None or not 0 < width <= 1:
        raise RegionError(
            f"Shape {number} is a stroke of width {written(entry.get('width'))}",
            '"width" as a fraction of the image, above 0 and up to 1',
        )
    points = read_points(shape.kind, entry[shape.kind], number, least=1)
    return replace(shape, points=points, width=width)


_READ: Mapping[str, Callable[[Shape, Mapping[str, Any], int], Shape]] = {
    "box": _bounded,
    "ellipse": _bounded,
    "polygon": _polygon,
    "stroke": _stroke,
}
"""Adds to a shape the fields of its kind; presets are read as boxes."""


def region_from_shapes(
    text: str | Sequence[Any],
    image_size: tuple[int, int],
    presets: Mapping[str, Fractions] = FACE_PRESETS,
    mask: Tensor | None = None,
) -> Region:
    """Draw shapes on a mask: added to it, or subtracted from it.

    Where added shapes and the mask overlap, the larger weight counts.

    Args:
        text: The shapes, as `read_shapes` takes them: text, or parsed JSON.
        image_size: Height and width of the image.
        presets: Names of boxes that may be used.
        mask: `[H, W]`, `[N, H, W]` or `[N, 1, H, W]` in [0, 1], of equal proportions,
            area-resampled where the size differs; a mask that is zero everywhere is ignored.

    Returns:
        One region, or N for N masks.

    Raises:
        RegionError: The text cannot be parsed, the mask does not fit, or no pixel is inside.
    """
    shapes = read_shapes(text, presets)
    ground = torch.zeros(1, *image_size)
    if mask is not None:
        masks = mask_batch(mask)
        used = masks.flatten(1).any(dim=1)  # [N]
        if used.any():
            ground = torch.zeros(len(masks), *image_size)
            painted = Region.from_mask(masks[used], "the mask").resized(image_size)
            ground[used] = painted.weights.to(ground)
    weights = draw_shapes(shapes, image_size, ground)  # [1 or N, H, W]
    if not weights.any():
        raise RegionError(
            f"The region is empty: no pixel of {image_size[0]}x{image_size[1]} is inside",
            "at least one shape or a mask that covers the centre of a pixel",
            "«draw_region»",
        )
    return Region(weights, "region")
