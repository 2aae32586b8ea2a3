"""A lever pulled on many images until each has changed equally inside a region."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import DirectionsError, PackError
from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.editing import edit_each
from ..edits.strength import VISIBLE_CHANGE, mean_squared_change
from ..generators.rendering import render
from .strength_search import Reach, reach

GREY_LEVELS = 127.5
"""Grey levels of 255 per unit of an image, which spans 2 units."""

SIGNS = ("easier", "forwards", "backwards")
"""Which way a lever is pulled: "easier" is, per image, the way that needs the smaller strength."""

MAX_SIGMAS = 64.0
"""Largest strength to try, in standard deviations of random codes."""


@dataclass(frozen=True)
class Goal:
    """The change to reach inside the region, and which way to pull."""

    target: float = VISIBLE_CHANGE
    """Root mean square change inside, in grey levels of 255, above 0."""
    sign: str = SIGNS[0]
    """One of `SIGNS`."""

    def __post_init__(self) -> None:
        """Check both.

        Raises:
            PackError: The target is no change of a picture, or the sign is unknown.
        """
        if not 0 < self.target <= 255:
            raise PackError(
                f"The target is {self.target:g}", "a change above 0 and up to 255 grey levels"
            )
        if self.sign not in SIGNS:
            raise PackError(f"Unknown sign {self.sign!r}", f"one of {', '.join(SIGNS)}")


@dataclass(frozen=True)
class Pulls:
    """N images before and after one lever was pulled on each, at strengths of their own."""

    gan: Generator
    """The generator."""
    levers: Directions
    """The directions."""
    index: int
    """Number of the lever."""
    region: Region
    """Where the images shall change; one region, or one per image."""
    codes: LatentCode
    """N codes before."""
    pulled: LatentCode
    """N codes after."""
    before: Tensor
    """`[N, C, H, W]` float32, nominal range [-1, 1]."""
    after: Tensor
    """`[N, C, H, W]` float32, nominal range [-1, 1]."""
    strengths: Tensor
    """`[N]` float64 in unit "distance", not 0; the sign is the way in which it was pulled."""
    reached: Tensor
    """`[N]` bool: whether the change inside is within 2% of the target."""

    def __len__(self) -> int:
        """Number of images N."""
        return len(self.codes)

    @property
    def unit(self) -> str:
        """The unit in which `in_unit` gives strengths: "sigma" where the levers know theirs."""
        return "distance" if self.levers.sigma is None else "sigma"

    @property
    def in_unit(self) -> Tensor:
        """`[N]` float64, the strengths in standard deviations of random codes where known."""
        return self.strengths / _sigma(self.levers, self.index)


def equal_pulls(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    region: Region,
    goal: Goal | None = None,
    progress: Progress | None = None,
) -> Pulls:
    """Pull a lever on each image until its region has changed by the target.

    Levers can be compared only at an equal change: whoever pulls less also leaks less.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        index: Number of the lever.
        region: Where the images shall change; one region or one per code, in the size of the
            images, not all of the image.
        goal: Change and sign; none means `Goal()`.
        progress: Called with (images done, images); an exception raised from it cancels.

    Returns:
        The images before and after. An image that cannot reach the target is kept at the largest
        strength, 64 standard deviations, and marked.

    Raises:
        RegionError: The region has another size or number, or is the whole image.
        DirectionsError: The lever does not exist, does not fit, or changes nothing.
        LatentError: The codes do not fit.
    """
    goal = goal or Goal()
    levers.check_index(index)
    region.require_size(gan.spec.img_size).fractions(len(codes))
    _ = ~region  # there must be something outside
    before = render(gan, codes)
    sigma, ways = _sigma(levers, index), _ways(goal.sign)
    found: list[Reach] = []
    for number, sign in enumerate(ways):

        def change_at(rows: list[int], strengths: Tensor, sign: float = sign) -> Tensor:
            some = concatenate([codes[row] for row in rows])
            part = _rows(region, rows)
            pulled = edit_each(some, levers, index, (sign * strengths).tolist(), "distance")
            after = render(gan, pulled)
            return mean_squared_change(before[rows], after, part).sqrt() * GREY_LEVELS

        def report(done: int, total: int, number: int = number) -> None:
            if progress is not None:
                progress(number * total + done, len(ways) * total)

        limit = MAX_SIGMAS * sigma
        found.append(reach(change_at, len(codes), goal.target, sigma, limit, report))
    chosen = _easier(found)  # [N], numbers of ways
    picked = torch.arange(len(codes))
    strengths, reached, changes = (
        torch.stack([getattr(each, name) for each in found])[chosen, picked]
        for name in ("strengths", "reached", "changes")
    )
    if not bool((changes > 0).any()):
        raise DirectionsError(
            f"Lever {index} changes nothing inside {region.name} on any of the {len(codes)} images",
            "a lever that changes the region",
            "Choose another lever, or another region",
        )
    signed = strengths * torch.tensor(ways, dtype=torch.float64)[chosen]
    pulled = edit_each(codes, levers, index, signed.tolist(), "distance")
    after = render(gan, pulled)
    return Pulls(gan, levers, index, region, codes, pulled, before, after, signed, reached)


def _sigma(levers: Directions, index: int) -> float:
    """Standard deviation of random codes along a lever; 1 where it is unknown."""
    return 1.0 if levers.sigma is None else max(float(levers.sigma[index]), 1e-6)


def _ways(sign: str) -> tuple[float, ...]:
    """The signs that are tried."""
    return {"easier": (1.0, -1.0), "forwards": (1.0,), "backwards": (-1.0,)}[sign]


def _easier(found: list[Reach]) -> Tensor:
    """Per image the way with the smallest strength that reaches the target, else most change."""
    cost = torch.stack(
        [
            torch.where(each.reached, each.strengths, 1e12 * (1 + 1 / (1 + each.changes)))
            for each in found
        ]
    )
    return cost.argmin(dim=0)


def _rows(region: Region, rows: list[int]) -> Region:
    """The regions of some images."""
    if len(region.weights) == 1:
        return region
    return Region(region.weights[rows], region.name)
