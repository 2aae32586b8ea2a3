"""Untrusted coordinates of shapes: checked, in fractions of the image."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..base.errors import RegionError
from .presets import Fractions
from .rasterize import Point

MOST_POINTS = 5000
"""Largest number of points of a polygon or stroke; drawn by hand, they have some hundreds."""

_SHOWN = 80
"""Characters of a value that a message repeats."""


def read_points(kind: str, values: Any, number: int, least: int) -> tuple[Point, ...]:
    """The points of a polygon or a stroke.

    Args:
        kind: Kind of shape, for messages.
        values: Untrusted: pairs of row and column as fractions of the image.
        number: Number of the shape, for messages.
        least: Smallest number of points; the largest is `MOST_POINTS`.

    Returns:
        The points.

    Raises:
        RegionError: There are too few or too many, or one is not such a pair.
    """
    points: list[Point] = []
    for value in values if isinstance(values, list) else []:
        pair = [read_number(each) for each in value] if isinstance(value, list) else []
        inside = [each for each in pair if each is not None and 0 <= each <= 1]
        if len(pair) != 2 or len(inside) != 2:
            raise RegionError(
                f"Shape {number} has the point {written(value)}",
                "[row, column] as fractions of the image, from 0 to 1",
                "Divide pixels by the height and width of the image",
            )
        points.append((inside[0], inside[1]))
    if not least <= len(points) <= MOST_POINTS:
        raise RegionError(
            f"Shape {number} is a {kind} of {len(points)} points",
            f"{least} to {MOST_POINTS} points, each [row, column]",
        )
    return tuple(points)


def read_bounds(kind: str, values: Any, number: int) -> Fractions:
    """The bounding box of a box or an ellipse.

    Args:
        kind: "box" or "ellipse".
        values: Untrusted: four fractions of the image.
        number: Number of the shape, for messages.

    Returns:
        Top, left, height and width.

    Raises:
        RegionError: They are not four numbers, or out of range.
    """
    words = "centre row, centre column" if kind == "ellipse" else "top, left"
    entries = [read_number(value) for value in values] if isinstance(values, list) else []
    numbers = [value for value in entries if value is not None]
    if len(numbers) != 4 or len(entries) != 4:
        raise RegionError(
            f"Shape {number} has the {kind} {written(values)}",
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


def written(value: Any, write: Callable[[Any], str] = json.dumps) -> str:
    """Write a value for a message.

    Args:
        value: Untrusted.
        write: Converts it to text.

    Returns:
        The beginning of the text.
    """
    try:
        return write(value)[:_SHOWN]
    except (RecursionError, ValueError):
        return "nested too deeply"


def read_number(value: object) -> float | None:
    """A number below 1e9 in magnitude.

    Args:
        value: Anything.

    Returns:
        The number; none for any other value, NaN included.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e9 else None
