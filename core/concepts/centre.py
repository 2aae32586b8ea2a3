"""The mean w of a generator, the centre of truncation."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.errors import LatentError
from .latent_code import LatentCode
from .network import GeneratorSpec


def centre_of_w(spec: GeneratorSpec, w_avg: Tensor | None, codes: LatentCode) -> Tensor:
    """The mean w towards which codes are truncated, that of their class where each has one.

    Args:
        spec: Facts of the generator.
        w_avg: `[latent_dim]`, `[c_dim, latent_dim]` with a mean w for each class, or none without a
            mapping network.
        codes: N codes; their labels are used. Mixed classes have a mixed mean.

    Returns:
        `[1, 1, latent_dim]`, or `[N, 1, latent_dim]` with a mean for each class, on the device of
        `w_avg`; zeros without a mapping network.

    Raises:
        LatentError: Each class has a mean w, and the codes have no class.
    """
    if w_avg is None:
        return torch.zeros(1, 1, spec.latent_dim)
    if w_avg.ndim == 1:
        return w_avg[None, None]
    if codes.labels is None:
        raise LatentError(
            "Codes without a class were given where their mean w is needed, and this generator has "
            f"one for each of its {spec.c_dim} classes",
            "codes with their class",
            "Give «labels» when sampling; codes without a class can neither be truncated nor "
            "blended spherically",
        )
    return (codes.labels.to(w_avg) @ w_avg)[:, None]
