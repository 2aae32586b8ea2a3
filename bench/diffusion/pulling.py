"""Directions pulled either way until something about the final picture has changed as asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from latent_levers.core.concepts.region import Region
from latent_levers.core.diffusion.rectified_flow import to_images
from latent_levers.core.measures.change import rms_inside_outside
from latent_levers.core.measures.strength_search import reach
from torch import Tensor

from .subject import Moment

SIGNS = (1.0, -1.0)
"""Both ways are pulled, and both count."""

EQUAL = 18.0
"""Change inside at which contenders are compared, in grey levels of 255 (root mean square)."""

FARTHEST = 64.0
"""Longest pull, in units of the one that reaches `EQUAL` to first order."""


@dataclass(frozen=True)
class Ends:
    """Where the pulls ended; R = 2 K rows, each direction one way and then the other."""

    images: Tensor
    """`[R, 3, H, W]` in [-1, 1], the final pictures."""
    inside: Tensor
    """`[R]` float64, change inside in grey levels (root mean square)."""
    outside: Tensor
    """`[R]` float64, likewise."""
    lengths: Tensor
    """`[R]` float64, norm of the move over that of x."""
    reached: Tensor
    """`[R]` bool: whether the change is within 2% of the target."""


def pull(
    moment: Moment,
    vectors: Tensor,
    region: Region,
    target: float = EQUAL,
    change_of: Callable[[Tensor], Tensor] | None = None,
) -> Ends:
    """Pull each direction both ways until the final picture has changed by the target.

    Args:
        moment: The picture, and the step at which x is moved.
        vectors: `[K, C, H, W]` of norm 1.
        region: In pixels.
        target: Change to reach, above 0.
        change_of: From final pictures `[N, 3, H, W]` to changes `[N]`; none means the change
            inside the region, in grey levels.

    Returns:
        The pulls. One that does not reach the target ends at `FARTHEST`, marked.
    """
    before = moment.before()
    first = _first_guesses(moment, vectors, region)
    moves = torch.cat([torch.stack([sign * row for sign in SIGNS]) for row in vectors])
    units = first.repeat_interleave(len(SIGNS))  # [R]
    images = before.repeat(len(moves), 1, 1, 1)

    def changes(pictures: Tensor) -> tuple[Tensor, Tensor]:
        return rms_inside_outside(before.expand_as(pictures), pictures, region)

    measure = change_of or (lambda pictures: changes(pictures)[0])

    def change_at(rows: list[int], strengths: Tensor) -> Tensor:
        lengths = (strengths * units[rows]).to(moves)[:, None, None, None]
        images[rows] = moment.finish(lengths * moves[rows])
        return measure(images[rows]).double()

    found = reach(change_at, len(moves), target, 1.0, FARTHEST)
    inside, outside = changes(images)
    lengths = found.strengths * units / float(moment.x.double().norm())
    return Ends(images, inside.double(), outside.double(), lengths, found.reached)


def _first_guesses(moment: Moment, vectors: Tensor, region: Region) -> Tensor:
    """Norms of moves that change the denoised picture inside by `EQUAL` to first order, `[K]`."""
    image = moment.image()
    pictures = torch.stack([image.difference(row.flatten()) for row in vectors])
    slopes = rms_inside_outside(*_pair(to_images(pictures)), region)[0]
    return EQUAL / slopes.double().clamp_min(1e-6)


def _pair(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Nothing, and a change of it."""
    return torch.zeros_like(pictures), pictures
