"""Rotation and translation of a rendered image (the user transform of StyleGAN3)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..concepts.generator import Generator

_STORED = "synthesis.input.transform"
"""Canonical name of the transform in a file; the identity in all published files."""


def inverse_transform(rotation: float, translation: tuple[float, float]) -> Tensor:
    """The sampling transform of an image that is first rotated, then shifted.

    Coordinates are in image widths from the centre, x to the right and y downwards. A point moves
    to `[[cos, sin, tx], [-sin, cos, ty], [0, 0, 1]] (x, y, 1)`, which is counterclockwise on the
    screen. A generator samples its Fourier features at the inverse of that.

    Args:
        rotation: Counterclockwise about the centre, in degrees.
        translation: To the right and downwards, in image widths: (0.25, 0) moves right by a
            quarter of the image.

    Returns:
        `[3, 3]` float32, the inverse of the motion.

    Raises:
        LatentError: A number is not finite.
    """
    if not all(map(math.isfinite, (rotation, *translation))):
        raise LatentError(
            f"A rotation of {rotation} and a translation of {translation} were requested",
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
    """The value of `Conditions.transform` for a motion after the file's own transform.

    Args:
        gan: The generator.
        rotation: Counterclockwise about the centre, in degrees.
        translation: To the right and downwards, in image widths.

    Returns:
        `[3, 3]`, or none for no motion. For a generator without a transform it is the inverse
        alone, for which `Generator.draw` raises an error.
    """
    if not rotation and not any(translation):
        return None
    inverse = inverse_transform(rotation, translation)
    if not gan.spec.transformable:
        return inverse
    stored = gan.network.get_buffer(_STORED)
    return stored @ inverse.to(stored)
