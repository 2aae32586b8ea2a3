"""Robust PCA: the two parts of a matrix, and its stopping."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import SolveError
from latent_levers.core.levers.robust_pca import low_rank_part
from torch import Tensor


def low_rank(size: int = 30, rank: int = 2, seed: int = 0) -> Tensor:
    """A positive semidefinite matrix of that rank."""
    draw = torch.Generator().manual_seed(seed)
    root = torch.randn(rank, size, generator=draw, dtype=torch.float64)
    return root.T @ root


def test_a_sparse_disturbance_is_removed() -> None:
    """The theorem of the paper: L is recovered exactly where S has few entries."""
    low = low_rank()
    sparse = torch.zeros_like(low)
    for i, j in ((1, 7), (3, 12), (15, 19), (8, 8)):
        sparse[i, j] = sparse[j, i] = 5.0
    found = low_rank_part(low + sparse, sparsity=30**-0.5)
    assert found.converged
    assert found.rank == 2
    torch.testing.assert_close(found.matrix, low, rtol=0, atol=1e-5)
    gram = found.vectors @ found.vectors.T
    torch.testing.assert_close(gram, torch.eye(2, dtype=torch.float64), rtol=0, atol=1e-12)
    assert (found.values.abs().diff() <= 0).all()


def test_the_scale_of_the_matrix_scales_the_part() -> None:
    matrix = low_rank(8, 5, seed=1)
    one, other = low_rank_part(matrix, 1 / 6), low_rank_part(1e-6 * matrix, 1 / 6)
    assert one.iterations == other.iterations
    torch.testing.assert_close(other.matrix, 1e-6 * one.matrix, rtol=1e-9, atol=0)


def test_nothing_is_left_of_zero() -> None:
    found = low_rank_part(torch.zeros(4, 4, dtype=torch.float64), 1 / 60)
    assert (found.rank, found.iterations, found.converged) == (0, 0, True)
    assert found.matrix.shape == (4, 4)


def test_iterations_are_bounded_reported_and_can_be_cancelled() -> None:
    steps: list[tuple[int, int]] = []
    found = low_rank_part(low_rank(), 1 / 60, 3, lambda *step: steps.append(step))
    assert (found.iterations, found.converged) == (3, False)
    assert steps == [(1, 3), (2, 3), (3, 3)]

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        low_rank_part(low_rank(), 1 / 60, progress=cancel)


def test_arguments_out_of_range() -> None:
    with pytest.raises(SolveError, match=r"sparsity is 0\.0.*above 0"):
        low_rank_part(low_rank(), 0.0)
    with pytest.raises(SolveError, match="max_iterations is 0"):
        low_rank_part(low_rank(), 1.0, 0)
