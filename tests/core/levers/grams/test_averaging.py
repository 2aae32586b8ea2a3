"""Grams of many codes: averages, halves of the codes, and angles between directions."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import latent_levers as ll
import numpy as np
import pytest
import scipy.linalg
import torch
from cases import some_code, wide
from latent_levers.core.base.errors import LatentError, SolveError
from latent_levers.core.concepts.eigenproblem import EigenProblem
from latent_levers.core.concepts.gram import Gram
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative
from latent_levers.core.levers.grams.averaging import (
    average,
    principal_angles,
    stability,
)
from latent_levers.core.levers.grams.gram_sum import AVERAGES, GramPair
from latent_levers.core.levers.methods.resefa import ReSeFaMethod
from latent_levers.core.solvers import SOLVERS
from torch import Tensor

W = LatentSpace.W
BOX = ll.Region.box(1, 2, 3, 2, 8)


def some_gram(seed: int, size: int = 6) -> Gram:
    """A Gram of one code."""
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randn(9, size, generator=draw).double() * (1 + seed)
    return Gram((rows.T @ rows)[None], torch.tensor([9.0 + seed]).double(), W, "some", 9 + seed)


def some_pairs(count: int) -> list[list[Gram]]:
    """Grams of region and background of some codes."""
    return [[some_gram(2 * i), some_gram(2 * i + 1)] for i in range(count)]


@pytest.mark.parametrize("average_by", AVERAGES)
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_averages_equal_those_of_stacked_grams(count: int, average_by: str) -> None:
    """Over all codes and each half, in units of the coordinates, with their divisors."""
    pairs = some_pairs(count)
    scale = torch.rand(6).double() + 0.5
    for factor in (None, scale):
        found = average(iter(pairs), average_by, factor)
        units = torch.ones(6).double() if factor is None else factor
        for which, (mean, *halves) in enumerate(
            zip(*[(p.a, p.b) for p in (found.overall, *(found.halves or ()))], strict=True)
        ):
            totals = torch.cat([pair[which].total for pair in pairs])
            totals = totals * units[:, None] * units
            traces = totals.diagonal(dim1=1, dim2=2).sum(dim=1)
            rows = torch.cat([pair[which].rows for pair in pairs])
            by = traces if average_by == "trace" else rows
            each = totals / by[:, None, None]
            torch.testing.assert_close(mean, each.mean(dim=0), rtol=1e-13, atol=1e-13)
            for start, half in enumerate(halves):
                expected = each[start::2].mean(dim=0)
                torch.testing.assert_close(half, expected, rtol=1e-13, atol=1e-13)
            divisors = torch.tensor([pair[which] for pair in found.divisors])
            torch.testing.assert_close(divisors.double(), by)
        assert (found.halves is None) == (count == 1)
        assert found.rank_bound == sum(pair[0].rank_bound for pair in pairs)
    if average_by == "trace":
        assert float(average(pairs, "trace").overall.a.trace()) == pytest.approx(1)


def test_grams_are_freed_once_they_are_added() -> None:
    """At most two are in memory, however many codes there are; inputs are not changed."""
    references: list[weakref.ref[Tensor]] = []

    def each() -> Iterator[list[Gram]]:
        for pair in range(8):
            # The loop variable may zero refer to the previous pair.
            assert sum(ref() is not None for ref in references) <= 2
            grams = [some_gram(pair), some_gram(pair + 1)]
            references.extend(weakref.ref(gram.total) for gram in grams)
            yield grams
            del grams

    assert len(average(each()).divisors) == 8
    pairs = some_pairs(3)
    before = [gram.total.clone() for pair in pairs for gram in pair]
    average(pairs)
    for gram, expected in zip([g for pair in pairs for g in pair], before, strict=True):
        assert torch.equal(gram.total, expected)


def test_bad_averages_are_named() -> None:
    """Unknown averages, codes at which nothing changes, no codes."""
    with pytest.raises(SolveError, match="Unknown average_by 'area'.*rows, trace"):
        average(some_pairs(1), "area")
    zero = Gram(torch.zeros(1, 6, 6).double(), torch.ones(1).double(), W, "some", 1)
    for pair in ([zero, some_gram(1)], [some_gram(1), zero]):
        with pytest.raises(SolveError, match="the region or the background does not change"):
            average([*some_pairs(1), pair], "trace")
    found = average([[some_gram(1), some_gram(2)], [zero, some_gram(1)]])  # "rows" accepts it
    torch.testing.assert_close(found.overall.a, some_gram(1).mean / 2)
    codes = some_code(wide(), 2)[:0]
    with pytest.raises(LatentError, match="No latent codes were given"):
        ll.resefa(wide(), codes, BOX)
    with pytest.raises(LatentError, match="No latent codes were given"):
        measure_grams(wide(), codes, [BOX], Derivative(W))


def degrees_by_scipy(first: Tensor, second: Tensor) -> Tensor:
    """Angles by scipy, ascending, in degrees."""
    found = scipy.linalg.subspace_angles(first.numpy().T, second.numpy().T)
    return torch.from_numpy(np.rad2deg(found[::-1]).copy())


@pytest.mark.parametrize("distance", [1.0, 1e-3, 1e-9])
@pytest.mark.parametrize("near", [0, 2, 4])
def test_angles_equal_scipys(near: int, distance: float) -> None:
    """Rows of any length, not orthogonal, none, some or all near the other subspace."""
    first, second = (torch.randn(4, 9).double() for _ in range(2))
    second[:near] = torch.randn(near, 4).double() @ first + distance * second[:near]
    found, expected = principal_angles(first, second), degrees_by_scipy(first, second)
    # Where only some angles are small, scipy computes these from cosines, to half the digits.
    bound = 1e-5 if near == 2 else 1e-12
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=bound)
    assert torch.equal(found, found.sort().values)


def test_angles_that_are_known() -> None:
    """From 0 over 1e-9 to a right angle."""
    expected = torch.tensor([0.0, 1e-9, 1e-4, 0.5, np.pi / 4, np.pi / 2]).double()
    basis = torch.linalg.qr(torch.randn(12, 12).double())[0]
    first, away = basis[:6], basis[6:]
    second = expected.cos()[:, None] * first + expected.sin()[:, None] * away
    mix = torch.randn(6, 6).double()
    found = torch.deg2rad(principal_angles(first, mix @ second))
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-13)
    assert float(principal_angles(first, first).max()) < 1e-12
    assert float((principal_angles(first, away) - 90).abs().max()) < 1e-12


def test_stability_compares_the_leading_directions() -> None:
    """Fewer angles where a half has fewer directions; equal halves agree."""
    rows = torch.randn(9, 6).double()
    full, low = (EigenProblem(r.T @ r, torch.eye(6).double()) for r in (rows, rows[:2]))
    solver = SOLVERS["dense"]
    assert float(stability((full, full), solver, 3).max()) < 1e-6
    found = stability((full, low), solver, 3)
    first, second = (solver.solve(problem, 2).vectors for problem in (full, low))
    assert len(found) == 2
    torch.testing.assert_close(found, degrees_by_scipy(first, second), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("average_by", AVERAGES)
def test_directions_report_how_stable_they_are(average_by: str) -> None:
    """Angles between directions of codes with even and with odd index, in degrees."""
    gan = wide("stylegan2-resnet")
    codes, box = some_code(gan, 5), ll.Region.box(3, 4, 6, 5, 16)
    found = ll.resefa(gan, codes, box, count=3, average_by=average_by)
    rows: list[Tensor] = []
    for start in (0, 1):
        each = []
        for index in range(start, 5, 2):
            grams = measure_grams(gan, codes[index], [box, ~box], Derivative(W))
            traces = average_by == "trace"
            by = [float(g.total[0].trace() if traces else g.rows) for g in grams]
            each.append([g.total[0] / d for g, d in zip(grams, by, strict=True)])
        a, b = (sum(pair[k] for pair in each) / len(each) for k in (0, 1))
        problem = ReSeFaMethod().problem(a, b, 1e-3, "trace", 6)
        rows.append(SOLVERS["dense"].solve(problem, 3).vectors)
    expected = degrees_by_scipy(*rows)
    halves = torch.tensor(found.details["halves"]).double()
    torch.testing.assert_close(halves, expected, rtol=1e-5, atol=1e-5)
    assert 0.1 < float(halves.max()) <= 90
    assert found.details["average_by"] == average_by


def test_when_stability_is_reported() -> None:
    """Never for one code; for several by default, unless the space is large."""
    gan = wide()
    assert "halves" not in ll.resefa(gan, some_code(gan), BOX, count=2).details
    assert "halves" not in ll.resefa(gan, some_code(gan), BOX, count=2, steady=True).details
    codes = some_code(gan, 2)
    assert len(ll.resefa(gan, codes, BOX, count=2).details["halves"]) == 2
    assert "halves" not in ll.resefa(gan, codes, BOX, count=2, steady=False).details


def test_a_half_in_which_nothing_changes_is_recognised() -> None:
    """It has no directions to compare."""
    square = torch.eye(3).double()
    assert GramPair(square, square).region_changes
    assert not GramPair(0 * square, square).region_changes
