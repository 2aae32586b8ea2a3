"""Interpolation between two classes with z unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from .sampling import class_vectors


def interpolate_classes(
    gan: Generator, codes: LatentCode, first: int, second: int, amounts: Sequence[float]
) -> LatentCode:
    """Codes with the same z and class vectors between two classes.

    The class vector is `(1 - t) e_first + t e_second`; its embedding is on the line between the two
    embeddings. A mapping network is run for each; in BigGAN the class vector is an input of the
    layers themselves.

    Args:
        gan: A generator with classes.
        codes: N codes; with a mapping network they must have their z. Edits in W are kept as a
            difference.
        first: Class at an amount of 0.
        second: Class at an amount of 1.
        amounts: A shares of the second class.

    Returns:
        N * A codes: all amounts of the first code, then of the second, and so on.

    Raises:
        LatentError: There are no classes, one does not exist, no amount was given, or the codes
            have no z.
    """
    spec = gan.spec
    if not spec.c_dim:
        raise LatentError(
            f"Classes were asked of a {spec.architecture} generator without any",
            "a conditional generator",
            "Blend two latents instead",
        )
    if not amounts:
        raise LatentError("No amount was given", "at least one, from 0 (first) to 1 (second)")
    gan.check(codes)
    ends = class_vectors(gan, [first, second], 2)
    assert ends is not None
    steps: list[LatentCode] = []
    for amount in amounts:
        vector = torch.lerp(ends[0], ends[1], float(amount))  # [c_dim]
        steps.append(_relabelled(gan, codes, vector.expand(len(codes), -1).clone()))
    return concatenate([step[row] for row in range(len(codes)) for step in steps])


def _relabelled(gan: Generator, codes: LatentCode, labels: torch.Tensor) -> LatentCode:
    """Codes with the same z and other classes."""
    if gan.spec.w_dim is None or codes.space is LatentSpace.Z:
        return replace(codes, labels=labels)
    if codes.z is None or codes.space is LatentSpace.S:
        raise LatentError(
            f"These codes in {codes.space.value} carry no z, of which another class is made",
            "codes that were sampled, and edited by levers at most",
            "Sample them, then choose the classes, then blend or mix",
        )
    other = replace(codes, labels=labels)
    with plain_tensors():
        step = gan.map(codes.z, other) - gan.map(codes.z, codes)  # [N, L, D]
    shift = step.to("cpu", codes.values.dtype)
    if codes.space is LatentSpace.W:
        shift = shift[:, :1]
    return replace(other, values=codes.values + shift)
