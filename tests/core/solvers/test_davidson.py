"""The search with products alone against the dense solver, where a pair could be missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from eigenproblems import COUNT, KINDS, SIZE, clustered, normal, random
from golden import subspace_angle
from latent_levers.core.base.errors import SolveError
from latent_levers.core.concepts.eigenproblem import EigenProblem, SolveStatus
from latent_levers.core.concepts.operator_problem import OperatorProblem
from latent_levers.core.solvers.davidson import DavidsonSolver, matrix_operators
from latent_levers.core.solvers.dense import DenseSolver
from torch import Tensor


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_pair_is_missed(kind: Callable[[torch.Generator], EigenProblem]) -> None:
    """Forty problems of each kind, two hundred in all: values, space and status."""
    for seed in range(40):
        problem = kind(torch.Generator().manual_seed(seed))
        expected = DenseSolver().solve(problem, COUNT)
        found = DavidsonSolver().solve_operators(matrix_operators(problem), COUNT)
        assert found.status is expected.status, seed
        torch.testing.assert_close(found.values, expected.values, rtol=1e-5, atol=0)
        assert subspace_angle(found.vectors, expected.vectors) < 1e-3, seed


@pytest.mark.parametrize("count", [1, 2, COUNT])
def test_the_guard_matters(count: int) -> None:
    """Where the next value is only 1e-4 smaller, a search without guard pairs takes the wrong one.

    It is content as soon as its residuals are small; with guard pairs it knows that they must be
    smaller here.
    """
    wrong = 0
    for seed in range(4):
        problem = clustered(torch.Generator().manual_seed(seed), 1e-4, count)
        expected = DenseSolver().solve(problem, count).vectors
        operators = matrix_operators(problem)
        found = DavidsonSolver().solve_operators(operators, count)
        assert found.status is SolveStatus.OK
        assert subspace_angle(found.vectors, expected) < 1e-3, seed
        bare = DavidsonSolver(guard=0).solve_operators(operators, count)
        wrong += subspace_angle(bare.vectors, expected) > 0.1
    assert wrong > 0


@pytest.mark.parametrize("angle", [1e-2, 1e-4])
def test_the_angle_is_kept_and_has_its_price(angle: float) -> None:
    """A tenth of the angle takes more products."""
    products: list[int] = []
    for asked in (angle, angle / 10):
        problem = random(torch.Generator().manual_seed(7))
        expected = DenseSolver().solve(problem, COUNT).vectors
        found = DavidsonSolver(asked).solve_operators(matrix_operators(problem), COUNT)
        assert subspace_angle(found.vectors, expected) < asked
        products.append(int(found.stats["products"]))
    assert products[0] < products[1]


def counted(problem: OperatorProblem) -> tuple[OperatorProblem, list[int]]:
    """The problem, and a list to which the number of products of every call is added."""
    calls: list[int] = []
    seen = [0]

    def project(rows: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(len(rows) - seen[0] if len(rows) > seen[0] else len(rows))
        seen[0] = len(rows)
        return problem.project(rows)

    def residuals(rows: Tensor, mix: Tensor, values: Tensor, shift: float) -> Tensor:
        calls.append(len(mix))
        return problem.residuals(rows, mix, values, shift)

    def start(count: int) -> Tensor:
        calls.append(count)
        return problem.start(count)

    return replace(problem, project=project, residuals=residuals, start=start), calls


def estimated(problem: EigenProblem, tau: float = 1e-3) -> OperatorProblem:
    """The problem with a shift that follows from the trace."""
    return replace(matrix_operators(problem), shift=None, shrinkage=tau)


def test_the_trace_is_estimated_and_its_error_told() -> None:
    """Within four standard errors; the seed changes it, and exactly it costs D products."""
    problem = random(torch.Generator().manual_seed(3))
    true = float(problem.b.trace())
    values: list[float] = []
    for seed in range(6):
        operators, calls = counted(estimated(problem))
        found = DavidsonSolver(seed=seed).solve_operators(operators, COUNT).stats
        assert found["products"] == sum(calls)
        assert found["trace_seed"] == seed
        assert 12 <= int(found["trace_probes"]) <= 120
        error = abs(float(found["trace"]) / true - 1)
        assert error <= 4 * float(found["trace_error"])
        values.append(float(found["trace"]))
        off = replace(problem, shift=problem.shift * (1 + float(found["trace_error"])))
        turned = subspace_angle(*(DenseSolver().solve(p, COUNT).vectors for p in (problem, off)))
        assert float(found["trace_angle"]) == pytest.approx(turned, rel=0.1, abs=1e-6)
    assert len(set(values)) == len(values)
    exact = DavidsonSolver(trace="exact").solve_operators(estimated(problem), COUNT)
    assert exact.stats["trace"] == pytest.approx(true, rel=1e-12)
    assert exact.stats["trace_error"] == 0
    assert "trace_seed" not in exact.stats
    expected = DenseSolver().solve(problem, COUNT).vectors
    assert subspace_angle(exact.vectors, expected) < 1e-3


def test_probes_are_added_until_the_trace_is_certain_enough() -> None:
    """Three standard errors turn the pairs by the angle that is asked for, at most."""
    problem = random(torch.Generator().manual_seed(3))
    expected = DenseSolver().solve(problem, COUNT).vectors
    probes: list[int] = []
    for seed in range(6):
        found = DavidsonSolver(3e-4, seed=seed).solve_operators(estimated(problem), COUNT)
        assert float(found.stats["trace_angle"]) <= 1e-4
        assert subspace_angle(found.vectors, expected) < 3e-4
        probes.append(int(found.stats["trace_probes"]))
    assert max(probes) > 12


def test_where_probes_would_be_as_many_as_dimensions_the_trace_is_exact() -> None:
    """Which costs D products."""
    problem = random(torch.Generator().manual_seed(3))
    operators, calls = counted(estimated(problem))
    found = DavidsonSolver(1e-5).solve_operators(operators, COUNT)
    assert found.stats["trace"] == pytest.approx(float(problem.b.trace()), rel=1e-12)
    assert (found.stats["trace_error"], found.stats["trace_angle"]) == (0, 0)
    assert found.stats["products"] == sum(calls) + SIZE
    expected = DenseSolver().solve(problem, COUNT).vectors
    assert subspace_angle(found.vectors, expected) < 1e-5


def test_little_room_restarts_the_search() -> None:
    """Where few rows may be stored, the best vectors are kept, and products are made again."""
    problem = random(torch.Generator().manual_seed(5))
    operators = replace(matrix_operators(problem), room=40)
    found = DavidsonSolver().solve_operators(operators, COUNT)
    assert found.status is SolveStatus.OK
    assert found.stats["search_space"] <= 40
    assert subspace_angle(found.vectors, DenseSolver().solve(problem, COUNT).vectors) < 1e-3


def test_rounding_errors_end_the_search_with_a_status() -> None:
    """Products of three digits cannot give an angle of 1e-6; the residual says what was reached."""
    problem = random(torch.Generator().manual_seed(5))
    exact = matrix_operators(problem)
    draw = torch.Generator().manual_seed(0)

    def residuals(rows: Tensor, mix: Tensor, values: Tensor, shift: float) -> Tensor:
        found = exact.residuals(rows, mix, values, shift)
        scale = (values * shift)[:, None] / SIZE**0.5
        return found + 1e-3 * scale * normal(draw, *found.shape)

    found = DavidsonSolver(1e-6).solve_operators(replace(exact, residuals=residuals), COUNT)
    if found.stats["search_space"] < SIZE:
        assert found.status is SolveStatus.STAGNATED
        assert "rounding errors" in found.status.value
    assert float(found.residuals.max()) > 1e-6


def test_a_background_that_stands_still() -> None:
    """Without a background the region's own leading directions, and a status as of others."""
    problem = random(torch.Generator().manual_seed(5))
    still = EigenProblem(problem.a, 0 * problem.b)
    expected = DenseSolver().solve(still, COUNT)
    for solver in (DavidsonSolver(), DavidsonSolver(trace="exact")):
        found = solver.solve_operators(estimated(still), COUNT)
        assert found.status is expected.status is SolveStatus.STILL_BACKGROUND
    assert subspace_angle(found.vectors, expected.vectors) < 1e-3


def test_what_cannot_be_searched() -> None:
    """A region that stands still, products that are not finite, arguments out of range."""
    operators = matrix_operators(random(torch.Generator().manual_seed(5)))
    still = replace(operators, start=lambda count: torch.zeros(count, SIZE).double())
    with pytest.raises(SolveError, match="depends on the latent"):
        DavidsonSolver().solve_operators(still, COUNT)

    def broken(rows: Tensor) -> tuple[Tensor, Tensor]:
        return (torch.full((len(rows), len(rows)), torch.nan).double(),) * 2

    with pytest.raises(SolveError, match="NaN or infinite"):
        DavidsonSolver().solve_operators(replace(operators, project=broken), COUNT)
    with pytest.raises(SolveError, match="one of estimate, exact"):
        DavidsonSolver(trace="guess")
    with pytest.raises(SolveError, match="radians above 0"):
        DavidsonSolver(0.0)
    with pytest.raises(SolveError, match="guard is -5"):
        DavidsonSolver(guard=-5)


def test_progress_can_cancel() -> None:
    """Steps taken and expected; an exception ends the search."""
    problem = matrix_operators(random(torch.Generator().manual_seed(5)))
    seen: list[tuple[int, int]] = []
    DavidsonSolver().solve_operators(problem, COUNT, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]

    def cancel(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        DavidsonSolver().solve_operators(problem, COUNT, cancel)
