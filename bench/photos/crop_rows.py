"""Rows of crops: boxes that are off, refined."""

from __future__ import annotations

import math
from dataclasses import dataclass

import latent_levers as ll
import numpy as np
import torch

from training.portraits import sample_attributes

from .scenes import REACH, scenes
from .table import Bar

CROPPED = 881_000_000
"""Seed of the first photograph that is judged; choices were made on those from 930,000,000 on."""

COUNT = 10
"""Photographs."""

SIDE = 333
"""Side of each, in pixels."""

OFF = 4.0
"""How far the centre of the box is off, in pixels of the generator, in any direction."""


@dataclass(frozen=True)
class CropRow:
    """Where one box ended."""

    centre: float
    """Distance of its centre from the true one, in pixels of the generator."""
    corners: float
    """Mean distance of its corners from the true ones."""
    note: str
    """What refining said."""

    def line(self) -> str:
        """The row as text."""
        return f"centre {self.centre:.2f}, corners {self.corners:.2f} px off; {self.note}"


def crop_rows(gan: ll.Generator, inverter: ll.Inverter, off: float = OFF) -> list[CropRow]:
    """Refine boxes around faces in scenes.

    Args:
        gan: The generator.
        inverter: Prepared for it.
        off: How far the boxes are off.

    Returns:
        A row for each photograph.
    """
    photos = scenes(sample_attributes(COUNT, CROPPED), SIDE)
    side = SIDE / REACH
    pixel = side / gan.spec.img_size[0]
    start = (SIDE - side) / 2
    ends = [[0, 0], [side, 0], [side, side], [0, side]]
    true = torch.tensor(ends, dtype=torch.float64) + start
    rows: list[CropRow] = []
    for row, photo in enumerate(photos.split(1)):
        angle = np.random.default_rng(row).uniform(0, 2 * math.pi)
        left, top = start + off * pixel * math.cos(angle), start + off * pixel * math.sin(angle)
        crop = ll.crop_photo(gan, photo, (left, top, side, side), inverter)
        away = crop.corners - true
        centre = float(away.mean(dim=0).norm()) / pixel
        rows.append(CropRow(centre, float(away.norm(dim=1).mean()) / pixel, crop.notes[-1]))
        print(rows[-1].line(), flush=True)
    return rows


def crop_bars(rows: list[CropRow], kept: list[CropRow]) -> list[Bar]:
    """What is asked of refining.

    Args:
        rows: Of boxes that are off.
        kept: Of boxes that are right.

    Returns:
        Bars, with what was measured.
    """
    centres = [row.centre for row in rows]
    improved = sum(centre < OFF for centre in centres)
    return [
        Bar("boxes 4 px off, refined: median of centres, px", float(np.median(centres)), 1.5, True),
        Bar("boxes 4 px off: improved, of ten", improved, 7),
        Bar("right boxes, refined: worst centre, px", max(row.centre for row in kept), 1.0, True),
    ]
