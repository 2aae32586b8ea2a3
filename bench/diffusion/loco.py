"""LOCO-Edit's directions, from products with the Jacobian alone.

Chen et al., "Exploring Low-Dimensional Subspaces in Diffusion Models for Controllable Image
Editing" (2024), section 3: the top right singular vectors of the Jacobian of the denoised picture
whose rows outside the region are masked, minus what lies in the span of the top right singular
vectors of the Jacobian whose rows inside are masked. Departure: the paper finds them by a power
method; Golub and Kahan's bidiagonalisation finds the same ones with fewer products.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from torch import Tensor

NULL_RANK = 5
"""Vectors of the background whose span is taken away, as in the published code."""

INSIDE_STEPS, OUTSIDE_STEPS = 16, 26
"""Steps of each bidiagonalisation, a push and a pull each: 84 products, as many as a quick search
for levers."""


@dataclass(frozen=True)
class Singular:
    """Leading right singular vectors."""

    vectors: Tensor
    """`[K, n]` float64, orthonormal."""
    values: Tensor
    """`[K]` float64, descending."""
    residuals: Tensor
    """`[K]`: `|A^T u - s v| / s`."""


def top_singular(
    image: AbstractLinearisation, weight: Tensor, count: int, steps: int, seed: int
) -> Singular:
    """Top right singular vectors of `A = diag(w) J`.

    Golub and Kahan (1965), with all vectors kept orthogonal.

    Args:
        image: Products with J.
        weight: `[H, W]`, factor w of each pixel of the picture.
        count: Number K of vectors.
        steps: Pushes, and pulls; at least K.
        seed: Of the first vector.

    Returns:
        At most K vectors: fewer where A has a smaller rank.
    """
    size = image.inputs[0]
    draw = torch.Generator().manual_seed(seed)
    v = torch.randn(size, generator=draw, dtype=torch.float64)
    rights, lefts = [v / v.norm()], list[Tensor]()
    alphas, betas = list[float](), list[float]()
    for _ in range(min(steps, size)):
        picture = image.push(rights[-1][None])[0].double()  # [C, H, W]
        u = _orthogonal((picture * weight).flatten(), lefts)
        alpha = float(u.norm())
        if alpha <= 1e-9 * max(alphas, default=1.0):
            break
        lefts.append(u / alpha)
        alphas.append(alpha)
        masked = lefts[-1].reshape(picture.shape) * weight
        v = _orthogonal(image.pull(masked[None])[0].double(), rights)
        betas.append(float(v.norm()))
        if betas[-1] <= 1e-9 * max(alphas):
            break
        rights.append(v / betas[-1])
    done = len(alphas)
    small = torch.diag(torch.tensor(alphas, dtype=torch.float64))
    small += torch.diag(torch.tensor(betas[: done - 1], dtype=torch.float64), 1)
    left, values, right = torch.linalg.svd(small)
    kept = min(count, done)
    vectors = right[:kept] @ torch.stack(rights[:done])
    return Singular(vectors, values[:kept], betas[-1] * left[-1, :kept].abs() / values[:kept])


def _orthogonal(row: Tensor, others: list[Tensor]) -> Tensor:
    """A vector without its part in the span of orthonormal ones; twice, for rounding."""
    for _ in range(2 if others else 0):
        basis = torch.stack(others)
        row = row - (basis @ row) @ basis
    return row


def loco_directions(
    image: AbstractLinearisation,
    weight: Tensor,
    count: int,
    seed: int,
    steps: tuple[int, int] = (INSIDE_STEPS, OUTSIDE_STEPS),
) -> tuple[Tensor, Singular, Singular]:
    """LOCO-Edit's directions of a region.

    Args:
        image: Products with J.
        weight: `[H, W]` in [0, 1]: 1 inside the region.
        count: Number K of directions.
        seed: Of the first vectors.
        steps: Of the bidiagonalisations of the region and of the background.

    Returns:
        `[K, n]` float64 of norm 1, and the singular vectors of the region and of the background.
    """
    inside = top_singular(image, weight, count, steps[0], seed)
    outside = top_singular(image, 1 - weight, NULL_RANK, steps[1], seed + 1)
    rest = inside.vectors - inside.vectors @ outside.vectors.T @ outside.vectors
    return rest / rest.norm(dim=1, keepdim=True), inside, outside
