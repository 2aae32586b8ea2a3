"""The unit "sigma": the standard deviation of random codes along directions."""

from __future__ import annotations

import torch
from torch import Tensor

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..latents.code_statistics import covariance_of_w, style_deviations
from ..latents.sampling import DISTRIBUTIONS


def spread(gan: Generator, vectors: Tensor, space: LatentSpace) -> Tensor:
    """Standard deviation of random codes along directions: the unit "sigma".

    Args:
        gan: The generator.
        vectors: `[K, D]` unit rows.
        space: Their space.

    Returns:
        `[K]` float64. In W `sqrt(n^T C n)` with C the covariance of 10,000 mapped seeds; in W+ the
        square root of the sum of `n_l^T C n_l` over layers; in Z and Z+ the standard deviation of
        an entry of z; in S `1 / |n / s|` with s the standard deviations of the channels, without
        constant channels (0 where a direction moves only these).
    """
    rows = vectors.detach().to("cpu", torch.float64)
    if space.shared is LatentSpace.Z:
        scale = DISTRIBUTIONS[gan.spec.distribution]
        return torch.full((len(rows),), scale, dtype=torch.float64)
    if space is LatentSpace.S:
        deviations = style_deviations(gan)
        moving = deviations > 0
        lengths = (rows[:, moving] / deviations[moving]).norm(dim=1)
        return torch.where(lengths > 0, 1 / lengths, 0.0)
    covariance = covariance_of_w(gan)
    parts = rows.reshape(len(rows), -1, covariance.shape[0])  # [K, 1 or L, D]
    energy = torch.einsum("kld,de,kle->k", parts, covariance.to(rows), parts)
    return energy.clamp_min(0).sqrt()
