"""Interpolation between two classes with the same z."""

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
    """Interpolate the class of codes, with the same z.

    The class vector is `(1 - t) e_first + t e_second`; its embedding is a linear
    interpolation of the two embeddings. Each class vector is an input of the mapping network, or of
    the layers in BigGAN.

    Args:
        gan: A generator with classes.
        codes: N codes; with a mapping network they must have z. Edits in W are kept as an
            offset.
        first: Class number for an amount of 0.
        second: Class number for an amount of 1.
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
            f"Classes were requested from a {spec.architecture} generator without classes",
            "a conditional generator",
            "Blend two latents instead",
        )
    if not amounts:
        raise LatentError("No amount was given", "at least one, from 0 (first) to 1 (second)")
    gan.check(codes)
    ends = class_vectors(gan, [first, second], 2)
    assert ends is not None
    per_amount: list[LatentCode] = []
    for amount in amounts:
        vector = torch.lerp(ends[0], ends[1], float(amount))  # [c_dim]
        per_amount.append(_relabelled(gan, codes, vector.expand(len(codes), -1).clone()))
    return concatenate([step[row] for row in range(len(codes)) for step in per_amount])


def _relabelled(gan: Generator, codes: LatentCode, labels: torch.Tensor) -> LatentCode:
    """Codes with the same z and other classes."""
    if gan.spec.w_dim is None or codes.space is LatentSpace.Z:
        return replace(codes, labels=labels)
    if codes.z is None or codes.space is LatentSpace.S:
        raise LatentError(
            f"These codes in {codes.space.value} carry no z, from which another class is mapped",
            "sampled codes, with no other edits than levers",
            "Interpolate classes right after sampling, then blend or mix",
        )
    other = replace(codes, labels=labels)
    with plain_tensors():
        step = gan.map(codes.z, other) - gan.map(codes.z, codes)  # [N, L, D]
    shift = step.to("cpu", codes.values.dtype)
    if codes.space is LatentSpace.W:
        shift = shift[:, :1]
    return replace(other, values=codes.values + shift)
