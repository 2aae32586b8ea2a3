"""Rotation and translation of an image while it is drawn (StyleGAN3's user transform)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..concepts.generator import Generator

_STORED = "synthesis.input.transform"
"""Canonical name of the motion that a file holds; the identity in all that were published."""


def inverse_transform(rotation: float, translation: tuple[float, float]) -> Tensor:
    """Where an image is sampled so that what it shows is first rotated, then shifted.

    Coordinates are in image widths from the centre, x to the right and y downwards. A point moves
    to `[[cos, sin, tx], [-sin, cos, ty], [0, 0, 1]] (x, y, 1)`, which turns counterclockwise on the
    screen; a generator samples its waves by the inverse of that.

    Args:
        rotation: Counterclockwise about the centre, in degrees.
        translation: To the right and downwards, in image widths: (0.25, 0) moves right by a
            quarter of the image.

    Returns:
        `[3, 3]` float32, the inverse.

    Raises:
        LatentError: A number is not finite.
    """
    if not all(map(math.isfinite, (rotation, *translation))):
        raise LatentError(
            f"A rotation of {rotation} and a translation of {translation} were asked for",
            "finite numbers",
        )
    angle = math.radians(rotation)
    c, s = math.cos(angle), math.sin(angle)
    tx, ty = translation
    rows = [[c, -s, -c * tx + s * ty], [s, c, -s * tx - c * ty], [0.0, 0.0, 1.0]]
    return torch.tensor(rows)


def sampling_transform(
    gan: Generator, rotation: float, translation: tuple[float, float]
) -> Tensor | None:
    """What `Conditions.transform` must be for a motion on top of the file's own.

    Args:
        gan: The generator.
        rotation: See `inverse_transform`.
        translation: See `inverse_transform`.

    Returns:
        `[3, 3]`, or none where nothing moves. A generator that cannot be transformed gets the
        plain inverse, which `Generator.draw` then refuses in words.
    """
    if not rotation and not any(translation):
        return None
    inverse = inverse_transform(rotation, translation)
    if not gan.spec.transformable:
        return inverse
    stored = gan.network.get_buffer(_STORED)
    return stored @ inverse.to(stored)
