"""Shapes drawn as weights of pixels: a pixel whose centre lies in a shape weighs 1.

The browser's preview (`web/region_raster.js`) does the same operations in the same order, so that
it shows exactly the region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from .presets import Fractions

Point = tuple[float, float]
"""Row and column as fractions of the image: 0 is its top or left edge, 1 the opposite one."""


@dataclass(frozen=True)
class Shape:
    """One shape, with presets resolved to boxes."""

    kind: str
    """"box", "ellipse", "polygon" or "stroke"."""
    bounds: Fractions = (0.0, 0.0, 0.0, 0.0)
    """Top, left, height, width of the box, or of the box around the ellipse."""
    mode: str = "add"
    """"add", or "subtract", which takes the shape away from what was drawn before it."""
    feather: float = 0.0
    """Width of the soft edge as a fraction of the longer side of the image."""
    points: tuple[Point, ...] = ()
    """Corners of the polygon, or points of the stroke."""
    width: float = 0.0
    """Of the stroke, as a fraction of the longer side of the image."""
    name: str = ""
    """Of the part of the picture that the shape was given as; else empty."""


@dataclass(frozen=True)
class _Grid:
    """Centres of the pixels, in units of the longer side: a feather is as wide as it is high."""

    y: Tensor
    """`[H, 1]` float64."""
    x: Tensor
    """`[1, W]` float64."""
    size: tuple[int, int]
    """Height and width of the image in pixels."""

    @classmethod
    def of(cls, image_size: tuple[int, int]) -> _Grid:
        """The grid of an image of height and width."""
        height, width = image_size
        longer = max(height, width)
        y = ((torch.arange(height, dtype=torch.float64) + 0.5) / longer)[:, None]
        x = ((torch.arange(width, dtype=torch.float64) + 0.5) / longer)[None, :]
        return cls(y, x, image_size)

    def place(self, points: Iterable[Point]) -> list[Point]:
        """Fractions of the image in units of the longer side."""
        (height, width), longer = self.size, max(self.size)
        return [(row * height / longer, column * width / longer) for row, column in points]

    def blank(self, value: float) -> Tensor:
        """One value everywhere, `[H, W]`."""
        return torch.full(self.size, value, dtype=torch.float64)


MOST_WORK = 1000
"""Most work of all shapes together, in fillings of the whole image (see `drawing_work`)."""


def drawing_work(shape: Shape) -> float:
    """Work of drawing a shape: the share of the image's pixels that are computed, over all steps.

    Each edge of a soft polygon, and each segment of a stroke, is compared with the pixels within
    its reach.

    Args:
        shape: The shape.

    Returns:
        The number of fillings of the whole image that cost as much, at least 1.
    """
    reach = shape.feather + shape.width / 2
    if shape.kind == "polygon" and not shape.feather:
        return 1.0 + len(shape.points) / 256  # an edge takes a step per row only
    segments = zip(shape.points, (*shape.points[1:], *shape.points[:1]), strict=True)
    return 1.0 + sum(
        min(1.0, abs(y1 - y0) + 2 * reach) * min(1.0, abs(x1 - x0) + 2 * reach) + 1 / 64
        for (y0, x0), (y1, x1) in segments
    )


def draw_shapes(
    shapes: list[Shape], image_size: tuple[int, int], ground: Tensor | None = None
) -> Tensor:
    """Weights of the pixels.

    Args:
        shapes: Drawn in order.
        image_size: Height and width of the image.
        ground: `[..., H, W]` in [0, 1], the weights to draw on; none for zeros.

    Returns:
        `[H, W]`, or the shape of the ground, float32 in [0, 1]; zero where there is neither a shape
        nor ground.
    """
    grid = _Grid.of(image_size)
    weights = grid.blank(0.0) if ground is None else ground.to("cpu", torch.float64)
    for shape in shapes:
        inside, distance = _DRAWN[shape.kind](shape, grid)
        drawn = inside.to(torch.float64)
        if shape.feather > 0:
            soft = (1 - distance / shape.feather).clamp(0, 1)
            drawn = torch.where(inside, drawn, soft)
        if shape.mode == "add":
            weights = torch.maximum(weights, drawn)
        else:
            weights = torch.minimum(weights, 1 - drawn)
    return weights.to(torch.float32)


def _box(shape: Shape, grid: _Grid) -> tuple[Tensor, Tensor]:
    """Pixels inside a box, and distance to the box; both `[H, W]`."""
    (top, left), (rows, columns) = grid.place((shape.bounds[:2], shape.bounds[2:]))
    bottom, right = top + rows, left + columns
    # The lower and right edges belong to the next box, so that neighbours share no pixel.
    inside = (grid.y >= top) & (grid.y < bottom) & (grid.x >= left) & (grid.x < right)
    away_y = torch.maximum(top - grid.y, grid.y - bottom).clamp_min(0)
    away_x = torch.maximum(left - grid.x, grid.x - right).clamp_min(0)
    return inside, torch.hypot(away_y.expand_as(inside), away_x.expand_as(inside))


def _ellipse(shape: Shape, grid: _Grid) -> tuple[Tensor, Tensor]:
    """Pixels inside an ellipse, and distance to it."""
    (top, left), (rows, columns) = grid.place((shape.bounds[:2], shape.bounds[2:]))
    a, b = rows / 2, columns / 2
    dy = (grid.y - (top + a)) + 0 * grid.x  # [H, W]
    dx = (grid.x - (left + b)) + 0 * grid.y
    k = torch.hypot(dy / a, dx / b)
    # First-order distance to the ellipse: exact on its axes, near enough for a soft edge.
    slope = torch.hypot(dy / a**2, dx / b**2)
    return k <= 1, (k * (k - 1) / slope.clamp_min(1e-12)).clamp_min(0)


def _polygon(shape: Shape, grid: _Grid) -> tuple[Tensor, Tensor]:
    """Pixels inside a polygon (nonzero winding number), and distance to its outline."""
    points = grid.place(shape.points)
    ends = torch.tensor([points, [*points[1:], points[0]]], dtype=torch.float64)  # [2, E, 2]
    (y0, x0), (y1, x1) = (end[:, None].unbind(2) for end in ends)  # each [E, 1]
    y = grid.y.T  # [1, H]
    # A corner belongs to the edge below it, so that no row counts it twice.
    turns = ((y0 <= y) & (y < y1)).to(torch.int32) - ((y1 <= y) & (y < y0)).to(torch.int32)
    edges, rows = turns.nonzero(as_tuple=True)
    at = (y - y0) / (y1 - y0) * (x1 - x0) + x0  # [E, H], used where the edge crosses the row
    columns = torch.searchsorted(grid.x[0], at[edges, rows])
    winding = torch.zeros(grid.size[0], grid.size[1] + 1, dtype=torch.int32)
    winding.index_put_((rows, columns), turns[edges, rows], accumulate=True)
    inside = winding.cumsum(1)[:, :-1] != 0
    closed = [*points, points[0]]
    return inside, _distance(closed, grid, shape.feather) if shape.feather else grid.blank(1.0)


def _stroke(shape: Shape, grid: _Grid) -> tuple[Tensor, Tensor]:
    """Pixels inside the stroke of a round brush, and distance to it."""
    radius = shape.width / 2
    away = _distance(grid.place(shape.points), grid, radius + shape.feather)
    return away <= radius, (away - radius).clamp_min(0)


def _distance(points: list[Point], grid: _Grid, reach: float) -> Tensor:
    """Distance `[H, W]` to a polyline, exact up to `reach`, an upper bound beyond."""
    distance = grid.blank(4.0)
    ends = pairwise(points) if len(points) > 1 else [(points[0], points[0])]
    for (y0, x0), (y1, x1) in ends:
        rows = _within(grid.y[:, 0], min(y0, y1) - reach, max(y0, y1) + reach)
        columns = _within(grid.x[0], min(x0, x1) - reach, max(x0, x1) + reach)
        dy, dx = grid.y[rows] - y0, grid.x[:, columns] - x0
        vy, vx = y1 - y0, x1 - x0
        length = vy * vy + vx * vx
        along = ((dy * vy + dx * vx) / (length or 1.0)).clamp(0, 1)
        near = torch.hypot(dy - along * vy, dx - along * vx)
        distance[rows, columns] = torch.minimum(distance[rows, columns], near)
    return distance


def _within(centres: Tensor, low: float, high: float) -> slice:
    """Slice of the centres from low to high, one more on either side."""
    first, last = torch.searchsorted(centres, torch.tensor([low, high], dtype=torch.float64))
    return slice(max(int(first) - 1, 0), int(last) + 1)


_DRAWN: Mapping[str, Callable[[Shape, _Grid], tuple[Tensor, Tensor]]] = {
    "box": _box,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "stroke": _stroke,
}
"""How each kind of shape is drawn."""
