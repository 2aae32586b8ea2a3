"""The class of a photograph, for conditional generators."""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.execution import plain_tensors
from ...concepts.generator import Generator
from ...generators.rendering import render
from ...latents.sampling import class_vectors
from ...latents.truncation import average_latent
from ..photo_input import drawn_channels
from .pyramid import Misfit

_CHUNK = 50
"""Classes whose mean images are drawn at once."""


def class_of(gan: Generator, misfit: Misfit, label: int | None) -> int | None:
    """The class in which a photograph is searched for.

    Args:
        gan: The generator.
        misfit: To the photograph.
        label: The class that was given, if any.

    Returns:
        That class; else the one whose mean image is nearest; none for an unconditional generator.

    Raises:
        LatentError: The label does not exist, or the generator has no classes.
    """
    if label is not None:
        class_vectors(gan, label, 1)  # raises
        return label
    if not gan.spec.c_dim:
        return None
    found: list[Tensor] = []
    with plain_tensors():
        for start in range(0, gan.spec.c_dim, _CHUNK):
            classes = list(range(start, min(start + _CHUNK, gan.spec.c_dim)))
            images = drawn_channels(render(gan, average_latent(gan, classes)))
            found.append(misfit(images.to(misfit.photo)).to("cpu", torch.float64))
        return int(torch.cat(found).argmin())
