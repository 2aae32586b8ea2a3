"""What the attribute network says when the renderer itself moves one attribute of the mouth.

The rule reads attributes off pictures, and no reader is perfect: this is how far it says that
others move when truly none does. It decides nothing, and tells how strict the rule is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch
from latent_levers.core.measures.attribute_network import AttributeReader, bundled_reader
from torch import Tensor

from training.dataset import to_network_range
from training.drawing.attributes import RANGES
from training.portraits import ATTRIBUTES, render, sample_attributes

from .results import MOVED, Shift, columns, shift_of
from .subject import MOUTH

FIRST = 860_000_000
"""Seed of the first portrait; no other part of the project has these."""

COUNT = 32
"""Portraits, each drawn with one attribute moved up or down after the other."""


@dataclass(frozen=True)
class Drawn:
    """One attribute of one portrait moved by one deviation, and what was read."""

    attribute: str
    """The one that moved."""
    own: float
    """By how much it was read to move, in deviations, absolute."""
    shift: Shift
    """What all were read to do."""


def draw(count: int = COUNT) -> list[Drawn]:
    """Move every attribute of the mouth by a deviation where its range allows, and read all.

    Args:
        count: Portraits.

    Returns:
        One entry per picture that was drawn anew.
    """
    reader, values = bundled_reader(), sample_attributes(count, FIRST)
    before = _read(reader, values)
    found: list[Drawn] = []
    for column in columns(reader, MOUTH)[0]:
        name = reader.names[column]
        place, step = ATTRIBUTES.index(name), MOVED * float(reader.deviation[column])
        low, high = RANGES[name]
        for sign in (1.0, -1.0):
            moved = values.copy()
            moved[:, place] += sign * step
            allowed = (moved[:, place] >= low) & (moved[:, place] <= high)
            rows = np.flatnonzero(allowed)
            if not len(rows):
                continue
            shifts = _read(reader, moved[rows]) - before[torch.from_numpy(rows)]
            found += [
                Drawn(name, float(shift[column].abs()), shift_of(shift, MOUTH, reader))
                for shift in shifts
            ]
    return found


def _read(reader: AttributeReader, values: np.ndarray) -> Tensor:
    """Draw portraits, and read what was drawn, in deviations: `[N, A]`."""
    with torch.no_grad():
        return reader.scores(to_network_range(render(values, 64)))


def drawn_table(found: Sequence[Drawn], bound: float) -> list[list[str]]:
    """What was read, by attribute.

    Args:
        found: From `draw`.
        bound: Of the other attributes, in deviations.

    Returns:
        Lines, the head first.
    """
    lines = [
        [
            "the renderer moves",
            "pictures",
            "read as moved by",
            "largest other, median",
            f"every other below {bound:g}",
        ]
    ]
    for name in dict.fromkeys(each.attribute for each in found):
        mine = [each for each in found if each.attribute == name]
        below = sum(each.shift.others < bound for each in mine)
        lines.append(
            [
                name,
                str(len(mine)),
                f"{median(each.own for each in mine):.2f}",
                f"{median(each.shift.others for each in mine):.2f}",
                f"{below / len(mine):.0%}",
            ]
        )
    return lines
