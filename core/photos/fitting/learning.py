"""What the encoder of pictures learns from: random images of the generator itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...generators.rendering import render
from ..photo_input import drawn_channels
from .encoder import RIDGE, SIDE, KernelRidge, PictureEncoder, small_pictures
from .prior import CodePrior

FINE_SIDE = 128
"""Larger side of images, in pixels, up to which the encoder learns from many images and twice; the
images of larger generators take too long to draw."""

FINE = 32
"""Larger side of the small pictures of such generators, in pixels."""

FEW = 300
"""Images that larger generators draw unless told."""

EACH, MOST = 8, 1000
"""Images that smaller ones draw unless told: so many for each number of w, and at most so many. On
96 renders that no bench judges, attributes came out with an error of 0.571 deviations by the linear
regression on 300 images, 0.529 by the Gaussian kernel on 1,000 and 0.509 with feedback; on 4,000
images, which take four times as long, 0.502 and 0.488."""

WIDTH = 4.0
"""Width of the Gaussian kernel on pictures."""

FEEDBACK_WIDTH, FEEDBACK_RIDGE = 16.0, 0.3
"""Width and penalty for what the first estimate lacks: nearly linear, since less is sure there."""

_PART = 50
"""Images that are kept in full at once."""


def usual_samples(gan: Generator, prior: CodePrior) -> int:
    """How many images the encoder learns from unless told.

    Args:
        gan: The generator.
        prior: Its prior.

    Returns:
        The number.
    """
    return min(MOST, EACH * prior.size) if learns_twice(gan) else FEW


def learns_twice(gan: Generator) -> bool:
    """Whether the encoder of a generator learns from its own mistakes, for which it draws again.

    Args:
        gan: The generator.

    Returns:
        Whether its images are small.
    """
    return max(gan.spec.img_size) <= FINE_SIDE


def learned_encoder(
    gan: Generator, codes: LatentCode, prior: CodePrior, drawn: Callable[[int], None]
) -> PictureEncoder:
    """Learn to estimate codes.

    Args:
        gan: The generator.
        codes: M random codes of its native space, not truncated.
        prior: Where they lie.
        drawn: Called with the number of images drawn so far; may raise to cancel.

    Returns:
        The encoder.
    """
    values = prior.whiten(codes.values[:, 0])
    if not learns_twice(gan):
        return PictureEncoder(KernelRidge(_pictures(gan, codes, SIDE, drawn), values))
    pictures = _rounded(_pictures(gan, codes, FINE, drawn))
    first = KernelRidge(pictures, values, RIDGE, WIDTH)
    said = first.left_out()
    latents = (prior.mean + said @ prior.root.T).to(codes.values)[:, None]

    def again(count: int) -> None:
        drawn(len(codes) + count)

    rest = _rounded(pictures - _pictures(gan, replace(codes, values=latents), FINE, again))
    feedback = KernelRidge(rest, values - said, FEEDBACK_RIDGE, FEEDBACK_WIDTH)
    return PictureEncoder(first, FINE, feedback)


def _rounded(pictures: Tensor) -> Tensor:
    """Numbers as a file holds them, in half precision, so that a saved encoder says the same."""
    return pictures.to(torch.float16).to(torch.float32)


def _pictures(gan: Generator, codes: LatentCode, side: int, drawn: Callable[[int], None]) -> Tensor:
    """The small pictures of codes, `[M, n]` float32."""
    parts: list[Tensor] = []
    for start in range(0, len(codes), _PART):  # images of 1,024 pixels are not kept

        def report(done: int, _: int, start: int = start) -> None:
            drawn(start + done)

        images = render(gan, codes[start : start + _PART], progress=report)
        small, _ = small_pictures(drawn_channels(images).clamp(-1, 1), side)
        parts.append(small.to(torch.float32))
    return torch.cat(parts)
