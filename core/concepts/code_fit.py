"""Checks that latent codes fit a generator: space, sizes and class vectors."""

from __future__ import annotations

from torch import Tensor

from ..base.errors import LatentError
from .latent_code import LatentCode, LatentSpace
from .network import GeneratorSpec

_LARGEST_PSI = 100.0
"""Largest truncation in magnitude; images are noise far below it."""

_MAPPED = (LatentSpace.W, LatentSpace.W_PLUS, LatentSpace.S)
"""Spaces behind the mapping network."""


def check_codes(spec: GeneratorSpec, codes: LatentCode) -> None:
    """Check that codes fit a generator.

    Args:
        spec: Facts of the generator.
        codes: Any codes.

    Raises:
        LatentError: Space, sizes or labels do not fit.
    """
    size = spec.direction_dim(codes.space)
    if codes.values.shape[1] * codes.values.shape[2] != size:
        raise LatentError(
            f"Codes of shape {list(codes.values.shape)} in {codes.space.value} were given",
            f"{size} numbers per code, as this {spec.architecture} generator takes",
            "Sample or map the codes with the generator they are used with",
        )
    shift = codes.style_shift
    if shift is not None and shift.shape[1] != spec.direction_dim(LatentSpace.S):
        raise LatentError(
            f"Codes with an edit in S of {shift.shape[1]} numbers were given",
            f"{spec.direction_dim(LatentSpace.S)} numbers, as this generator has styles",
            "Use directions of the same kind of generator",
        )
    if codes.labels is None and codes.space in _MAPPED:
        return  # the class enters the mapping network only
    check_labels(spec, codes.labels, len(codes))


def check_labels(spec: GeneratorSpec, labels: Tensor | None, count: int) -> None:
    """Check that class vectors are given if and only if the generator is conditional.

    Args:
        spec: Facts of the generator.
        labels: `[N, c_dim]` or none.
        count: Number of codes N.

    Raises:
        LatentError: Labels are missing, superfluous or of the wrong shape.
    """
    classes = spec.c_dim
    if labels is None:
        if classes:
            raise LatentError(
                "No label was given for a conditional generator",
                f"a class from 0 to {classes - 1}, or class vectors [{count}, {classes}]",
                "Give a class with «labels»",
            )
    elif not classes:
        raise LatentError(
            "Labels were given for a generator without classes", "none", "«no_labels»"
        )
    elif labels.shape != (count, classes):
        raise LatentError(
            f"Labels of shape {list(labels.shape)} were given", f"[{count}, {classes}]"
        )


def check_truncation(truncation_psi: float) -> None:
    """Check a truncation.

    Args:
        truncation_psi: Share of the distance to the centre that is kept.

    Raises:
        LatentError: It is not a number between -100 and 100.
    """
    if not -_LARGEST_PSI <= truncation_psi <= _LARGEST_PSI:  # also false for NaN
        raise LatentError(
            f"truncation_psi is {truncation_psi:g}",
            "a number, usually from 0 (the average image) to 1 (full variety)",
        )
