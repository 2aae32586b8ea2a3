"""Traces from a space and probes, against the matrix."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.solvers.trace_estimate import draw_probes, estimate_trace
from torch import Tensor

SIZE = 80


def matrix() -> Tensor:
    """A Gram whose spectrum decays."""
    draw = torch.Generator().manual_seed(0)
    root = torch.randn(SIZE, SIZE, generator=draw, dtype=torch.float64)
    root = root * torch.arange(1.0, SIZE + 1)[:, None] ** -1.0
    return root.T @ root


def estimate(b: Tensor, space: int, probes: int, seed: int = 0) -> tuple[float, float]:
    """Value and error with the leading eigenvectors as space."""
    rows = torch.linalg.eigh(b)[1].T.flip(0)[:space]
    both = torch.cat([rows, draw_probes(probes, SIZE, seed)])
    found = estimate_trace(rows, both[space:], both @ b @ both.T)
    return found.value, found.error


def test_the_space_is_exact_and_the_rest_is_sampled() -> None:
    """The larger the space, the smaller the error; the full space has none."""
    b = matrix()
    true, errors = float(b.trace()), [0.0]
    for space in (80, 60, 20, 1):
        value, error = estimate(b, space, 12)
        assert abs(value / true - 1) <= 4 * error + 1e-12
        errors.append(error)
    assert errors[1] == 0
    assert errors[1:] == sorted(errors[1:])


def test_the_error_is_that_of_many_draws() -> None:
    """Over seeds the estimates scatter as told, around the truth."""
    b = matrix()
    values, errors = torch.tensor([estimate(b, 5, 12, seed) for seed in range(200)]).T
    true = float(b.trace())
    assert float(values.mean()) == pytest.approx(
        true, rel=4 * float(values.std()) / 200**0.5 / true
    )
    told = float((errors * values).square().mean().sqrt())
    assert float(values.std()) == pytest.approx(told, rel=0.25)


def test_probes_are_those_of_their_seed() -> None:
    """The first are the same however many are drawn; they have unit length."""
    assert torch.equal(draw_probes(3, SIZE, 1), draw_probes(9, SIZE, 1)[:3])
    assert not torch.equal(draw_probes(3, SIZE, 1), draw_probes(3, SIZE, 2))
    torch.testing.assert_close(draw_probes(3, SIZE, 1).norm(dim=1), torch.ones(3).double())
