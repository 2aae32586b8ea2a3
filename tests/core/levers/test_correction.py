"""Directions corrected with exact products, against solutions of the exact pencil by scipy."""

from __future__ import annotations

import pytest
import torch
from golden import subspace_angle
from latent_levers.core.base.errors import SolveError
from latent_levers.core.concepts.eigenproblem import EigenProblem, EigenSolution, SolveStatus
from latent_levers.core.jacobians.image_map import ImageMap
from latent_levers.core.jacobians.matrix_pencil import MatrixPencil, Sample
from latent_levers.core.levers.correction import CorrectingSolver
from latent_levers.core.solvers import SOLVERS
from oracles import generalised_eigenpairs
from torch import Tensor

SIZE, COUNT = 40, 5
SHAPE = (3, 8, 8)
INSIDE = torch.zeros(8, 8)
INSIDE[2:5, 1:6] = 1


def samples_of(codes: int = 1, rank: int = SIZE) -> list[Sample]:
    """Linear maps in float64 with a decaying spectrum."""
    found: list[Sample] = []
    for _ in range(codes):
        decay = torch.logspace(0, -2, SIZE).double() * (torch.arange(SIZE) < rank)
        matrix = torch.linalg.qr(torch.randn(192, SIZE).double())[0] * decay
        matrix = matrix @ torch.linalg.qr(torch.randn(SIZE, SIZE).double())[0]

        def draw(delta: Tensor, matrix: Tensor = matrix) -> Tensor:
            return (matrix @ delta).reshape(SHAPE)

        image = ImageMap(draw, torch.zeros(SIZE).double(), SHAPE)
        found.append(Sample(image, (INSIDE, 1 - INSIDE), (1 / 45 / codes, 1 / 147 / codes)))
    return found


def pencil_of(samples: list[Sample], scale: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """A and B by their definition."""
    pair = [torch.zeros(SIZE, SIZE).double() for _ in range(2)]
    units = torch.ones(SIZE).double() if scale is None else scale
    for sample in samples:
        columns = torch.func.vmap(sample.image.function)(torch.eye(SIZE).double())
        rows = columns.flatten(1) * units[:, None]
        for total, weight, factor in zip(pair, sample.weights, sample.scales, strict=True):
            total += factor * (rows * weight.double().expand(SHAPE).flatten()) @ rows.T
    return pair[0], pair[1]


def disturbed(matrix: Tensor, noise: float) -> Tensor:
    """A matrix with a relative symmetric error in each entry."""
    error = 1 + noise * torch.randn(matrix.shape).double()
    root = matrix.diagonal().sqrt()
    return matrix * (error + error.T) / 2 + noise**2 * torch.diag(root**2)


def shifted(a: Tensor, b: Tensor, tau: float = 1e-2) -> EigenProblem:
    """The pencil with a shift."""
    return EigenProblem(a, b, tau * float(b.trace()))


@pytest.mark.parametrize("room", [0, 1 << 30])
@pytest.mark.parametrize("codes", [1, 3])
@pytest.mark.parametrize("scaled", [False, True])
def test_products_equal_those_of_the_grams(codes: int, scaled: bool, room: int) -> None:
    """In a space and in a larger one, over all codes, with and without stored images."""
    samples = samples_of(codes)
    scale = torch.rand(SIZE).double() + 0.5 if scaled else None
    a, b = pencil_of(samples, scale)
    pencil = MatrixPencil(samples, 3, scale, room)
    space = torch.linalg.qr(torch.randn(SIZE, 11).double())[0].T
    for rows in (space[:4], space[:4], space):
        for found, matrix in zip(pencil.project(rows), (a, b), strict=True):
            torch.testing.assert_close(found, rows @ matrix @ rows.T, rtol=1e-10, atol=1e-14)
        mix, values = torch.randn(7, len(rows)).double(), torch.rand(7).double()
        vectors = mix @ rows
        expected = vectors @ a - values[:, None] * (vectors @ b + 0.3 * vectors)
        found = pencil.residuals(rows, mix, values, 0.3)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-13)
    assert pencil.trace() == pytest.approx(float(b.trace()), rel=1e-10)


@pytest.mark.parametrize("codes", [1, 3])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_disturbed_pencil_is_corrected(codes: int, scaled: bool) -> None:
    """Errors of 1e-3 after two corrections, 1e-6 after four; residuals are exact."""
    samples = samples_of(codes)
    scale = torch.rand(SIZE).double() + 0.5 if scaled else None
    a, b = pencil_of(samples, scale)
    exact = shifted(a, b)
    noisy = EigenProblem(disturbed(a, 1e-2), disturbed(b, 1e-2), exact.shift)
    _, expected = generalised_eigenpairs(a, b + exact.shift * torch.eye(SIZE))
    start = SOLVERS["dense"].solve(noisy, COUNT)
    assert subspace_angle(start.vectors, expected[:COUNT]) > 1e-3
    angles: list[float] = []
    for corrections in (0, 1, 2, 4):
        solver = CorrectingSolver(SOLVERS["auto"], samples, corrections, 4, scale, angle=0.0)
        found = solver.solve(noisy, COUNT)
        angles.append(subspace_angle(found.vectors, expected[:COUNT]))
        assert found.stats["corrections"] == corrections
        image = exact.times_a(found.vectors)
        residual = image - found.values[:, None] * exact.times_b(found.vectors)
        sizes = residual.norm(dim=1) / image.norm(dim=1)
        assert (found.residuals >= sizes * (1 - 1e-4)).all()  # their denominator is smaller
        assert (found.residuals <= 2 * sizes + 1e-12).all()
        assert found.status is SolveStatus.OK
    assert angles == sorted(angles, reverse=True)
    assert angles[2] < 1e-3
    assert angles[3] < 1e-6


def solve(samples: list[Sample], problem: EigenProblem, count: int = COUNT) -> EigenSolution:
    """Solve with exactly four corrections."""
    found = CorrectingSolver(SOLVERS["auto"], samples, 4, 8, angle=0.0).solve(problem, count)
    for tensor in (found.values, found.vectors, found.residuals):
        assert torch.isfinite(tensor).all()
    return found


def test_it_stops_when_the_residuals_are_small() -> None:
    """An exact problem needs no correction, a disturbed one fewer than allowed."""
    samples = samples_of()
    a, b = pencil_of(samples)
    found = CorrectingSolver(SOLVERS["auto"], samples, 4, 8).solve(shifted(a, b), COUNT)
    assert found.stats["corrections"] == 0
    assert float(found.residuals.max()) < 1e-8
    problem = shifted(disturbed(a, 1e-2), disturbed(b, 1e-2))
    found = CorrectingSolver(SOLVERS["auto"], samples, 9, 8).solve(problem, COUNT)
    assert 0 < found.stats["corrections"] < 9
    assert float(found.residuals.max()) < 3e-4


@pytest.mark.parametrize("count", [1, COUNT, SIZE])
def test_all_directions_and_few(count: int) -> None:
    """Corrections end once the search space is the full space."""
    samples = samples_of()
    a, b = pencil_of(samples)
    bend = torch.eye(SIZE) + 1e-2 * torch.randn(SIZE, SIZE).double()  # keeps the rank
    problem = shifted(bend @ a @ bend.T, bend @ b @ bend.T)
    found = solve(samples, problem, count)
    values, _ = generalised_eigenpairs(a, b + problem.shift * torch.eye(SIZE))
    torch.testing.assert_close(found.values, values[:count], rtol=1e-6, atol=1e-12)
    assert len(found.values) == count


def test_a_region_of_low_rank() -> None:
    """Directions beyond the rank are dropped, with a status; within the rank the status is OK."""
    samples = samples_of(rank=3)
    a, b = pencil_of(samples)
    bound = EigenProblem(a, b, 1e-2 * float(b.trace()))
    found = solve(samples, bound)
    assert (len(found.values), found.status) == (3, SolveStatus.RANK_DEFICIENT)
    assert found.stats["rank"] == 3
    assert solve(samples, bound, 2).status is SolveStatus.OK
    noisy = EigenProblem(disturbed(a, 1e-2), disturbed(b, 1e-2), bound.shift)
    found = solve(samples, noisy)  # whose approximate rank is full
    assert (len(found.values), found.status) == (3, SolveStatus.RANK_DEFICIENT)
    values, _ = generalised_eigenpairs(a, b + bound.shift * torch.eye(SIZE))
    torch.testing.assert_close(found.values, values[:3], rtol=1e-6, atol=0)


def test_without_shrinkage() -> None:
    """A singular or constant background is reported as by other solvers."""
    samples = samples_of(rank=20)
    a, b = pencil_of(samples)
    found = solve(samples, EigenProblem(a, b))
    assert found.status in (SolveStatus.JITTERED, SolveStatus.OK)
    constant = [Sample(s.image, (INSIDE, 0 * INSIDE), s.scales) for s in samples]
    problem = EigenProblem(disturbed(a, 1e-2), 0 * b)
    found = solve(constant, problem)
    assert found.status is SolveStatus.STILL_BACKGROUND
    expected = torch.linalg.eigh(a)[1].T.flip(0)[:COUNT]
    assert subspace_angle(found.vectors, expected) < 1e-6
    assert float(found.residuals.max()) < 1e-4


def test_repeated_eigenvalues() -> None:
    """Directions with equal eigenvalues are found as a subspace."""
    basis = torch.linalg.qr(torch.randn(192, SIZE).double())[0]
    values = torch.tensor([3.0] * 4 + [1.0] * (SIZE - 4)).double()
    point = torch.zeros(SIZE).double()
    image = ImageMap(lambda t: ((basis * values) @ t).reshape(SHAPE), point, SHAPE)
    ones = torch.ones(8, 8)
    samples = [Sample(image, (ones, ones), (1.0, 0.0))]
    a, b = torch.diag(values**2), torch.eye(SIZE).double()
    noisy = EigenProblem(disturbed(a, 1e-2) + 1e-3 * torch.ones(SIZE, SIZE), 0 * b, 1.0)
    found = solve(samples, noisy, 4)
    assert subspace_angle(found.vectors, torch.eye(SIZE).double()[:4]) < 1e-6
    torch.testing.assert_close(found.values, torch.full((4,), 9.0).double())


def test_products_that_are_not_finite_are_named() -> None:
    """NaN raises an error."""
    samples = samples_of()
    a, b = pencil_of(samples)
    broken = ImageMap(lambda t: samples[0].image.function(t) / 0, samples[0].image.point, SHAPE)
    bad = [Sample(broken, samples[0].weights, samples[0].scales)]
    with pytest.raises(SolveError, match="Products with the Jacobian contain NaN.*damaged"):
        solve(bad, shifted(a, b))
