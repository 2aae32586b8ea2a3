"""What is compared: for each a name, and how it finds directions of x for a region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from latent_levers.core.diffusion.denoised_map import Cost
from latent_levers.core.diffusion.search import Origin, SearchOptions, find_region_levers
from torch import Tensor

from .loco import loco_directions
from .subject import Moment

LEVERS, BOX, LOCO, RANDOM = "levers", "box noise", "LOCO-Edit", "random"
"""Names."""

JUDGED_EACH = 2
"""Directions of each contender that are pulled to an equal change: the leading ones, or as many
draws of noise."""

SEARCHED = 6
"""Levers of a search, the default of the node; "the first 6" of the rule."""


@dataclass(frozen=True)
class Found:
    """Directions, best first, and what they cost."""

    vectors: Tensor
    """`[K, C, H, W]` float32 of norm 1."""
    cost: Cost
    """Evaluations; of noise none."""
    seconds: float
    """From the first to the last of them."""


def _levers(moment: Moment, weight: Tensor) -> Found:
    """The library's search, with the effort "quick"."""
    image = moment.image()
    origin = Origin(moment.times[0], moment.seed, "", {})
    levers = find_region_levers(image, weight, origin, SearchOptions(SEARCHED))
    return Found(levers.vectors, image.cost, image.cost.seconds)


def _box_noise(moment: Moment, weight: Tensor) -> Found:
    """Plain noise times the region."""
    return Found(_unit(_noise(moment, 1) * weight), Cost(), 0.0)


def _loco(moment: Moment, weight: Tensor) -> Found:
    """LOCO-Edit's construction."""
    image = moment.image()
    rows, _, _ = loco_directions(image, weight.double(), JUDGED_EACH, moment.seed)
    vectors = rows.float().reshape(len(rows), *moment.x.shape[1:])
    return Found(vectors, image.cost, image.cost.seconds)


def _random(moment: Moment, weight: Tensor) -> Found:
    """Plain noise everywhere."""
    return Found(_unit(_noise(moment, 2)), Cost(), 0.0)


CONTENDERS: dict[str, Callable[[Moment, Tensor], Found]] = {
    LEVERS: _levers,
    BOX: _box_noise,
    LOCO: _loco,
    RANDOM: _random,
}
"""All contenders; each takes a moment and `[H, W]`, the region at latent resolution."""


def _noise(moment: Moment, kind: int) -> Tensor:
    """`[JUDGED_EACH, C, H, W]`, by seed, step and kind."""
    seed = (moment.seed * 1000 + int(moment.at * moment.steps)) * 10 + kind
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(JUDGED_EACH, *moment.x.shape[1:], generator=draw)


def _unit(rows: Tensor) -> Tensor:
    """Rows of norm 1."""
    return rows / rows.flatten(1).norm(dim=1)[:, None, None, None]
