"""Every solver against `scipy.linalg.eigh` and every other, on easy and on awkward problems.

Angles are sines of the largest principal angle between the spaces of the leading pairs. A kind of
problem states the angle that its conditioning allows; each solver must keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from golden import subspace_angle
from latent_levers.core.base.errors import SolveError
from latent_levers.core.concepts.eigenproblem import AbstractSolver, EigenProblem, SolveStatus
from latent_levers.core.solvers import SOLVERS
from latent_levers.core.solvers.auto import AutoSolver
from latent_levers.core.solvers.krylov import KrylovSolver
from latent_levers.core.solvers.low_rank import LowRankSolver
from oracles import generalised_eigenpairs
from torch import Tensor


def gaussian(rows: int, size: int, decay: float = 0.5, seed: int = 0) -> Tensor:
    """`[rows, D]` whose i-th row is scaled by `i^-decay`."""
    draw = torch.Generator().manual_seed(seed)
    scale = torch.arange(1, rows + 1, dtype=torch.float64) ** -decay
    return scale[:, None] * torch.randn(rows, size, generator=draw, dtype=torch.float64)


def gram(rows: int, size: int, decay: float = 0.5, seed: int = 0) -> Tensor:
    """`[D, D]` of such rows."""
    root = gaussian(rows, size, decay, seed)
    return root.T @ root


def spectrum(values: Tensor, seed: int) -> Tensor:
    """`[D, D]` with these eigenvalues, on random axes."""
    axes, _ = torch.linalg.qr(gaussian(len(values), len(values), 0.0, seed))
    matrix = (axes * values) @ axes.T
    return (matrix + matrix.T) / 2


def background(size: int, seed: int = 1) -> Tensor:
    """A full-rank B."""
    return gram(3 * size, size, 0.6, seed)


@dataclass(frozen=True)
class Kind:
    """A kind of problem, and what to expect of it."""

    name: str
    make: Callable[[], EigenProblem]
    count: int
    found: int
    """How many of `count` pairs there are."""
    angle: float = 1e-6
    status: SolveStatus = SolveStatus.OK


def shifted(a: Tensor, b: Tensor, tau: float = 1e-3, **more: Tensor) -> EigenProblem:
    """With the paper's shrinkage."""
    return EigenProblem(a, b, tau * float(b.trace()), **more)


def repeated(size: int) -> EigenProblem:
    """Eigenvalues 5 (four times), 3 (three times) and 1, with respect to B + t I."""
    b = background(size)
    t = 1e-3 * float(b.trace())
    lower = torch.linalg.cholesky(b + t * torch.eye(size, dtype=b.dtype))
    values = torch.ones(size, dtype=torch.float64)
    values[:4], values[4:7] = 5, 3
    a = lower @ spectrum(values, 3) @ lower.T
    return EigenProblem((a + a.T) / 2, b, t)


def ill_conditioned(size: int) -> EigenProblem:
    """`B + t I` of condition 1e12, and an A that is small where B is."""
    values = torch.logspace(0, -12, size, dtype=torch.float64)
    axes, _ = torch.linalg.qr(gaussian(size, size, 0.0, 5))
    root = gaussian(2 * size, size, 0.5, 6) * values.sqrt()
    a, b = axes @ (root.T @ root) @ axes.T, (axes * values) @ axes.T
    return EigenProblem((a + a.T) / 2, (b + b.T) / 2, 1e-12)


DEFICIENT = SolveStatus.RANK_DEFICIENT
KINDS = [
    Kind("random", lambda: shifted(gram(300, 150), background(150)), 10, 10),
    Kind("random, 40 of 150", lambda: shifted(gram(300, 150), background(150)), 40, 40),
    Kind("unshrunken", lambda: EigenProblem(gram(300, 150), background(150)), 10, 10),
    Kind("fewer rows than wanted", lambda: shifted(gram(6, 150), background(150)), 10, 6,
         status=DEFICIENT),
    Kind("rank-deficient A", lambda: shifted(gram(20, 150), background(150)), 10, 10),
    Kind("rank-deficient B", lambda: shifted(gram(300, 150), gram(40, 150, seed=1)), 10, 10),
    Kind("diagonal with zeros",
         lambda: EigenProblem(torch.diag(torch.arange(100.0).double() - 90).clamp_min(0),
                              torch.eye(100, dtype=torch.float64), 1e-3), 12, 9,
         status=DEFICIENT),
    Kind("B is zero but shrunken",
         lambda: EigenProblem(gram(99, 80), torch.zeros(80, 80, dtype=torch.float64), 0.1), 5, 5),
    Kind("B is zero", lambda: EigenProblem(gram(99, 80), torch.zeros(80, 80).double()), 5, 5,
         status=SolveStatus.STILL_BACKGROUND),
    Kind("B is the identity", lambda: EigenProblem(gram(300, 150)), 10, 10),
    Kind("repeated, all of them", lambda: repeated(150), 7, 7),
    Kind("repeated, cut between", lambda: repeated(150), 4, 4),
    Kind("condition 1e12", lambda: ill_conditioned(120), 8, 8, 1e-3),
    Kind("one dimension", lambda: shifted(gram(3, 1), background(1)), 1, 1),
    Kind("two dimensions", lambda: shifted(gram(3, 2), background(2)), 2, 2),
    Kind("two dimensions, rank one", lambda: shifted(gram(1, 2), background(2)), 2, 1,
         status=DEFICIENT),
    Kind("count = D", lambda: shifted(gram(90, 30), background(30)), 30, 30),
    Kind("tiny numbers", lambda: shifted(1e-30 * gram(300, 99), 1e-30 * background(99)), 9, 9),
    Kind("huge numbers", lambda: shifted(1e60 * gram(300, 99), 1e60 * background(99)), 9, 9),
    Kind("rows alone",
         lambda: EigenProblem(None, background(150), 0.1, a_root=gaussian(40, 150)), 10, 10),
    Kind("rows alone, rank 6",
         lambda: EigenProblem(None, background(150), 0.1, a_root=gaussian(6, 150)), 10, 6,
         status=DEFICIENT),
]  # fmt: skip


def unanswerable(solver: AbstractSolver, problem: EigenProblem) -> bool:
    """Whether a solver says in words that it does not take such problems."""
    return solver.id == "low-rank" and problem.b is not None and problem.shift == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("solver", [*SOLVERS], ids=lambda solver: solver.id)
def test_against_scipy(solver: AbstractSolver, kind: Kind) -> None:
    """Values, spaces, residuals, and the status in words; hence also against each other."""
    problem = kind.make()
    if unanswerable(solver, problem) and kind.status is not SolveStatus.STILL_BACKGROUND:
        with pytest.raises(SolveError, match="without shrinkage"):
            solver.solve(problem, kind.count)
        return
    solution = solver.solve(problem, kind.count)
    identity = torch.eye(problem.size, dtype=torch.float64)
    b = identity if problem.b is None else problem.b + problem.shift * identity
    if kind.status is SolveStatus.STILL_BACKGROUND:
        b = identity
    values, vectors = generalised_eigenpairs(problem.numerator(), b)
    assert solution.values.shape == (kind.found,)
    assert solution.vectors.shape == (kind.found, problem.size)
    assert solution.vectors.dtype == solution.values.dtype == torch.float64  # hence not complex
    for tensor in (solution.values, solution.vectors, solution.residuals):
        assert torch.isfinite(tensor).all()
    assert solution.status is kind.status
    torch.testing.assert_close(
        solution.values, values[: kind.found], rtol=kind.angle, atol=0, msg=kind.name
    )
    torch.testing.assert_close(solution.vectors.norm(dim=1), torch.ones(kind.found).double())
    assert subspace_angle(solution.vectors, vectors[: kind.found]) < kind.angle


@pytest.mark.parametrize("decay", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("size", [256, 400])
def test_krylov_converges_by_itself(decay: float, size: int) -> None:
    """Flat or steep, the leading ten are found without the dense solver."""
    problem = shifted(gram(2 * size, size, decay), background(size))
    found = KrylovSolver().solve(problem, 10)
    values, vectors = generalised_eigenpairs(
        problem.numerator(), problem.times_b(torch.eye(size, dtype=torch.float64))
    )
    assert found.stats["solver"] == "krylov"
    assert found.residuals.max() < 1e-6
    torch.testing.assert_close(found.values, values[:10], rtol=1e-10, atol=0)
    assert subspace_angle(found.vectors, vectors[:10]) < 1e-6
    again = KrylovSolver().solve(problem, 10)
    assert torch.equal(again.vectors, found.vectors)  # its start has a seed of its own


@pytest.mark.parametrize("shift", [0.0, 1e-9, 1e-6])
def test_krylov_factors_in_float64_where_float32_would_not_do(shift: float) -> None:
    """Condition numbers of 1e6 to 1e9 without a bound."""
    values = torch.logspace(0, -6, 300, dtype=torch.float64)
    problem = EigenProblem(gram(600, 300), spectrum(values, 2), shift)
    found, dense = (SOLVERS[name].solve(problem, 5) for name in ("krylov", "dense"))
    assert found.stats["solver"] == "krylov"
    torch.testing.assert_close(found.values, dense.values, rtol=1e-8, atol=0)
    assert subspace_angle(found.vectors, dense.vectors) < 1e-6


def test_krylov_hands_over_and_says_so() -> None:
    """Too few blocks, or too wide a block: the dense solution, and why."""
    problem = shifted(gram(300, 150), background(150))
    dense = SOLVERS["dense"].solve(problem, 10)
    hurried = KrylovSolver(blocks=1).solve(problem, 10)
    assert torch.equal(hurried.vectors, dense.vectors)
    assert hurried.stats["solver"] == "dense"
    assert str(hurried.stats["fell_back"]).startswith("krylov: 1 blocks left a residual of ")
    wide = KrylovSolver().solve(problem, 60)
    assert wide.stats["fell_back"] == "krylov: a block of 64 vectors is too wide for 150 dimensions"
    assert len(wide.values) == 60


def test_a_multiplicity_above_the_block() -> None:
    """Fifty equal eigenvalues: any ten of their vectors are right."""
    values = torch.ones(200, dtype=torch.float64)
    values[:50] = 7
    axes, _ = torch.linalg.qr(gaussian(200, 200, 0.0, 4))
    a = (axes * values) @ axes.T
    found = KrylovSolver().solve(EigenProblem((a + a.T) / 2), 10)
    assert found.stats["solver"] == "krylov"
    torch.testing.assert_close(found.values, torch.full((10,), 7.0, dtype=torch.float64))
    inside = found.vectors @ axes[:, :50]
    torch.testing.assert_close(inside.norm(dim=1), torch.ones(10, dtype=torch.float64))
    assert torch.linalg.matrix_rank(found.vectors) == 10


def test_a_background_without_repair() -> None:
    """An indefinite B ends in words, whoever is asked."""
    b = torch.diag(torch.linspace(-1, 3, 60, dtype=torch.float64))
    for name in ("auto", "dense", "krylov", "rows"):
        with pytest.raises(SolveError, match="singular or indefinite.*larger shrinkage"):
            SOLVERS[name].solve(EigenProblem(gram(99, 60), b), 3)


@pytest.mark.parametrize("name", ["auto", "dense", "krylov", "rows"])
def test_a_singular_background_is_mended(name: str) -> None:
    """Rank 20 of 60 without shrinkage: a jitter, said in words, and finite numbers."""
    found = SOLVERS[name].solve(EigenProblem(gram(99, 60), gram(20, 60, seed=1)), 3)
    assert found.status is SolveStatus.JITTERED
    assert torch.isfinite(found.vectors).all()
    assert torch.isfinite(found.values).all()


def test_the_chooser_takes_the_cheapest() -> None:
    """Small, large, few rows: and the statistics name it, with all estimates."""
    cases = {
        "dense": shifted(gram(90, 60), background(60)),
        "krylov": shifted(gram(900, 700, 1.0), background(700)),
        "rows": shifted(gram(9, 700), background(700), a_root=gaussian(9, 700)),
    }
    for name, problem in cases.items():
        found = SOLVERS["auto"].solve(problem, 5)
        assert found.stats["solver"] == name
        assert str(found.stats["choice"]).startswith(f"{name} of dense ")
        costs = [solver.cost(problem, 5) for solver in SOLVERS if solver.id != "auto"]
        assert SOLVERS["auto"].cost(problem, 5) == min(c for c in costs if c is not None)
    assert "rows" not in str(SOLVERS["auto"].solve(cases["dense"], 5).stats["choice"])


def test_the_chooser_knows_any_solver() -> None:
    """A newcomer takes part by its `cost` alone; one that would cut never does unasked."""
    problem = shifted(gram(90, 60), background(60))
    cut = LowRankSolver(rank=5)
    assert cut.cost(problem, 3) is None
    found = AutoSolver(cut, LowRankSolver()).solve(problem, 3)
    assert found.status is SolveStatus.OK
    assert str(found.stats["choice"]).startswith("low-rank of low-rank ")


def test_rows_and_gram_are_one_problem() -> None:
    """Products through rows equal products with A; both together are allowed."""
    root = gaussian(12, 50)
    alone = EigenProblem(None, a_root=root)
    both = EigenProblem(root.T @ root, a_root=root)
    probe = gaussian(4, 50, seed=7)
    torch.testing.assert_close(alone.times_a(probe), probe @ both.numerator())
    torch.testing.assert_close(both.times_a(probe), probe @ both.numerator())
    assert alone.trace == pytest.approx(both.trace)
    assert alone.rank_bound == both.rank_bound == 12


def test_problems_that_are_none() -> None:
    """Each complaint names what was found."""
    eye = torch.eye(4, dtype=torch.float64)
    skew = eye.clone()
    skew[0, 1] = 1e-3
    hole = eye.clone()
    hole[2, 2] = torch.nan
    for matrix, words in (
        (skew, "A is not symmetric"),
        (hole, "A is not finite"),
        (eye / 0, "A is not finite"),
        (eye.float(), "A is torch.float32"),
        (eye[:3], "A has shape"),
        (0 * eye, "A is zero"),
    ):
        with pytest.raises(SolveError, match=words):
            EigenProblem(matrix)
    with pytest.raises(SolveError, match="B is not symmetric"):
        EigenProblem(eye, skew)
    with pytest.raises(SolveError, match="shift is -1"):
        EigenProblem(eye, eye, -1.0)
    with pytest.raises(SolveError, match="shift is nan"):
        EigenProblem(eye, eye, float("nan"))
    with pytest.raises(SolveError, match="Neither A nor its rows"):
        EigenProblem(None, eye)
    with pytest.raises(SolveError, match=r"rows of A have shape \[4\]"):
        EigenProblem(None, eye, a_root=eye[0])
