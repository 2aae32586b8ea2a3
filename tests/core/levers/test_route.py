"""When levers are sought from products alone, and what is told before."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.jacobians.cache import JacobianCache
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.levers.route import Route, expected_products, plan_route
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
    assert "dimensions are many" in found.sentence
    assert "products with the Jacobian (about as long as W), " in found.sentence


@pytest.mark.parametrize(("options", "reason"), [
    ({"strategy": "forward"}, "the Jacobian strategy was chosen"),
    ({"keep": torch.float16}, "the type of stored columns was chosen"),
    ({"precision": "bfloat16"}, "precision bfloat16 works with columns"),
    ({"corrections": 2}, "corrections work with columns"),
    ({"cache": JacobianCache(1 << 50), "memory": 1 << 50}, "columns are kept for further regions"),
])  # fmt: skip
def test_options_that_work_with_columns_keep_them(options: dict[str, object], reason: str) -> None:
    assert (found := route(wider(task(**options)))).reason == reason
    assert not found.matrix_free
    assert "columns of the Jacobian" in found.sentence


def test_a_cache_without_room_keeps_nothing() -> None:
    """Where columns cannot be kept, there is no reason to compute them."""
    assert route(wider(task(cache=JacobianCache(1000)))).matrix_free


def test_what_else_is_dense() -> None:
    """Few dimensions, little shrinkage, compared halves, another average, another solver."""
    many = wider(task(codes=2))
    assert route(many).matrix_free
    assert route(wider(task("W"))).reason == "512 dimensions are few"
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
    assert said[0].startswith("Dense, since 5 dimensions are few: about 5 columns of the Jac")
    assert "second" in said[0]
    found = ll.resefa(gan, some_code(gan), region)
    assert found.details["route"] == "dense"
    assert found.details["expected_products"] == 5
