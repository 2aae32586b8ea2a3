"""A search whose products have errors, or whose products are counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from eigenproblems import COUNT, random
from latent_levers.core.concepts.eigenproblem import SolveStatus
from latent_levers.core.concepts.operator_problem import OperatorProblem
from latent_levers.core.solvers.davidson import matrix_operators, search
from latent_levers.core.solvers.dense import DenseSolver
from latent_levers.core.solvers.search_space import Goal
from latent_levers.core.solvers.trace_estimate import draw_probes
from torch import Tensor


def noisy(problem: OperatorProblem, noise: float) -> OperatorProblem:
    """The same products with a relative error, a fixed one for each row, as of a difference."""

    def wrong(rows: Tensor) -> Tensor:
        shift = torch.randn(rows.shape, generator=torch.Generator().manual_seed(9)).double()
        size = rows.norm(dim=1, keepdim=True) / rows.shape[1] ** 0.5
        return rows + noise * size * shift

    def residuals(rows: Tensor, mix: Tensor, values: Tensor, shift: float) -> Tensor:
        exact = problem.residuals(rows, mix, values, shift)
        a, _ = problem.project(mix @ rows)
        sizes = a.diagonal()[:, None]
        return exact + sizes * (wrong(exact / sizes + 1) - exact / sizes - 1)

    return replace(problem, residuals=residuals)


@pytest.mark.parametrize("noise", [1e-2, 1e-1])
def test_noise_ends_a_search_and_is_reported(noise: float) -> None:
    """Without a floor the search would go on until it gives up, at many times the products."""
    problem = random(torch.Generator().manual_seed(0))
    probes = draw_probes(20, problem.size, 0)
    given = noisy(matrix_operators(problem), noise)
    blind = search(given, Goal(COUNT, 1e-3), probes)
    assert blind.status is SolveStatus.STAGNATED
    found = search(given, Goal(COUNT, 1e-3, floor=noise), probes)
    assert found.status is SolveStatus.NOISE_LIMITED
    assert found.stats["floor"] == noise
    assert found.stats["products"] < blind.stats["products"]
    exact = DenseSolver().solve(problem, COUNT)
    assert float(found.values[0] / exact.values[0]) > 1 - 2 * noise


def test_a_floor_below_the_goal_changes_nothing() -> None:
    problem = random(torch.Generator().manual_seed(1))
    probes = draw_probes(20, problem.size, 0)
    plain = search(matrix_operators(problem), Goal(COUNT, 1e-3), probes)
    found = search(matrix_operators(problem), Goal(COUNT, 1e-3, floor=1e-12), probes)
    assert found.status is plain.status is SolveStatus.OK
    assert torch.equal(found.vectors, plain.vectors)


@pytest.mark.parametrize("budget", [20, 40, 70])
def test_a_budget_of_products_is_kept_and_said(budget: int) -> None:
    problem = random(torch.Generator().manual_seed(2))
    probes = draw_probes(20, problem.size, 0)
    found = search(matrix_operators(problem), Goal(COUNT, 1e-6, products=budget), probes)
    assert found.status is SolveStatus.BUDGET_SPENT
    block = Goal(COUNT).block
    assert budget - 2 * block < found.stats["products"] <= max(budget, 3 * block)
    plenty = search(matrix_operators(problem), Goal(COUNT, 1e-3, products=10_000), probes)
    assert plenty.status is SolveStatus.OK
