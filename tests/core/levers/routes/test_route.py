"""When levers are sought from products alone, and what is told before."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.jacobians.cache import JacobianCache
from latent_levers.core.jacobians.cost import jacobian_cost
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.levers.routes.choice import Way, Work, choose, expected_products
from latent_levers.core.levers.routes.route import Route, plan_route
from latent_levers.core.solvers.davidson import DavidsonSolver


@cache
def generator() -> Generator:
    """StyleGAN2 with a W of 512 dimensions."""
    channels = {4: 512, 8: 512, 16: 64}
    settings = StyleGAN2Settings(z_dim=8, w_dim=512, channels=channels, mapping_widths=(512,))
    return untrained("stylegan2", settings)


def task(space: str | None = "W+", codes: int = 1, **options: object) -> RegionTask:
    """A task whose W+ has 3,072 dimensions and whose W has 512; nothing is computed."""
    gan = generator()
    region = ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    return RegionTask(
        gan, some_code(gan, codes), region, space=space, effort=JacobianOptions(**options)
    )


def route(found: RegionTask, share: float = 1e-3, compares: bool = False, **more: object) -> Route:
    """The choice for ten levers."""
    return plan_route(found, share, 10, more.get("solver", "auto"), compares)


def wider(found: RegionTask) -> RegionTask:
    """The task as if its image had more rows, so that no row-wise strategy is cheaper."""
    spec = replace(found.gan.spec, img_channels=300)
    return replace(found, gan=replace(found.gan, spec=spec))


def test_many_dimensions_are_searched_with_products() -> None:
    found = route(wider(task()))
    assert found.matrix_free
    assert found.products < found.other
    assert found.sentence.startswith("Matrix-free, since 328 products take less than all columns")
    assert "products with the Jacobian (about as long as W takes from all its" in found.sentence


@pytest.mark.parametrize(("options", "reason"), [
    ({"strategy": "forward"}, "the Jacobian strategy was chosen"),
    ({"keep": torch.float16}, "the type of stored columns was chosen"),
    ({"precision": "bfloat16"}, "precision bfloat16 works with columns"),
    ({"corrections": 2}, "corrections work with columns"),
])  # fmt: skip
def test_options_that_work_with_columns_keep_them(options: dict[str, object], reason: str) -> None:
    assert (found := route(wider(task(**options)))).reason == reason
    assert not found.matrix_free
    assert "columns of the Jacobian" in found.sentence


KEEPS = {"cache": JacobianCache(1 << 50), "memory": 1 << 50}


def few_columns(codes: int = 1, **options: object) -> RegionTask:
    """A task whose columns take less than three times as long as products."""
    return replace(wider(task(codes=codes, **options)), layers=(0, 1))


def test_columns_are_kept_where_they_pay_within_three_regions() -> None:
    """Not where they take longer than three searches, and never instead of the quickest way."""
    found = route(few_columns(**KEEPS))
    assert not found.matrix_free
    assert found.reason == "columns are kept for further regions"
    assert found.other < found.own_passes < 3 * found.other
    assert route(few_columns()).matrix_free
    assert route(wider(task(**KEEPS))).matrix_free
    assert route(few_columns(precision="fast", **KEEPS)).matrix_free


def test_a_cache_without_room_keeps_nothing() -> None:
    """Where the columns of all codes cannot be kept, there is no reason to compute them."""
    assert route(few_columns(cache=JacobianCache(1000))).matrix_free
    each = jacobian_cost(generator(), LatentSpace("W+"), (0, 1)).column_bytes * 100
    assert not route(few_columns(4, cache=JacobianCache(4 * each), memory=1 << 50)).matrix_free
    assert route(few_columns(4, cache=JacobianCache(4 * each - 1), memory=1 << 50)).matrix_free


@pytest.mark.parametrize("precision", ["float32", "fast"])
def test_columns_that_are_stored_are_used(precision: str) -> None:
    """Exact ones serve fast too. Nothing is to be computed then, and that is what is said."""
    gan, said = tiny(), []
    region, other = ll.Region.box(1, 2, 3, 2, gan.spec.img_size), ll.Region.box(4, 1, 3, 6, 8)
    cache, code = JacobianCache(), some_code(gan, 2)
    ll.resefa(gan, code, region, effort=JacobianOptions(cache=cache))
    effort = JacobianOptions(cache=cache, precision=precision)
    found = ll.resefa(gan, code, other, effort=effort, announce=said.append)
    assert cache.hits == 2
    assert said == ["Dense, since the columns are stored, a second or two."]
    assert found.details["expected_products"] == 0
    said.clear()
    ll.resefa(gan, code, other, effort=effort, solver="dense", announce=said.append)
    assert said == ["Dense, since the solver was chosen, a second or two."]
    said.clear()
    ll.resefa(gan, some_code(gan, 3), other, effort=effort, announce=said.append)
    assert "columns of the Jacobian per code" in said[0]


def test_columns_of_another_type_are_not_those_that_are_stored() -> None:
    """What is stored exactly does not serve a precision that was asked for."""
    gan, said = tiny(), []
    region = ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    cache, code = JacobianCache(), some_code(gan, 2)
    ll.resefa(gan, code, region, effort=JacobianOptions(cache=cache))
    effort = JacobianOptions(cache=cache, precision="bfloat16")
    ll.resefa(gan, code, region, effort=effort, announce=said.append)
    assert "columns of the Jacobian per code" in said[0]


def test_stored_columns_of_many_dimensions_may_take_longer_than_products(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their Gram grows with the square of the dimensions, and with the region."""
    monkeypatch.setattr(RegionTask, "has_columns", True)
    found = wider(task())
    assert route(found).reason == "the columns are stored"
    for stored, *expected in (
        (300, Way.STORED, "the columns are stored"),
        (400, Way.PRODUCTS, "328 products take less than all columns, which take as long as 1,761"),
    ):
        work = Work(products=328, columns=1761, stored=stored)
        assert choose(found, 1e-3, "auto", False, work) == tuple(expected)
    halves = [ll.Region.box(0, 0, 16, width, (16, 16)) for width in (4, 8)]
    small, large = (route(replace(found, region=half)).own_passes for half in halves)
    assert large == pytest.approx(2 * small, abs=1)


def test_what_else_is_dense() -> None:
    """Few dimensions, little shrinkage, compared halves, another average, another solver."""
    many = wider(task(codes=2))
    assert route(many).matrix_free
    assert "products would save too little" in route(wider(task("W"))).reason
    assert "shrinkage is below" in route(many, 1e-5).reason
    assert "halves" in route(many, compares=True).reason
    assert "averages by trace" in route(replace(many, average_by="trace")).reason
    assert route(many, solver="krylov").reason == "the solver was chosen"
    for solver in ("davidson", DavidsonSolver(1e-4)):
        assert route(wider(task("W")), 1e-6, solver=solver).matrix_free


def test_products_are_more_for_little_shrinkage_and_at_most_all() -> None:
    numbers = [expected_products(tau, 10, 10_000) for tau in (1e-1, 1e-2, 1e-3, 1e-4)]
    assert numbers == sorted(numbers)
    assert 200 < numbers[2] < 400
    assert expected_products(1e-4, 10, 50) < 200


def test_the_choice_is_announced_before_the_work() -> None:
    """With products, bytes and a duration; the result knows it too."""
    gan, said = tiny(), []
    region = ll.Region.box(1, 2, 3, 2, gan.spec.img_size)

    def cancel(done: int, total: int) -> None:
        assert said
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ll.resefa(gan, some_code(gan), region, announce=said.append, progress=cancel)
    assert said[0].startswith("Dense, since 62 products would save too little: all columns")
    assert "second" in said[0]
    found = ll.resefa(gan, some_code(gan), region)
    assert found.details["route"] == "dense"
    assert found.details["expected_products"] == 5


@pytest.mark.parametrize(("options", "words"), [
    ({"region": ll.Region.box(0, 0, 8, 8, 8)}, "whole image"),
    ({"region": ll.Region.box(0, 0, 4, 4, 16)}, "16"),
    ({"noise_mode": "random"}, "differentiating"),
])  # fmt: skip
def test_nothing_is_announced_of_what_is_refused(options: dict[str, object], words: str) -> None:
    gan, said = tiny(), []
    asked = {"region": ll.Region.box(1, 2, 3, 2, 8), **options}
    with pytest.raises(ll.PackError, match=words):
        ll.resefa(gan, some_code(gan), announce=said.append, **asked)
    assert not said
