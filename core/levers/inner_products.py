"""Inner products of latent displacements, by which two levers are orthogonal."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..latents.code_statistics import covariance_of_w, style_deviations
from ..latents.sampling import DISTRIBUTIONS

METRICS = ("plain", "covariance")
"""plain: the dot product; in S that of channels in units of their standard deviations.
covariance: the covariance of the positions of random codes along two levers."""

_NOTHING_LEFT = 1e-5
"""Share of a lever's length below which the rest of it is rounding error."""


def latent_metric(
    space: LatentSpace, metric: str, gan: Generator | None = None
) -> Callable[[Tensor], Tensor]:
    """The symmetric matrix M of an inner product `a^T M b`, as a product with rows.

    - "plain" is `M = I`: pulling one lever does not change the position along the other, `o^T w`.
      In S, `M = diag(1 / sigma^2)` with the standard deviations of the channels, since the scale of
      a channel is arbitrary; constant channels are left out.
    - "covariance" is `M = C`, the covariance of w (in W+ the sum of the products of each layer, as
      for the unit sigma): `o^T C n` is the covariance of the positions of random codes along both,
      so that orthogonal levers are uncorrelated over random images.

    Args:
        space: Space of the rows.
        metric: One of `METRICS`.
        gan: The generator; needed for "covariance" in W and W+, and in S.

    Returns:
        A function from rows `[K, D]` float64 to `[K, D]`, each multiplied by M.

    Raises:
        DirectionsError: The metric is unknown, does not exist in S, or needs a generator.
    """
    if metric not in METRICS:
        raise DirectionsError(f"Unknown metric {metric!r}", f"one of {', '.join(METRICS)}")
    in_s = space is LatentSpace.S
    if in_s and metric != "plain":
        raise DirectionsError(
            f"The metric {metric!r} was requested in S",
            "plain, which measures each channel in its standard deviation",
        )
    if space.shared is LatentSpace.Z:
        variance = 1.0
        if metric == "covariance" and gan is not None:
            variance = DISTRIBUTIONS[gan.spec.distribution] ** 2
        return lambda rows: rows * variance
    if metric == "plain" and not in_s:
        return lambda rows: rows
    if gan is None:
        raise DirectionsError(
            f"The metric {metric!r} in {space.value} was requested without a generator",
            "the generator that the directions belong to",
        )
    if in_s:
        deviations = style_deviations(gan)
        weights = torch.where(deviations > 0, deviations.clamp_min(1e-300) ** -2, 0.0)
        return lambda rows: rows * weights
    covariance = covariance_of_w(gan).to(torch.float64)
    size = covariance.shape[0]

    def apply(rows: Tensor) -> Tensor:
        return (rows.reshape(len(rows), -1, size) @ covariance).flatten(1)

    return apply


def without_components(
    rows: Tensor, basis: Tensor, apply: Callable[[Tensor], Tensor], names: tuple[str, ...]
) -> tuple[Tensor, Tensor]:
    """Project rows onto the complement of others: `n - O^T (O M O^T)^+ O M n`.

    This is the conditional manipulation of Shen et al. (CVPR 2020, section 3.3) for several others
    and any metric M: the inner products `o^T M n` are then zero.

    Args:
        rows: `[K, D]` float64.
        basis: `[R, D]` float64, the others O; a repeated row counts once.
        apply: The product with M, as `latent_metric` returns it.
        names: K names for messages.

    Returns:
        The projected rows `[K, D]`, and the share `[K]` of its squared length that each lost.

    Raises:
        DirectionsError: Nothing is left of a row.
    """
    gram = basis @ apply(basis).T  # [R, R]
    inverse = torch.linalg.pinv(gram, rtol=1e-10, hermitian=True)
    left = rows
    for _ in range(2):  # the second pass removes the rounding error of the first
        left = left - (left @ apply(basis).T) @ inverse @ basis
    before, after = ((x * apply(x)).sum(dim=1) for x in (rows, left))
    empty = after <= _NOTHING_LEFT**2 * before
    if empty.any():
        gone = ", ".join(names[i] for i in empty.nonzero()[:, 0].tolist())
        raise DirectionsError(
            f"Nothing is left of {gone} without the others",
            "levers that are linearly independent of the others",
            "Remove fewer levers, or other ones",
        )
    return left, (1 - after / before).clamp(0, 1)
