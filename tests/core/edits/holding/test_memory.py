"""The preconditioner that remembers what conjugate gradients measured."""

from __future__ import annotations

import torch
from latent_levers.core.edits.holding.memory import LENGTH, SearchMemory


def remembered(count: int) -> tuple[SearchMemory, torch.Tensor, torch.Tensor]:
    """A memory of some directions, the matrix, and the last direction."""
    draw = torch.Generator().manual_seed(0)
    half = torch.randn(8, 8, generator=draw, dtype=torch.float64)
    matrix = half @ half.T + torch.eye(8, dtype=torch.float64)
    memory = SearchMemory()
    direction = torch.zeros(8, dtype=torch.float64)
    for _ in range(count):
        direction = torch.randn(8, generator=draw, dtype=torch.float64)
        product = matrix @ direction
        memory.add(direction, product, float(direction @ product))
    return memory, matrix, direction


def test_it_inverts_the_matrix_along_the_last_direction() -> None:
    """And is symmetric and positive definite."""
    memory, matrix, last = remembered(3)
    solve = memory.improved(lambda v: v)
    torch.testing.assert_close(solve(matrix @ last), last)
    inverse = torch.stack([solve(row) for row in torch.eye(8, dtype=torch.float64)])
    torch.testing.assert_close(inverse, inverse.T)
    assert float(torch.linalg.eigvalsh(inverse)[0]) > 0


def test_it_forgets_the_oldest_and_does_not_change_what_it_gave() -> None:
    memory, matrix, last = remembered(LENGTH + 2)
    assert len(memory.pairs) == LENGTH
    solve = memory.improved(lambda v: v)
    memory.add(matrix[0], matrix @ matrix[0], float(matrix[0] @ matrix @ matrix[0]))
    torch.testing.assert_close(solve(matrix @ last), last)


def test_conjugate_directions_are_inverted_all() -> None:
    """As those of one run of conjugate gradients are."""
    _, matrix, _ = remembered(0)
    values, vectors = torch.linalg.eigh(matrix)
    memory = SearchMemory()
    for value, row in zip(values, vectors.T, strict=True):
        memory.add(row, value * row, float(value))
    right = torch.arange(8, dtype=torch.float64)
    found = memory.improved(torch.zeros_like)(right)
    torch.testing.assert_close(matrix @ found, right)
