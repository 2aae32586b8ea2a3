"""Levers from products alone against those of the Grams, on every architecture and in every way."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny, wide
from golden import subspace_angle
from latent_levers.core.base.errors import SolveError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.solvers.davidson import DavidsonSolver

COUNT = 3
EXACT = DavidsonSolver(trace="exact")


def box(gan: Generator) -> ll.Region:
    """A box that is neither empty nor the full image."""
    return ll.Region.box(1, 2, 3, 2, gan.spec.img_size)


def larger() -> Generator:
    """A generator whose spaces are much larger than what is searched."""
    settings = StyleGAN2Settings(
        z_dim=64, w_dim=64, channels={4: 24, 8: 16, 16: 12}, mapping_widths=(64,)
    )
    return untrained("stylegan2", settings, seed=2)


@pytest.mark.parametrize(("name", "space"), [(n, s) for n in CASES for s in tiny(n).spec.spaces])
@pytest.mark.filterwarnings("ignore::latent_levers.core.base.wording.PackWarning")
def test_equal_to_dense_on_every_architecture(name: str, space: LatentSpace) -> None:
    """To 1e-3 at the same t, in the network's own float32."""
    gan = tiny(name)
    code, region = some_code(gan), box(gan)
    dense = ll.resefa(gan, code, region, space=space, count=COUNT, solver="dense")
    found = ll.resefa(gan, code, region, space=space, count=COUNT, solver=EXACT)
    kept = min(len(dense), len(found))
    assert kept == COUNT or gan.spec.direction_dim(space) < COUNT
    torch.testing.assert_close(
        found.eigenvalues[:kept], dense.eigenvalues[:kept], rtol=1e-3, atol=0
    )
    assert subspace_angle(found.vectors.double(), dense.vectors.double()) < 1e-3


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan3-t", "dcgan", "pggan", "stylegan1"])
def test_products_in_float64_reach_an_angle_of_1e_5(name: str) -> None:
    gan = wide(name)
    code, region, solver = some_code(gan), box(gan), DavidsonSolver(1e-5, trace="exact")
    dense = ll.resefa(gan, code, region, count=2, solver="dense")
    found = ll.resefa(gan, code, region, count=2, solver=solver)
    assert subspace_angle(found.vectors.double(), dense.vectors.double()) < 1e-5


@pytest.mark.parametrize("space", ["Z", "W", "W+", "S"])
@pytest.mark.parametrize("options", [
    {"codes": 3}, {"layers": "1-3"}, {"background": True}, {"shrinkage": 1e-2, "codes": 2},
    {"shrinkage_by": "mean", "shrinkage": 1.0},
], ids=str)  # fmt: skip
def test_equal_to_dense_with_every_argument(space: str, options: dict[str, object]) -> None:
    """Several codes, layer ranges, another background, other shrinkages."""
    gan = larger()
    asked = dict(options)
    codes = some_code(gan, int(str(asked.pop("codes", 1))))
    if space == "Z":
        if "layers" in asked:
            return
        codes = ll.sample_latents(gan, len(codes), 0)
    region = ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    if asked.pop("background", False):
        asked["background"] = ll.Region.box(8, 0, 8, 16, gan.spec.img_size)
    asked |= {"space": space, "count": 4, "steady": False}
    dense = ll.resefa(gan, codes, region, solver="dense", **asked)
    found = ll.resefa(gan, codes, region, solver=EXACT, **asked)
    assert found.details["route"] == "matrix-free"
    assert found.layers == dense.layers
    assert subspace_angle(found.vectors.double(), dense.vectors.double()) < 1e-3
    torch.testing.assert_close(found.eigenvalues, dense.eigenvalues, rtol=1e-4, atol=0)


def test_what_was_spent_is_told() -> None:
    """Products, the trace with its error and seed, and the residual."""
    gan = larger()
    codes, region = some_code(gan), ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    steps: list[tuple[int, int]] = []
    found = ll.resefa(
        gan, codes, region, space="W+", count=4, solver="davidson",
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    facts = found.details
    assert facts["solver"] == "davidson"
    assert facts["route_reason"] == "the solver was chosen"
    assert 50 < facts["products"] < 3 * facts["expected_products"]
    assert 0 < facts["trace_error"] < 0.01
    assert facts["trace_seed"] == 0
    assert facts["residual"] < 1e-3
    assert f"took {facts['products']} products" in facts["explanation"]
    assert len(steps) > 10
    assert all(done <= total for done, total in steps)
    dense = ll.resefa(gan, codes, region, space="W+", count=4, solver="dense")
    assert subspace_angle(found.vectors.double(), dense.vectors.double()) < 3e-3
    assert dense.details["route"] == "dense"
    assert "products" not in dense.details


def test_halves_are_compared_on_demand() -> None:
    """The same angles as with Grams."""
    gan = larger()
    codes, region = some_code(gan, 3), ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    both = [
        ll.resefa(gan, codes, region, count=3, solver=solver, steady=True).details["halves"]
        for solver in ("dense", EXACT)
    ]
    assert both[1] == pytest.approx(both[0], abs=0.2)
    plain = ll.resefa(gan, codes, region, count=3, solver=EXACT)
    assert "halves" not in plain.details


def test_what_takes_more_products_is_announced_and_counted() -> None:
    """The exact trace takes D of them; halves are two more searches."""
    gan = larger()
    codes, region = some_code(gan, 2), ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    usual = ll.resefa(gan, codes, region, count=1, solver="davidson").details
    exact = ll.resefa(gan, codes, region, count=1, solver=EXACT).details
    both = ll.resefa(gan, codes, region, count=1, solver="davidson", steady=True).details
    size = gan.spec.w_dim
    assert exact["expected_products"] == usual["expected_products"] - 40 + size
    assert exact["products"] >= size
    assert both["expected_products"] == 2 * usual["expected_products"]
    assert usual["products"] * 1.5 < both["products"] < usual["products"] * 3
    assert "the trace, is exact" in exact["explanation"].replace("background's ", "")


def test_without_shrinkage_nothing_is_said_of_it() -> None:
    """Its error would be that of nothing."""
    gan = larger()
    region = ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    found = ll.resefa(gan, some_code(gan), region, count=1, solver="davidson", shrinkage=0.0)
    words = found.details["explanation"]
    assert "products with the Jacobian." in words
    assert "is known to" not in words
    assert "trace_error" not in found.details


def test_much_shrinkage_and_what_its_error_does_to_the_eigenvalues() -> None:
    """They are about `a / t` there, so that they are as uncertain as the trace."""
    gan = larger()
    region = ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    options: dict[str, object] = {"space": "W+", "count": 2, "shrinkage": 100.0}
    found = ll.resefa(gan, some_code(gan), region, solver="davidson", **options)
    dense = ll.resefa(gan, some_code(gan), region, solver="dense", **options)
    facts = found.details
    assert facts["trace_change"] == pytest.approx(facts["trace_error"], rel=0.2)
    off = (found.eigenvalues / dense.eigenvalues - 1).abs().max()
    assert 1e-4 < off < 4 * facts["trace_change"]
    assert f"eigenvalues by {100 * facts['trace_change']:.2g} % at most" in facts["explanation"]


def test_little_memory_gives_the_same_levers() -> None:
    """Images that do not fit are computed again, in a smaller space."""
    gan = larger()
    codes, region = some_code(gan), ll.Region.box(2, 3, 6, 5, gan.spec.img_size)
    image = 4 * 3 * 16 * 16
    found = [
        ll.resefa(gan, codes, region, space="W+", count=3, solver=EXACT, effort=effort)
        for effort in (None, JacobianOptions(memory=40 * image))
    ]
    assert found[1].details["search_space"] <= 40 < found[0].details["search_space"]
    assert subspace_angle(found[0].vectors.double(), found[1].vectors.double()) < 1e-3


def test_what_takes_columns_or_grams_says_so() -> None:
    gan = tiny()
    codes = some_code(gan, 2)
    for options in (
        {"average_by": "trace"},
        {"effort": JacobianOptions(strategy="forward")},
        {"effort": JacobianOptions(keep=torch.float16)},
        {"effort": JacobianOptions(corrections=2)},
    ):
        said: list[str] = []
        with pytest.raises(SolveError, match="by products alone"):
            ll.resefa(gan, codes, box(gan), solver="davidson", announce=said.append, **options)
        assert not said


def test_a_region_of_few_rows() -> None:
    """One pixel has three rows: three levers, and a warning as with Grams."""
    gan = larger()
    region = ll.Region.box(5, 5, 1, 1, gan.spec.img_size)
    with pytest.warns(PackWarning, match="3 of 5 directions, rank 3"):
        found = ll.resefa(gan, some_code(gan), region, count=5, solver=EXACT)
    with pytest.warns(PackWarning, match="3 of 5 directions, rank 3"):
        dense = ll.resefa(gan, some_code(gan), region, count=5, solver="dense")
    assert len(found) == 3
    assert subspace_angle(found.vectors.double(), dense.vectors.double()) < 1e-3
