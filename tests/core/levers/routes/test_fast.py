"""Precision "fast": what it takes on machines that are quick or slow at some types.

Speeds are planted: no clock decides a test.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import latent_levers as ll
import pytest
import torch
from cases import some_code
from golden import subspace_angle
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.jacobians.speeds.probe import probe
from latent_levers.core.jacobians.speeds.type_speeds import TypeSpeeds
from latent_levers.core.levers.grams.gram_sum import GramSum
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.levers.routes.fast import fast_columns, settled
from latent_levers.core.levers.routes.route import Route, plan_route

from ...jacobians.speeds.test_type_speeds import CPU, planted
from . import test_route

COUNT = 4

SLOW = {"bfloat16": 2.8, "float16": 8.0}
QUICK = {"bfloat16": 0.3, "float16": 8.0}
HALF = {"bfloat16": 2.8, "float16": 0.3}
"""A processor without instructions for either type, one with those for bfloat16, and a GPU of a
generation that is quick at float16 alone."""


@cache
def generator() -> Generator:
    """StyleGAN2 with a W of 288 dimensions, and more rows than columns."""
    channels = {4: 16, 8: 12, 16: 8}
    settings = StyleGAN2Settings(z_dim=8, w_dim=288, channels=channels, mapping_widths=(288,))
    return untrained("stylegan2", settings)


def effort(factors: dict[str, float], **more: object) -> JacobianOptions:
    """Precision "fast" where types take these factors of the exact time."""
    speeds = TypeSpeeds(probe(CPU, planted(factors)))
    return JacobianOptions(precision="fast", speeds=speeds, **more)  # type: ignore[arg-type]


def task(factors: dict[str, float], space: str = "W", **more: object) -> RegionTask:
    """The question, of which nothing is computed."""
    gan = generator()
    region = ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    return RegionTask(gan, some_code(gan), region, space=space, effort=effort(factors, **more))


def route(factors: dict[str, float], space: str = "W+", tau: float = 1e-3) -> Route:
    """The choice for a W+ of 3,072 dimensions, or a W of 512; nothing is computed."""
    found = test_route.wider(test_route.task(space))
    return plan_route(replace(found, effort=effort(factors)), tau, COUNT, "auto", False)


@pytest.mark.parametrize(("factors", "expected"), [
    (SLOW, "float32"), (QUICK, "bfloat16"), (HALF, "float16"), ({}, "float32"),
])  # fmt: skip
def test_slow_types_are_evaded_and_quick_ones_taken(
    factors: dict[str, float], expected: str
) -> None:
    """The result has the choice, and its directions are within 1e-3 of the exact ones."""
    found = task(factors)
    said: list[str] = []
    levers = ll.resefa(
        found.gan, found.codes, found.region, count=COUNT, effort=found.options,
        announce=said.append,
    )  # fmt: skip
    exact = ll.resefa(found.gan, found.codes, found.region, count=COUNT)
    facts = levers.details
    assert facts["precision"] == "fast"
    assert facts["columns_precision"] == expected
    assert "approximate" not in facts
    assert {name: pytest.approx(share, abs=1e-3) for name, share in factors.items()} == {
        name: facts["type_shares"][name] for name in factors
    }
    if expected == "float32":
        assert "corrections" not in facts
        assert facts["expected_share"] == 1
        assert "exact columns: with corrections no other type would save much" in said[0]
        torch.testing.assert_close(levers.vectors, exact.vectors, rtol=0, atol=0)
    else:
        assert facts["corrections"] <= 2
        assert facts["expected_share"] < 0.7
        assert f"columns in {expected}, which takes 0.3 of the exact time" in said[0]
        assert 0 < subspace_angle(levers.vectors, exact.vectors) < 1e-3


def test_nothing_slower_than_exact_is_ever_taken() -> None:
    """Whatever a device is quick at, and whatever the space and the shrinkage."""
    taken = set[str]()
    for share in (0.05, 0.3, 0.6, 0.9, 0.99, 1.5, 100.0):
        for space in ("W", "W+", "S"):
            for tau in (1e-1, 1e-3, 1e-6):
                found = route({"bfloat16": share}, space, tau)
                assert found.fast is not None
                assert found.fast.passes <= found.fast.exact
                assert found.own_passes <= found.fast.exact
                taken.add("products" if found.matrix_free else found.fast.precision)
    assert taken == {"products", "bfloat16", "float32"}


def test_products_alone_are_taken_where_they_are_the_quickest() -> None:
    """Of many dimensions; on a device that is quick enough at a type, columns in it are."""
    slow = route(SLOW)
    assert slow.matrix_free
    assert slow.details["columns_precision"] == "float32"
    assert 0 < slow.details["expected_share"] < 0.7
    quick = route({"bfloat16": 0.02})
    assert not quick.matrix_free
    assert f"less than {slow.products:,} products" in quick.reason


def test_fast_never_expects_to_take_longer_than_the_usual_way() -> None:
    """Columns that are quicker than exact ones may still take longer than products alone."""
    for share in (0.02, 0.1, 0.2, 0.3, 0.46, 0.6):
        for space in ("W", "W+", "S"):
            found = test_route.wider(test_route.task(space))
            usual = plan_route(found, 1e-3, COUNT, "auto", False)
            fast = route({"bfloat16": share}, space)
            assert fast.own_passes <= usual.own_passes, (share, space)


def test_products_alone_refuse_a_precision_of_columns() -> None:
    found = task(QUICK)
    coarse = replace(found, effort=JacobianOptions(precision="bfloat16"))
    with pytest.raises(ll.PackError, match="davidson and precision bfloat16"):
        plan_route(coarse, 1e-3, COUNT, "davidson", False)
    assert plan_route(found, 1e-3, COUNT, "davidson", False).matrix_free


def test_a_type_is_not_measured_where_it_cannot_matter() -> None:
    """Where corrections alone take as long as all columns, or columns know one type only."""
    few = task(QUICK)
    gan = few.gan
    for other in (
        replace(few, layers=None, effort=effort(QUICK, strategy="forward")),
        replace(few, gan=replace(gan, architecture=None)),
        replace(few, gan=replace(gan, network=copy.deepcopy(gan.network)).to(dtype=torch.float64)),
    ):
        found = fast_columns(other)
        assert (found.precision, found.shares) == ("float32", ())
        assert found.words.startswith("exact columns: approximate ones and their corrections")
    assert fast_columns(few, 50).shares == ()
    assert fast_columns(few).precision == "bfloat16"


def test_columns_of_few_digits_are_corrected_in_any_case() -> None:
    """Also where the type of tangents is exact."""
    small = task(SLOW, keep=torch.bfloat16)
    assert fast_columns(small).corrections == 2
    levers = ll.resefa(small.gan, small.codes, small.region, count=COUNT, effort=small.options)
    exact = ll.resefa(small.gan, small.codes, small.region, count=COUNT)
    assert levers.details["corrections"] > 0
    assert subspace_angle(levers.vectors, exact.vectors) < 1e-3


def test_several_processes_are_told_the_type() -> None:
    """They may run on other machines."""
    assert settled(task(QUICK)).options.precision == "bfloat16"
    assert settled(task(QUICK)).options.corrections == 2
    assert settled(task(SLOW)).options.precision == "float32"
    exact = replace(task(SLOW), effort=JacobianOptions())
    assert settled(exact) is exact


def test_grams_that_are_there_are_corrected_if_they_were_approximate() -> None:
    """As `settled` computed them."""
    for factors, corrected in ((QUICK, True), (SLOW, False)):
        found = task(factors)
        sums = GramSum()
        for number, grams in enumerate(settled(found).each_gram()):
            sums.add(number, grams)
        levers = ll.resefa(
            found.gan, found.codes, found.region, count=COUNT, effort=found.options, sums=sums
        )
        assert ("corrections" in levers.details) == corrected


def out_of_range() -> Generator:
    """A generator whose derivatives exceed what float16 can hold."""
    gan = untrained("stylegan2", generator().network.settings)  # type: ignore[attr-defined]
    with torch.no_grad():
        for name, weight in gan.network.named_parameters():
            if "rgb" in name and name.endswith("weight") and weight.ndim == 4:
                weight *= 1e8
    return gan


def test_what_leaves_the_range_of_a_type_is_computed_exactly() -> None:
    """And the result says so."""
    found, said, gan = task(HALF), list[str](), out_of_range()
    levers = ll.resefa(
        gan, found.codes, found.region, count=COUNT, effort=found.options, announce=said.append
    )
    exact = ll.resefa(gan, found.codes, found.region, count=COUNT)
    assert said[-1] == "float16 left its range, so that columns were computed exactly."
    assert levers.details["columns_precision"] == "float32"
    assert levers.details["fast_fell_back"] in said[-1]
    torch.testing.assert_close(levers.vectors, exact.vectors, rtol=0, atol=0)


def test_columns_of_few_digits_are_corrected_also_after_that() -> None:
    """Which the result would have to call approximate otherwise."""
    found, gan = task(HALF, keep=torch.bfloat16), out_of_range()
    levers = ll.resefa(gan, found.codes, found.region, count=COUNT, effort=found.options)
    exact = ll.resefa(gan, found.codes, found.region, count=COUNT)
    assert "approximate" not in levers.details
    assert levers.details["fast_fell_back"]
    assert levers.details["corrections"] > 0
    assert subspace_angle(levers.vectors, exact.vectors) < 1e-3


def test_methods_that_correct_nothing_say_what_they_took() -> None:
    """Approximate where a lower type was quicker, exact where none was."""
    found = task(QUICK)
    for factors, approximate in ((QUICK, True), (SLOW, False)):
        levers = ll.stylespace(
            found.gan, found.codes, found.region, count=2, effort=effort(factors)
        )
        assert ("precision 'bfloat16'" in levers.details.get("approximate", "")) == approximate
