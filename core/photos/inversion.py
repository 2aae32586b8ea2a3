"""The latent codes of photographs: an encoder, then a few dozen preconditioned steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import LatentError, PackError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..base.wording import warn
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..edits.guards import typicality
from ..generators.rendering import render
from .fitting.class_choice import class_of
from .fitting.coordinates import space_of
from .fitting.pyramid import Misfit
from .fitting.report import verdict
from .fitting.search import SearchOptions, search
from .inverter import Inverter, prepared
from .likeness import psnr
from .photo_input import drawn_channels, prepare_mask, prepare_photos

MOST_STEPS = 10_000
"""Most evaluations of one photograph."""

_RANGES = {"trust": (0.001, 100.0), "cohesion": (0.0, 100.0)}
"""Smallest and largest values of t and tau."""


@dataclass(frozen=True)
class Inversion:
    """What a generator draws in place of N photographs."""

    codes: LatentCode
    """N codes, not truncated."""
    reconstruction: Tensor
    """`[N, C, h, w]` float32 on the CPU: their images, nominal range [-1, 1]."""
    psnr: Tensor
    """`[N]` float64: likeness to the photographs in decibels, where their pixels count; images are
    clamped to [-1, 1]. Ten more is a tenth of the mean squared error."""
    typicality: Tensor
    """`[N]` float64: Mahalanobis length of the code over the length that 99.9 percent of random
    codes stay below, of the layer that is farthest out; above 1 the code is unlike random ones."""
    classes: tuple[int, ...] | None = None
    """The class of each code of a conditional generator."""

    def report(self, gan: Generator) -> list[str]:
        """How close and how typical each is, in words.

        Args:
            gan: The generator.

        Returns:
            A sentence or two for each photograph.
        """
        rows = zip(self.psnr.tolist(), self.typicality.tolist(), strict=True)
        return [verdict(gan, psnr, typical) for psnr, typical in rows]


def invert(
    gan: Generator,
    photos: Tensor,
    space: str | LatentSpace = "W",
    trust: float = 0.5,
    cohesion: float = 0.3,
    steps: int = 40,
    mask: Tensor | None = None,
    inverter: Inverter | None = None,
    progress: Progress | None = None,
    *,
    label: int | None = None,
    start: LatentCode | None = None,
) -> Inversion:
    """Find the codes whose images are most like photographs, among codes like random ones.

    Minimises `E(u) = sum_k P mean(pool_k(G(ws) - y)^2) / (2 t^2) + |u|^2 / 2` over k = 0 to 3, with
    P = 3 H W, `ws = mean + K u C^T`, `C C^T` the covariance of w and `K K^T = 1 1^T + tau^2 I`, by
    L-BFGS in coordinates that the curvature at the mean image whitens, from the estimate of an
    encoder without training. W+ starts from W, and S from W+. A search in W that stays at a high
    energy starts again from where the encoder sees what is missing, within the same evaluations
    (from about 32 in W).

    Args:
        gan: The generator.
        photos: `[N, 3, H, W]` in [-1, 1], cropped as the generator's images are, of any size of the
            same shape; larger ones are reduced with antialiasing.
        space: "W", "W+" (one latent for each layer) or "S" (styles, as an edit of codes in W+);
            without a mapping network "W" means Z and "W+" means Z+.
        trust: t, 0.001 to 100; smaller is closer to the photograph, and less typical.
        cohesion: tau, 0 to 100; how far layers may differ. 0 is W; used in W+ and S.
        steps: Evaluations for each photograph, each a forward and a backward pass; 0 takes what the
            encoder says.
        mask: `[H, W]` or `[N, H, W]` in [0, 1], 1 where a pixel does not count, such as a hand.
        inverter: From `prepare_inversion` or `load_inverter`; none prepares one and keeps it in
            memory.
        progress: Called with (done, total) evaluations, and before them with images and columns
            where an inverter is prepared; may raise to cancel.
        label: Class of a conditional generator; none takes that of the inverter, or the class whose
            mean image is nearest to each photograph, and warns which.
        start: Codes to begin with, one for each photograph, such as those of an `Encoder`; none
            asks the inverter's encoder. In W+ and S all evaluations go to the layers where
            they have a latent for each.

    Returns:
        Codes, their images, and how close and how typical they are.

    Raises:
        PackError: Photographs are missing, or they or the mask cannot be used, or a number is out
            of range.
        LatentError: The generator has no such space, the label does not exist, or the inverter
            belongs to another generator; the codes to begin with do not fit.
    """
    options = _options(gan, space, trust, cohesion, steps)
    with plain_tensors():  # what is made in inference mode cannot be differentiated
        images = prepare_photos(gan, photos)
        keep = prepare_mask(gan, mask, len(images))
    if inverter is not None:
        inverter.require(gan)
        if label is not None and label != inverter.label:
            raise LatentError(
                f"The inverter was prepared for class {inverter.label}; {label} was requested",
                "one class",
                "Prepare one for this class, or leave «inverter» out",
            )
    begins = _starts(gan, start, len(images))
    total, done = len(images) * steps, 0
    report = progress or no_progress

    def tick() -> None:
        nonlocal done
        done += 1
        report(done, total)

    found: list[LatentCode] = []
    chosen: list[int] = []
    for row in range(len(images)):
        with plain_tensors():
            photo = images[row : row + 1].to(gan.device, gan.dtype)
            counted = None if keep is None else keep[row : row + 1].to(gan.device, gan.dtype)
        misfit = Misfit(photo, counted)
        known = inverter
        if known is None:
            known = prepared(gan, class_of(gan, misfit, label), progress)
        if known.label is not None:
            chosen.append(known.label)
        begin = None if begins is None else begins[row].to("cpu", torch.float64)
        found.append(search(gan, known, misfit, options, tick, begin))
    if chosen and label is None and inverter is None:
        warn(_chosen(chosen))
    return _measured(gan, concatenate(found), images, keep, tuple(chosen) or None)


def _starts(gan: Generator, start: LatentCode | None, count: int) -> Tensor | None:
    """The latents to begin with, `[N, 1 or num_ws, D]`, checked."""
    if start is None:
        return None
    gan.check(start)
    native = gan.spec.native_space
    if start.space not in (native, native.plus) or len(start) != count:
        raise LatentError(
            f"{len(start)} codes in {start.space.value} to begin with were given for {count} "
            "photographs",
            f"one for each, in {native.value} or {native.plus.value}",
        )
    return start.values


def _options(
    gan: Generator, space: str | LatentSpace, trust: float, cohesion: float, steps: int
) -> SearchOptions:
    """The options of a search, checked."""
    for name, value in (("trust", trust), ("cohesion", cohesion)):
        low, high = _RANGES[name]
        if not low <= value <= high:  # also false for NaN
            raise PackError(f"{name} is {value}", f"a number from {low:g} to {high:g}")
    if not 0 <= steps <= MOST_STEPS:
        raise PackError(f"steps is {steps}", f"a number of evaluations from 0 to {MOST_STEPS}")
    return SearchOptions(space_of(gan, space), float(trust), float(cohesion), int(steps))


def _chosen(classes: Sequence[int]) -> str:
    """What was taken in place of a label."""
    names = ", ".join(str(number) for number in classes)
    return (
        f"No class was given; the class whose mean image is nearest to each photograph was taken: "
        f"{names}. Give another with «labels»"
    )


def _measured(
    gan: Generator,
    codes: LatentCode,
    photos: Tensor,
    keep: Tensor | None,
    classes: tuple[int, ...] | None,
) -> Inversion:
    """An inversion with its figures."""
    images = render(gan, codes)
    likeness = psnr(drawn_channels(images), photos, keep)
    return Inversion(codes, images, likeness, typicality(gan, codes), classes)
