"""Cards of levers: a picture of both ends, how far each goes and where it lives, all quickly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from ..generators.rendering import render
from ..jacobians.options import Derivative, JacobianOptions
from ..jacobians.plan import stored_columns
from ..levers.layer_shares import layer_shares
from ..pictures.images import to_bytes
from .state import lever_entry

STRIP_HEIGHT = 96
"""Height of thumbnails in pixels."""

_ROUNDS = 3
"""Most renderings of a lever's ends until its range is settled."""

_SETTLED = 1.3
"""Factor by which a change may miss what was aimed at."""

_LARGEST_STEP = 4.0
"""Factor by which a range may grow or shrink at once."""

_FARTHEST, _FARTHEST_GLOBAL = 64.0, 6.0
"""Longest range in standard deviations of random codes, with a region and without (`sweeping`)."""

_SHARES_PIXELS_CPU, _SHARES_PIXELS = 1_500_000, 150_000_000
"""Pixels of derivatives by layer that are made unasked, on the CPU and elsewhere; beyond it nobody
is told where levers live: waiting would be worse."""


@dataclass(frozen=True)
class LeverCard:
    """What a person sees of a lever that was found."""

    entry: dict[str, Any]
    """As the state has it; see `explorer_state.lever_entry`."""
    share: float
    """Its part of the eigenvalues of all that were found, 0 to 1; NaN where they are not known."""
    strip: Tensor
    """`[h, 2 w, 3]` uint8: the image pulled to the low end, and to the high end beside it."""


def show_levers(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    region: Region | None = None,
    title: str = "",
    effort: JacobianOptions | None = None,
    progress: Progress | None = None,
) -> list[LeverCard]:
    """Pictures, ranges and homes of levers, quickly.

    A range is as far as `portraying.portray` would say, found by fewer pictures: derivatives that
    are kept tell how far to go first.

    Args:
        gan: The generator.
        code: One code, on which they are shown.
        levers: K levers that fit it and say for how many layers they are.
        region: Where a change must be visible; none means the whole image.
        title: What levers without names are called, before a number; empty for their method's.
        effort: Where a kept Jacobian may be found.
        progress: Told of steps; may raise to cancel.

    Returns:
        One card per lever.
    """
    report = progress or no_progress
    reaches, strips = _ends(gan, code, levers, region, effort, report)
    homes = _homes(gan, code, levers, report)
    values = levers.eigenvalues
    shares = (values / values.sum()).tolist()
    cards: list[LeverCard] = []
    for index in range(len(levers)):
        named = levers.names and levers.names[index]
        name = levers.label(index) if named or not title else f"{title} {index + 1}"
        span = (-reaches[index], reaches[index])
        entry = lever_entry(levers, index, name, span, homes[index])
        cards.append(LeverCard(entry, shares[index], strips[index]))
    return cards


def _homes(gan: Generator, code: LatentCode, levers: Directions, report: Progress) -> list[str]:
    """Where each lever lives, in words; empty where telling would take long."""
    height, width = gan.spec.img_size
    most = _SHARES_PIXELS_CPU if gan.device.type == "cpu" else _SHARES_PIXELS
    if len(levers) * gan.spec.num_ws * height * width > most:
        return [""] * len(levers)
    return layer_shares(gan, code, levers, progress=report).homes


def _ends(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    region: Region | None,
    effort: JacobianOptions | None,
    report: Progress,
) -> tuple[list[float], list[Tensor]]:
    """How far each lever is worth pulling both ways, and a picture of both ends."""
    where = region or Region(torch.ones(1, *gan.spec.img_size), "image")
    farthest = _farthest(levers, region)
    reaches = [
        min(guess, most)
        for guess, most in zip(
            _first_reaches(gan, code, levers, where, effort), farthest, strict=True
        )
    ]
    before = render(gan, code)
    aim = VISIBLE_CHANGE / 127.5  # images span 2 units, pictures 255 grey levels
    pictures: dict[int, Tensor] = {}
    open_ones = list(range(len(levers)))
    for turn in range(_ROUNDS):
        report(turn, _ROUNDS)
        reaches = [float(f"{reach:.2g}") for reach in reaches]  # two digits, for people
        pulled = [
            edit(code, levers, index, sign * reaches[index])
            for index in open_ones
            for sign in (-1.0, 1.0)
        ]
        images = render(gan, concatenate(pulled), progress=lambda done, total: None)
        change = mean_squared_change(before.expand_as(images), images, where).sqrt()
        waiting: list[int] = []
        for place, index in enumerate(open_ones):
            pictures[index] = images[2 * place : 2 * place + 2]
            seen = max(float(change[2 * place : 2 * place + 2].max()), 1e-12)
            factor = min(max(aim / seen, 1 / _LARGEST_STEP), _LARGEST_STEP)
            wanted = min(reaches[index] * factor, farthest[index])
            if not 1 / _SETTLED < wanted / reaches[index] < _SETTLED:
                waiting.append(index)
                if turn + 1 < _ROUNDS:
                    reaches[index] = wanted
        open_ones = waiting
        if not open_ones:
            break
    return reaches, [_strip(pictures[index]) for index in range(len(levers))]


def _farthest(levers: Directions, region: Region | None) -> list[float]:
    """How far levers may be pulled at all."""
    most = _FARTHEST_GLOBAL if region is None else _FARTHEST
    if levers.sigma is None:
        return [most] * len(levers)
    return [most * max(sigma, 1e-6) for sigma in levers.sigma.tolist()]


def _first_reaches(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    where: Region,
    effort: JacobianOptions | None,
) -> list[float]:
    """Where to begin: by a Jacobian that is kept, else two standard deviations."""
    sigmas = [1.0] * len(levers) if levers.sigma is None else levers.sigma.tolist()
    guesses = [2 * max(sigma, 1e-6) for sigma in sigmas]
    if effort is None or levers.layers is not None:
        return guesses
    held = stored_columns(gan, code, Derivative(levers.space), effort, compute=False)
    if held is None:
        return guesses
    weights = where.weights[0].flatten().to(held.lengths.device)
    moved = held.push(levers.vectors).square().mean(dim=1)  # [K, H W]
    change = ((moved * weights.to(moved)).sum(dim=1) / weights.sum()).sqrt().tolist()
    aim = VISIBLE_CHANGE / 127.5
    return [aim / one if one > 0 else guess for one, guess in zip(change, guesses, strict=True)]


def _strip(ends: Tensor) -> Tensor:
    """Two images `[2, C, H, W]` side by side, small: `[h, 2 w, 3]` uint8."""
    height, width = ends.shape[2:]
    size = (STRIP_HEIGHT, max(1, round(width * STRIP_HEIGHT / height)))
    small = F.interpolate(ends, size=size, mode="bicubic", antialias=True)
    low, high = to_bytes(small)
    return torch.cat([low, high], dim=1)
