"""The curvature of the misfit at the mean image, and the preconditioner that it gives."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.execution import full_precision, in_chunks, plain_tensors
from ...base.progress import Progress
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...generators.rendering import chunk_that_fits
from ...jacobians.image_map import image_map
from ...jacobians.products import jacobian_products
from .prior import CodePrior
from .pyramid import levels_of, pyramid_rows

_FINEST = 128
"""Largest side whose squares the curvature keeps: finer scales are replaced by the finest one that
is kept, since a preconditioner need not be exact and their columns would take gigabytes."""

_CHUNK = 16
"""Most columns at once."""


def pyramid_curvature(
    gan: Generator, code: LatentCode, prior: CodePrior, progress: Progress | None = None
) -> Tensor:
    """`H = sum_k (P / n_k) C^T J^T pool_k^T pool_k J C` at one code, all layers moved alike.

    Pooling is linear, so H is the Gram of the stacked, pooled columns of `J C`.

    Args:
        gan: The generator.
        code: One code, the mean.
        prior: The coordinates.
        progress: Called with (done, total) columns; may raise to cancel.

    Returns:
        `[d, d]` float64 on the CPU, symmetric.
    """
    levels = levels_of(gan.spec.img_size)
    kept = tuple(k for k in levels if max(gan.spec.img_size) // 2**k <= _FINEST) or levels[-1:]
    weights = (float(1 + len(levels) - len(kept)), *[1.0] * (len(kept) - 1))
    tangents = prior.root.T.contiguous()  # [d, D]
    with plain_tensors(), full_precision():
        image = image_map(gan, code, gan.spec.native_space)
        push, _ = jacobian_products(image)

        def work(start: int, stop: int) -> Tensor:
            columns = push(tangents[start:stop].to(image.point))  # [k, C, H, W]
            return pyramid_rows(columns, kept, weights).to("cpu", torch.float32)

        chunk = chunk_that_fits(gan.spec, gan.device, _CHUNK)
        rows = torch.cat(in_chunks(len(tangents), chunk, work, progress))  # [d, n]
        total = torch.zeros(len(rows), len(rows), dtype=torch.float64)
        for part in rows.split(1 << 14, dim=1):
            wide = part.to(torch.float64)
            total.addmm_(wide, wide.T)
    return (total + total.T) / 2


@dataclass(frozen=True)
class Preconditioner:
    """`u = u0 + M^(-1/2) v` with `M = H / t^2 + I`, for `[L, d]` coordinates."""

    shared: Tensor
    """`[d, d]` float64, the symmetric `M^(-1/2)` of displacements that all layers share; or a
    number, `[]`."""
    apart: Tensor
    """Likewise of those that sum to 0 over the layers."""

    @classmethod
    def of(cls, curvature: Tensor, trust: float, cohesion: float, layers: int) -> Preconditioner:
        """The preconditioner of a space.

        Args:
            curvature: `[d, d]`, H of displacements that all layers share.
            trust: t.
            cohesion: tau.
            layers: Number L of latents; 1 where all layers share one.

        Returns:
            With L = 1, that of H. Else that of `(L + tau^2) / L H` for the shared part, and of
            `tau^2 / L H` for the rest: what each layer would add if layers added up alike.
        """
        values, vectors = torch.linalg.eigh(curvature)
        spectrum = values.clamp_min(0) / trust**2

        def root(factor: float) -> Tensor:
            return (vectors / (1 + factor * spectrum).sqrt()) @ vectors.T

        if layers == 1:
            return cls(root(1.0), root(1.0))
        return cls(root((layers + cohesion**2) / layers), root(cohesion**2 / layers))

    @classmethod
    def uniform(cls, curvature: float) -> Preconditioner:
        """The preconditioner where only the mean of the curvature is known.

        Args:
            curvature: Mean diagonal entry of `H / t^2`.

        Returns:
            A number times the identity.
        """
        scale = torch.tensor((1 + curvature) ** -0.5, dtype=torch.float64)
        return cls(scale, scale)

    def __call__(self, v: Tensor) -> Tensor:
        """`M^(-1/2) v`; differentiable.

        Args:
            v: `[L, d]`.

        Returns:
            `[L, d]`.
        """
        if self.shared.ndim == 0:
            return v * self.shared
        mean = v.mean(dim=0, keepdim=True)
        return mean @ self.shared + (v - mean) @ self.apart
