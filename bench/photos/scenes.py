"""Photographs with what no generator draws: surroundings, grain, moles and stripes."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from training import portraits
from training.dataset import to_network_range
from training.drawing.canvas import Canvas

KINDS = ("plain", "grain", "moles", "stripes")
"""What is added to a render: nothing, noise of 10 grey levels, 14 dark spots, a wave of 15 grey
levels."""

REACH = 1.3
"""Side of a scene in sides of the aligned picture at its centre."""


class _WideCanvas(Canvas):
    """A canvas that shows more than the aligned picture."""

    def __init__(self, size: int, supersample: int, keep_masks: bool) -> None:
        super().__init__(size, supersample, keep_masks)
        places = (((np.arange(size) + 0.5) / size - 0.5) * REACH + 0.5).astype(np.float32)
        self.column, self.row = places[None, :], places[:, None]

    def cover(self, *outlines: np.ndarray) -> np.ndarray:
        return super().cover(*[(outline - 0.5) / REACH + 0.5 for outline in outlines])

    def soften(self, coverage: np.ndarray, radius: float) -> np.ndarray:
        return super().soften(coverage, radius / REACH)


@contextlib.contextmanager
def _wide() -> Generator[None]:
    """The renderer paints scenes within this block."""
    usual = portraits.Canvas
    portraits.Canvas = _WideCanvas
    try:
        yield
    finally:
        portraits.Canvas = usual


def scenes(attributes: np.ndarray, size: int) -> Tensor:
    """Draw portraits with their surroundings.

    Args:
        attributes: [N, A].
        size: Pixels per side; the aligned picture has `size / REACH` at the centre.

    Returns:
        `[N, 3, size, size]` in [-1, 1].
    """
    with _wide():
        return to_network_range(portraits.render(attributes, size)).contiguous()


def faces(attributes: np.ndarray, size: int, kind: str) -> Tensor:
    """Draw aligned portraits with what no generator draws.

    Args:
        attributes: [N, A].
        size: Pixels per side.
        kind: One of `KINDS`.

    Returns:
        `[N, 3, size, size]` in [-1, 1]; row i has the same additions whatever its attributes.
    """
    images = to_network_range(portraits.render(attributes, size))
    return torch.stack([_spoiled(image, kind, row) for row, image in enumerate(images)])


def edited(attributes: np.ndarray, name: str) -> np.ndarray:
    """The same people with one attribute far from where it is.

    Args:
        attributes: [N, A].
        name: The attribute.

    Returns:
        [N, A]: 15 percent from the end of its range that is farther.
    """
    low, high = portraits.RANGES[name]
    column = portraits.ATTRIBUTES.index(name)
    ends = low + 0.15 * (high - low), high - 0.15 * (high - low)
    changed = attributes.copy()
    changed[:, column] = np.where(attributes[:, column] > (low + high) / 2, *ends)
    return changed


def _spoiled(image: Tensor, kind: str, row: int) -> Tensor:
    """One picture `[3, H, W]` with what no generator draws."""
    side = image.shape[1]
    rng = np.random.default_rng([5, row])
    y, x = np.mgrid[0:side, 0:side] / side
    if kind == "grain":
        grain = rng.normal(0, 0.08, (1, side, side))
        return (image + torch.from_numpy(grain).float()).clamp(-1, 1)
    if kind == "moles":
        colour = torch.tensor([-0.55, -0.7, -0.75])[:, None, None]
        for _ in range(14):
            row_at, column_at = rng.uniform(0.3, 0.95), rng.uniform(0.25, 0.75)
            radius = rng.uniform(0.008, 0.018)
            share = (radius - np.hypot(y - row_at, x - column_at)) / 0.012 + 0.5
            spot = torch.from_numpy(np.clip(share, 0, 1)).float()
            image = image * (1 - spot) + spot * colour
        return image
    if kind == "stripes":
        phase, angle = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
        wave = np.sin(18 * np.pi * (x * np.sin(angle) + y * np.cos(angle)) + phase)
        return (image + 0.12 * torch.from_numpy(wave).float()).clamp(-1, 1)
    return image
