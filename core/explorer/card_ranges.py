"""The useful range of each lever, and the images of both its ends, computed quickly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.editing import edit
from ..edits.strength import VISIBLE_CHANGE, mean_squared_change
from ..generators.layers.reuse import pauses_between_parts
from ..generators.rendering import render
from ..generators.smaller_image import SmallerImage
from ..jacobians.options import Derivative, JacobianOptions
from ..jacobians.plan import stored_columns
from .image_sizes import quick_image, smaller_images

_ROUNDS = 3
"""Most renderings of both ends of a lever in the search for its range."""

_PICTURES, _PICTURE_SECONDS = 9.0, 2.5
"""Pictures of a first answer: one, and both ends of four levers; and the seconds for them."""

_TOLERANCE = 1.3
"""Factor by which the change at the ends may differ from the target."""

_LARGEST_STEP = 4.0
"""Largest factor by which a range grows or shrinks in one round."""

_MAX_STRENGTH, _MAX_STRENGTH_GLOBAL, _MAX_STRENGTH_FIRST = 64.0, 6.0, 3.0
"""Largest pull in standard deviations of random codes, with a region and without one, and of first
levers, since smaller images show less of a change than the whole one."""

_TARGET = VISIBLE_CHANGE / 127.5
"""Change at both ends of a range; images span 2 units, `VISIBLE_CHANGE` counts 255 grey levels."""


@dataclass(frozen=True)
class CardView:
    """The image of which cards are drawn, and in which sizes."""

    gan: Generator
    """The generator."""
    code: LatentCode
    """One code."""
    region: Region | None
    """Where a change must be visible; none means the whole image."""
    rounds: tuple[SmallerImage | None, ...]
    """The size of each round of the search for a range; none means the whole image. Thumbnails
    are of the last size."""
    whole: Tensor | None = None
    """`[1, C, H, W]`, the whole image, to which changes of a smaller one are added."""

    @classmethod
    def of(cls, gan: Generator, code: LatentCode, region: Region | None) -> CardView:
        """The usual view: of the whole image.

        A smaller image would take less time, but lacks what later layers change: ranges that were
        measured in it were up to twenty times too large.

        Args:
            gan: The generator.
            code: One code.
            region: Where a change must be visible.

        Returns:
            The view.
        """
        return cls(gan, code, region, (None,) * _ROUNDS)

    @classmethod
    def first(
        cls, gan: Generator, code: LatentCode, region: Region | None, whole: Tensor
    ) -> CardView:
        """A view for a first answer, of sizes that are quick here: a range is sought in one round.

        Args:
            gan: A generator that draws smaller images.
            code: One code.
            region: Where a change must be visible.
            whole: `[1, C, H, W]`, its image.

        Returns:
            The view.
        """
        images = smaller_images(gan)
        shown = quick_image(images, code, _PICTURES, _PICTURE_SECONDS)
        return cls(gan, code, region, (images[-1], shown), whole)

    @property
    def largest(self) -> float:
        """Largest pull in standard deviations of random codes."""
        if self.whole is not None:
            return _MAX_STRENGTH_FIRST
        return _MAX_STRENGTH_GLOBAL if self.region is None else _MAX_STRENGTH

    def shown(self, before: Tensor, images: Tensor) -> Tensor:
        """Pictures of a smaller image as pictures of the whole one, at the smaller size.

        Args:
            before: `[1, C, h, w]`, the smaller image.
            images: `[N, C, h, w]`, the same, pulled.

        Returns:
            `[N, C, h, w]`: the whole image, reduced, with the changes.
        """
        if self.whole is None:
            return images
        size = (before.shape[2], before.shape[3])
        return images + F.adaptive_avg_pool2d(self.whole, size) - before

    def render(self, turn: int, codes: LatentCode, progress: Progress) -> Tensor:
        """Draw codes in the size of a round.

        Args:
            turn: The round.
            codes: N codes of the generator.
            progress: Called after each chunk; may raise to cancel.

        Returns:
            `[N, C, h, w]`.
        """
        smaller = self.rounds[turn]
        with pauses_between_parts():
            if smaller is None:
                return render(self.gan, codes, progress=progress)
            return render(smaller.gan, smaller.codes(codes), progress=progress)

    def region_of(self, turn: int) -> Region | None:
        """The region in the size of a round.

        Args:
            turn: The round.

        Returns:
            The region, or none for the whole image.
        """
        smaller = self.rounds[turn]
        if self.region is None or smaller is None:
            return self.region
        return smaller.region(self.region)


def find_ranges(
    view: CardView,
    levers: Directions,
    options: JacobianOptions | None,
    report: Progress,
) -> tuple[list[float], list[Tensor]]:
    """Find the largest useful pull of each lever.

    Args:
        view: The image, and the size of each round.
        levers: K levers that fit it.
        options: Options with a cache of Jacobians, which is only read; or none.
        report: Called with (done, total) steps; may raise to cancel.

    Returns:
        The pulls, and `[2, C, h, w]` for each lever: the images of both its ends, low first.
    """
    code, rounds = view.code, len(view.rounds)
    farthest = _farthest(levers, view.largest)
    first = _estimates(view, levers, options)
    limits = [min(guess, most) for guess, most in zip(first, farthest, strict=True)]
    pictures: dict[int, Tensor] = {}
    unfinished = everything = list(range(len(levers)))
    before: Tensor | None = None
    for turn in range(rounds):

        def tick(done: int, total: int, turn: int = turn) -> None:
            report(turn * total + done, rounds * total)

        if before is None or view.rounds[turn] is not view.rounds[turn - 1]:
            before, unfinished = view.render(turn, code, no_progress), everything
        where = view.region_of(turn) or Region(torch.ones(1, *before.shape[2:]), "image")
        limits = [float(f"{limit:.2g}") for limit in limits]  # two digits are enough to read
        pulled = [
            edit(code, levers, index, sign * limits[index], "distance")
            for index in unfinished
            for sign in (-1.0, 1.0)
        ]
        images = view.render(turn, concatenate(pulled), tick)
        change = mean_squared_change(before.expand_as(images), images, where).sqrt()
        remaining: list[int] = []
        for place, index in enumerate(unfinished):
            pictures[index] = view.shown(before, images[2 * place : 2 * place + 2])
            seen = max(float(change[2 * place : 2 * place + 2].max()), 1e-12)
            factor = min(max(_TARGET / seen, 1 / _LARGEST_STEP), _LARGEST_STEP)
            better = min(limits[index] * factor, farthest[index])
            if not 1 / _TOLERANCE < better / limits[index] < _TOLERANCE:
                remaining.append(index)
                if turn + 1 < rounds:
                    limits[index] = better
        unfinished = remaining
        if not unfinished and view.rounds[turn] is view.rounds[-1]:
            break
    return limits, [pictures[index] for index in range(len(levers))]


def _farthest(levers: Directions, most: float) -> list[float]:
    """The largest pull to try for each lever, from standard deviations of random codes."""
    if levers.sigma is None:
        return [most] * len(levers)
    return [most * max(sigma, 1e-6) for sigma in levers.sigma.tolist()]


def _estimates(view: CardView, levers: Directions, options: JacobianOptions | None) -> list[float]:
    """First estimates of the largest pulls: from stored columns, else two standard deviations."""
    sigmas = [1.0] * len(levers) if levers.sigma is None else levers.sigma.tolist()
    guesses = [2 * max(sigma, 1e-6) for sigma in sigmas]
    if options is None or levers.layers is not None:
        return guesses
    derivative = Derivative(levers.space)
    columns = stored_columns(view.gan, view.code, derivative, options, compute=False)
    if columns is None:
        return guesses
    where = torch.ones(view.gan.spec.img_size) if view.region is None else view.region.weights[0]
    weights = where.flatten().to(columns.scales.device)
    moved = columns.push(levers.vectors).square().mean(dim=1)  # [K, H W]
    change = ((moved * weights.to(moved)).sum(dim=1) / weights.sum()).sqrt().tolist()
    return [_TARGET / one if one > 0 else guess for one, guess in zip(change, guesses, strict=True)]
