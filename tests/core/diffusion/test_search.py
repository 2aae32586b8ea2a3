"""Levers of a region against the dense eigenproblem of the whole Jacobian."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from golden import subspace_angle
from latent_levers.core.base.errors import RegionError, SolveError
from latent_levers.core.concepts.eigenproblem import EigenProblem, EigenSolution
from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative
from latent_levers.core.diffusion.region_levers import RegionLevers
from latent_levers.core.diffusion.search import (
    QUICK_PRODUCTS,
    Origin,
    SearchOptions,
    find_region_levers,
    latent_region,
    note_noise,
)
from latent_levers.core.solvers.dense import DenseSolver
from tiny_denoisers import SymmetricDenoiser, TinyDenoiser, jacobian, noisy_latent, quadrant

ORIGIN = Origin(sigma=1.5, seed=7, model="0123456789abcdef", settings={"sampler": "euler"})
TAU = 1e-3


def dense(
    seed: int,
    levers: RegionLevers,
    kind: type[TinyDenoiser] = TinyDenoiser,
    slack: float = 0.05,
) -> tuple[EigenSolution, torch.Tensor, torch.Tensor, float]:
    """The exact pairs at the t of a search, A, B and t; the Jacobian by autograd in float64."""
    full = jacobian(kind(seed).double(), noisy_latent(seed + 1).double())
    weight = quadrant().double().flatten().repeat(4)
    a = full.T @ (weight[:, None] * full) / weight.sum()
    b = full.T @ ((1 - weight)[:, None] * full) / (1 - weight).sum()
    trace, error = float(levers.facts["trace"]), float(levers.facts["trace_error"])
    assert abs(trace / float(b.trace()) - 1) < 4 * error + slack
    shift = TAU * trace
    return DenseSolver().solve(EigenProblem(a, b, shift), len(levers)), a, b, shift


def found(
    seed: int,
    dtype: torch.dtype = torch.float64,
    kind: type[TinyDenoiser] = TinyDenoiser,
    **asked: object,
) -> RegionLevers:
    """The levers that the search finds."""
    alone = asked.get("effort") == "forward-only"
    push = str(asked.pop("push", "central"))
    how = Derivative(dtype, push, "push" if alone else "reverse")
    point = noisy_latent(seed + 1).to(torch.promote_types(dtype, torch.float32))
    image = DenoisedMap(kind(seed).to(dtype), point, how)
    options = SearchOptions(**{"count": 4, "shrinkage": TAU, **asked})  # type: ignore[arg-type]
    return find_region_levers(image, quadrant(), ORIGIN, options)


def quotients(levers: RegionLevers, a: torch.Tensor, b: torch.Tensor, shift: float) -> torch.Tensor:
    """What each lever really reaches, by the exact matrices."""
    v = levers.vectors.double().flatten(1)
    return ((v @ a) * v).sum(1) / (((v @ b) * v).sum(1) + shift)


@pytest.mark.parametrize("seed", range(4))
def test_exact_equals_dense(seed: int) -> None:
    levers = found(seed, effort="exact", angle=1e-4)
    expected, a, b, shift = dense(seed, levers)
    torch.testing.assert_close(levers.values, expected.values, rtol=1e-3, atol=0)
    torch.testing.assert_close(quotients(levers, a, b, shift), expected.values, rtol=1e-3, atol=0)
    assert subspace_angle(levers.vectors.double().flatten(1), expected.vectors) < 1e-3
    assert levers.facts["ended"] in ("OK", "NOISE_LIMITED")


def test_float32_differences_reach_the_dense_values() -> None:
    levers = found(0, torch.float32, effort="exact", angle=1e-3)
    expected, a, b, shift = dense(0, levers)
    reached = quotients(levers, a, b, shift)
    torch.testing.assert_close(reached, expected.values, rtol=1e-3, atol=0)


def test_a_noisy_derivative_ends_at_its_noise_and_says_so() -> None:
    levers = found(0, torch.bfloat16, effort="exact", angle=1e-3)
    _, a, b, shift = dense(0, levers, slack=0.3)
    assert levers.facts["ended"] == "NOISE_LIMITED"
    assert levers.facts["floor"] == levers.facts["noise"] > 0.02
    draw = torch.Generator().manual_seed(0)
    box = torch.randn(200, 4, 6, 6, generator=draw) * quadrant()
    plain = quotients(replace(levers, **fields_of(box)), a, b, shift).mean()
    assert float(quotients(levers, a, b, shift)[0] / plain) > 3
    with pytest.warns(UserWarning, match="stopped at residuals of that size"):
        note_noise(levers)


@pytest.mark.parametrize("seed", range(3))
def test_forward_mode_is_better_in_half_the_bits(seed: int) -> None:
    levers = found(seed, torch.bfloat16, push="forward", effort="exact", angle=1e-3)
    expected, a, b, shift = dense(seed, levers, slack=0.3)
    assert levers.facts["push"] == "forward"
    assert levers.facts["ended"] == "NOISE_LIMITED"
    assert float((quotients(levers, a, b, shift) / expected.values)[0]) > 0.9


def fields_of(rows: torch.Tensor) -> dict[str, torch.Tensor]:
    """Fields of levers with other vectors."""
    rows = rows / rows.flatten(1).norm(dim=1)[:, None, None, None]
    ones = torch.ones(len(rows), dtype=torch.float64)
    return {"vectors": rows, "pictures": rows, "values": ones, "residuals": ones, "units": ones}


def test_central_differences_replace_a_forward_mode_that_is_wrong() -> None:
    class Dropping(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: object, grad: torch.Tensor) -> torch.Tensor:
            return grad

        @staticmethod
        def jvp(ctx: object, tangent: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(tangent)

    image = DenoisedMap(
        TinyDenoiser(turn=Dropping.apply), noisy_latent(), Derivative(push="forward")
    )
    levers = find_region_levers(image, quadrant(), ORIGIN)
    assert levers.facts["push"] == "central"


@pytest.mark.parametrize(("effort", "share"), [("quick", 0.9), ("forward-only", 0.9)])
def test_cheap_efforts_reach_a_share_of_the_optimum(effort: str, share: float) -> None:
    levers = found(1, torch.float32, SymmetricDenoiser, effort=effort)
    expected, a, b, shift = dense(1, levers, SymmetricDenoiser)
    assert float(quotients(levers, a, b, shift)[0] / expected.values[0]) > share
    assert levers.facts["products"] <= QUICK_PRODUCTS
    assert (levers.facts["backwards"] == 0) == (effort == "forward-only")


def test_first_order_pictures_and_costs_belong_to_the_levers() -> None:
    levers = found(2, effort="quick")
    full = jacobian(TinyDenoiser(2).double(), noisy_latent(3).double())
    pushed = levers.vectors.double().flatten(1) @ full.T
    torch.testing.assert_close(levers.pictures.double().flatten(1), pushed, rtol=1e-4, atol=1e-5)
    exact = TinyDenoiser(2).double()(noisy_latent(3).double()).float()
    torch.testing.assert_close(levers.denoised, exact)
    small = 1e-3
    moved = TinyDenoiser(2).double()(noisy_latent(3).double() + levers.move(0, small).double())
    torch.testing.assert_close(levers.preview({0: small}), moved.float(), rtol=1e-4, atol=1e-4)
    assert float(levers.shares_inside()[0]) > 0.5
    facts = levers.facts
    assert facts["evaluations"] > 2 * facts["products"] / 2
    assert facts["seconds"] > 0
    assert (levers.sigma, levers.seed, levers.model) == (1.5, 7, "0123456789abcdef")


def test_a_pulse_cancels_within_one_evaluation() -> None:
    ran: list[int] = []

    def pulse() -> None:
        if len(ran) >= 30:
            raise InterruptedError

    def denoiser(x: torch.Tensor) -> torch.Tensor:
        ran.append(1)
        return TinyDenoiser()(x)

    image = DenoisedMap(denoiser, noisy_latent(), Derivative(), pulse)
    with pytest.raises(InterruptedError):
        find_region_levers(image, quadrant(), ORIGIN)
    assert len(ran) == 30


def test_the_region_is_averaged_to_the_latent() -> None:
    mask = torch.zeros(48, 48)
    mask[:12, :8] = 1
    weight = latent_region(mask, (6, 6))
    assert weight[0].tolist() == [1, 0, 0, 0, 0, 0]
    assert weight[1].tolist() == [0.5, 0, 0, 0, 0, 0]
    assert float(weight.sum()) == 1.5


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (torch.zeros(8, 8), "nothing"),
        (torch.ones(8, 8), "everything"),
        (torch.zeros(2, 8, 8), r"shape \[2, 8, 8\]"),
        (torch.full((8, 8), math.nan), "contains NaN"),
    ],
)
def test_unusable_regions_are_refused(mask: torch.Tensor, words: str) -> None:
    with pytest.raises(RegionError, match=words):
        latent_region(mask, (6, 6))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(SolveError, match="Unknown effort 'slow'"):
        SearchOptions(effort="slow")
    with pytest.raises(SolveError, match="count is 0"):
        SearchOptions(count=0)
    image = DenoisedMap(TinyDenoiser(), noisy_latent(), Derivative())
    with pytest.raises(SolveError, match="pull 'push' for forward-only"):
        find_region_levers(image, quadrant(), ORIGIN, SearchOptions(effort="forward-only"))
