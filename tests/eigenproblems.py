"""Eigenproblems in which a pair could be missed."""

from __future__ import annotations

from dataclasses import replace

import torch
from latent_levers.core.concepts.eigenproblem import EigenProblem
from torch import Tensor

SIZE, COUNT = 120, 5


def normal(draw: torch.Generator, *shape: int) -> Tensor:
    """Normal numbers in float64."""
    return torch.randn(*shape, generator=draw, dtype=torch.float64)


def with_values(values: Tensor, draw: torch.Generator) -> EigenProblem:
    """A problem with these eigenvalues, at the paper's shrinkage."""
    size = len(values)
    decay = 0.2 + 0.8 * float(torch.rand(1, generator=draw))
    root = normal(draw, 3 * size, size) * torch.arange(1.0, 3 * size + 1)[:, None] ** -decay
    b = root.T @ root
    shift = 1e-3 * float(b.trace())
    lower = torch.linalg.cholesky(b + shift * torch.eye(size, dtype=b.dtype))
    axes = torch.linalg.qr(normal(draw, size, size))[0]
    a = lower @ (axes * values) @ axes.T @ lower.T
    return EigenProblem((a + a.T) / 2, b, shift)


def random(draw: torch.Generator) -> EigenProblem:
    """Two Grams that know nothing of each other."""
    decay = torch.arange(1.0, 2 * SIZE + 1)[:, None] ** -0.7
    root = normal(draw, 2 * SIZE, SIZE) * decay
    return replace(with_values(torch.ones(SIZE).double(), draw), a=root.T @ root)


def repeated(draw: torch.Generator) -> EigenProblem:
    """Three, two and two equal values, then a bulk."""
    values = torch.rand(SIZE, generator=draw).double() / 2
    values[:7] = torch.tensor([5.0, 5, 5, 3, 3, 2, 2])
    return with_values(values, draw)


def clustered(draw: torch.Generator, spacing: float = 1e-2, count: int = COUNT) -> EigenProblem:
    """One value more than requested, all of them near 1."""
    values = torch.rand(SIZE, generator=draw).double() * 0.3
    values[: count + 1] = 1 + spacing * torch.arange(count + 1).flip(0)
    return with_values(values, draw)


def deficient(draw: torch.Generator, rank: int = 8) -> EigenProblem:
    """A of low rank."""
    values = torch.zeros(SIZE, dtype=torch.float64)
    values[:rank] = torch.rand(rank, generator=draw).double() + 0.1
    return with_values(values, draw)


def tiny_region(draw: torch.Generator) -> EigenProblem:
    """A of one pixel: fewer rows than pairs that are requested."""
    return deficient(draw, 3)


KINDS = (random, repeated, clustered, deficient, tiny_region)
