"""The curvature of the objective of a hold: exact from a stored Jacobian, or a low-rank sketch.

Nystroem: Frangella, Tropp and Udell, *Randomized Nystroem Preconditioning*, SIAM Journal on Matrix
Analysis and Applications 44(2), 2023, algorithms 2.1 and 5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.execution import float64_device, in_chunks
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...generators.rendering import chunk_that_fits
from ...jacobians.columns import StoredColumns
from ...jacobians.image_map import image_map
from ...jacobians.products import jacobian_products, pull_columns
from .coordinates import HoldCoordinates
from .objective import HoldWeights

MU = 0.0001
"""Weight of `|v|^2`, in mean diagonal entries of the background's Gram."""

RANK = 32
"""Random displacements of a sketch."""

_SHIFT = 1e-6
"""Share of the largest entry by which the sketch is shifted, so that it can be factorised."""


@dataclass(frozen=True)
class Curvature:
    """`C^(1/2) (B + gamma A) C^(1/2) + mu m I` of one image, or what is near to it."""

    penalty: float
    """mu m, with m the mean diagonal entry of the background's part."""
    solve: Callable[[Tensor], Tensor]
    """`[d]` to the solution `[d]`, float64."""
    pull: Callable[[Tensor], Tensor] | None = None
    """`J^T v` of an image `[C, H, W]` by the stored Jacobian, `[d]` float64; none for a sketch."""


def exact_curvature(
    columns: StoredColumns, coordinates: HoldCoordinates, weights: HoldWeights
) -> Curvature:
    """The curvature from the Jacobian itself: the normal equations, factorised once.

    Args:
        columns: The Jacobian of the image in the space of the coordinates.
        coordinates: The coordinates.
        weights: Weights of the pixels.

    Returns:
        The curvature, whose `solve` is exact where the Jacobian was taken.
    """
    factor = 1.0 if not bool(weights.inside.any()) else float(weights.inside.max())
    parts = columns.grams([weights.inside / factor, weights.outside])
    a, b = (_in_coordinates(part, coordinates) for part in parts)
    penalty = MU * float(b.diagonal().mean())
    total = b + factor * a
    total.diagonal().add_(_positive(penalty, total))
    lower = torch.linalg.cholesky(total)

    def solve(v: Tensor) -> Tensor:
        return torch.cholesky_solve(v[:, None], lower)[:, 0]

    return Curvature(penalty, solve, lambda image: pull_columns(columns, image))


def _in_coordinates(gram: Tensor, coordinates: HoldCoordinates) -> Tensor:
    """`C^(1/2) G C^(1/2)`."""
    half = coordinates.scaled(gram)
    return coordinates.scaled(half.T.contiguous())


def _positive(penalty: float, matrix: Tensor) -> float:
    """A penalty with which a matrix can be factorised."""
    largest = float(matrix.diagonal().max())
    return max(penalty, 1e-10 * largest, torch.finfo(torch.float64).tiny)


def sketched_curvature(
    gan: Generator,
    code: LatentCode,
    coordinates: HoldCoordinates,
    weights: HoldWeights,
    noise_mode: str = "const",
    tick: Callable[[], None] = lambda: None,
) -> Curvature:
    """A low-rank approximation by products with `RANK` random displacements.

    Args:
        gan: The generator.
        code: One code.
        coordinates: The coordinates.
        weights: Weights of the pixels.
        noise_mode: "const" or "none".
        tick: Called after each of at most `RANK` products; may raise to cancel.

    Returns:
        The curvature; the same code gives the same one.
    """
    image = image_map(gan, code, coordinates.space, noise_mode=noise_mode)
    push, pull = jacobian_products(image)
    size = coordinates.size
    device = float64_device(gan.device)
    draw = torch.Generator().manual_seed(0)
    probes = torch.randn(size, min(RANK, size), generator=draw, dtype=torch.float64)
    probes = torch.linalg.qr(probes)[0].T.contiguous().to(device)  # [k, d], orthonormal
    energy = 0.0

    def work(start: int, stop: int) -> Tensor:
        nonlocal energy
        seen = push(coordinates.scaled(probes[start:stop]).to(image.point))  # [B, C, H, W]
        energy += float((seen.square() * weights.outside.to(seen)).sum())
        pulled = coordinates.scaled(pull(seen * weights.total.to(seen)))
        for _ in range(start, stop):
            tick()
        return pulled

    products = torch.cat(in_chunks(len(probes), chunk_that_fits(gan.spec, gan.device, 16), work))
    penalty = MU * energy / len(probes)
    values, vectors = _nystroem(probes, products)
    floor = _positive(penalty, torch.diag(values))
    scale = (values[-1] + floor) / (values + floor) - 1

    def solve(v: Tensor) -> Tensor:
        return v + vectors.T @ (scale * (vectors @ v))

    return Curvature(penalty, solve)


def _nystroem(probes: Tensor, products: Tensor) -> tuple[Tensor, Tensor]:
    """Leading eigenvalues `[k]`, descending, and eigenvectors `[k, d]` of a matrix M.

    Args:
        probes: `[k, d]` P, orthonormal rows.
        products: `[k, d]`, `P M`.

    Returns:
        Both, at most k.
    """
    shift = max(_SHIFT * float(products.norm()), torch.finfo(torch.float64).tiny)
    shifted = products + shift * probes
    core = shifted @ probes.T
    lower, failed = torch.linalg.cholesky_ex((core + core.T) / 2)
    if int(failed):  # rounding of the products exceeds the shift: the leading pairs of the core
        values, turn = torch.linalg.eigh((core + core.T) / 2)
        return values.flip(0).clamp_min(0), (turn.T @ probes).flip(0)
    half = torch.linalg.solve_triangular(lower, shifted, upper=False)  # [k, d]
    _, singular, vectors = torch.linalg.svd(half, full_matrices=False)
    return (singular.square() - shift).clamp_min(0), vectors
