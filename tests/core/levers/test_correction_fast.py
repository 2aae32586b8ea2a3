"""Columns in bfloat16 with exact corrections, as precision "fast" takes them, against float32."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny
from golden import subspace_angle
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.jacobians import plan
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.solvers import SOLVERS

LARGER = {
    "stylegan2": lambda: untrained(
        "stylegan2",
        StyleGAN2Settings(z_dim=24, w_dim=24, channels={4: 16, 8: 12}, mapping_widths=(24,)),
        seed=2,
    ),
    "pggan": lambda: untrained("pggan", PGGANSettings(z_dim=24, channels={4: 16, 8: 12}), seed=2),
}
"""Generators whose latent space is much larger than the search space."""


class Watched(AbstractSolver):
    """The dense solver; it records the shift of the last problem."""

    id, title = "watched", "dense"
    shift = 0.0

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`."""
        return None

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`."""
        self.shift = problem.shift
        return SOLVERS["dense"].solve(problem, count)


def compare(
    gan: Generator, box: ll.Region, bound: float, codes: int = 1, shrinkage: float = 1e-2,
    **asked: object,
) -> Directions:  # fmt: skip
    """Fast directions against those of float32 columns, at one shift.

    The shift of fast directions is a multiple of the trace of approximate columns, which is not
    corrected: its error is 1e-3 to 3e-2 in networks of a few channels, less in larger ones.
    """
    latents = some_code(gan, codes)
    watched = [Watched(), Watched()]

    def found(number: int, tau: float) -> Directions:
        precision, corrections = (("bfloat16", 2), ("float32", 0))[number]
        options = JacobianOptions(precision=precision, corrections=corrections)
        solver = watched[number]
        return ll.resefa(
            gan, latents, box, shrinkage=tau, effort=options, solver=solver, steady=False,
            **asked,  # type: ignore[arg-type]
        )  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*torch.jit.*", DeprecationWarning)  # of torch itself
        fast, _ = found(0, shrinkage), found(1, shrinkage)
        exact = found(1, shrinkage * watched[0].shift / watched[1].shift)
    assert len(fast.vectors) == len(exact.vectors)
    assert subspace_angle(fast.vectors, exact.vectors) < bound
    torch.testing.assert_close(fast.eigenvalues, exact.eigenvalues, rtol=10 * bound, atol=0)
    assert 0 <= fast.details["corrections"] <= 2
    assert 0 <= fast.details["residual"] < 1e-3
    return fast


@pytest.mark.parametrize("name", LARGER)
@pytest.mark.parametrize("codes", [1, 3])
def test_fast_directions_in_float32(name: str, codes: int) -> None:
    """With at most two corrections the error is below 1e-3."""
    make: Callable[[], Generator] = LARGER[name]
    compare(make(), ll.Region.box(1, 2, 4, 5, 8), 1e-3, count=4, codes=codes)


@pytest.mark.parametrize("space", ["Z", "W", "W+", "S"])
@pytest.mark.parametrize("average_by", ["rows", "trace"])
def test_fast_directions_in_every_space(space: str, average_by: str) -> None:
    """Also in S with its unit per channel, and on some layers."""
    gan, box = LARGER["stylegan2"](), ll.Region.box(1, 2, 4, 5, 8)
    layers = None if space in "ZW" else "1-2"
    bound = 1e-3 if average_by == "rows" else 3e-3  # traces are approximate too
    compare(gan, box, bound, codes=2, count=4, space=space, layers=layers, average_by=average_by)


@pytest.mark.parametrize("linearised", [True, False])
def test_fast_directions_in_paper_mode(linearised: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image is reduced after the network, with and without a linearisation."""
    monkeypatch.setattr(plan, "PAPER_RESOLUTION", 8)
    gan = tiny("stylegan2-resnet")
    if not linearised:
        gan = replace(gan, architecture=None)
    box = ll.Region.box(2, 2, 6, 8, gan.spec.img_size)
    fast = compare(gan, box, 1e-3, count=2, mode="paper")
    exact = ll.resefa(gan, some_code(gan), box, count=2, shrinkage=1e-2)
    assert subspace_angle(fast.vectors, exact.vectors) > 1e-3


@pytest.mark.parametrize("name", LARGER)
def test_fast_directions_without_a_linearisation(name: str) -> None:
    """Columns are then exact, so that no correction is needed."""
    gan = replace(LARGER[name](), architecture=None)
    found = compare(gan, ll.Region.box(1, 2, 4, 5, 8), 1e-3, count=4)
    assert found.details["corrections"] == 0


@pytest.mark.parametrize("name", CASES)
def test_fast_directions_of_every_architecture(name: str) -> None:
    """In tiny spaces, of which the requested directions span nearly all."""
    gan = tiny(name)
    space = LatentSpace.S if gan.spec.styles else gan.spec.native_space
    compare(gan, ll.Region.box(1, 1, 2, 3, gan.spec.img_size), 1e-3, count=2, space=space)
