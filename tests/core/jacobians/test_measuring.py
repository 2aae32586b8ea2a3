"""Grams of every strategy, space and architecture against an autograd Jacobian in float64."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny, wide
from latent_levers.core.base.errors import LatentError, RegionError
from latent_levers.core.base.memory import Memory
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace, concatenate
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.strategies import JACOBIANS
from oracles import full_jacobian, grams_of
from torch import Tensor


def some_box(gan: Generator) -> ll.Region:
    """A box that is neither empty nor the full image."""
    return ll.Region.box(1, 2, 3, 2, gan.spec.img_size)


@functools.cache
def oracle(name: str, space: LatentSpace, layers: tuple[int, ...] | None) -> Tensor:
    """The Jacobian of a case, cached for all strategies, since autograd by rows is slow."""
    gan = wide(name)
    point = torch.zeros(gan.spec.direction_dim(space, layers), dtype=torch.float64)
    return full_jacobian(gan.as_function(some_code(gan), space, layers), point)


@pytest.mark.parametrize("strategy", JACOBIANS.ids)
@pytest.mark.parametrize(("name", "space"), [(n, s) for n in CASES for s in tiny(n).spec.spaces])
def test_grams_equal_the_autograd_oracle(name: str, space: LatentSpace, strategy: str) -> None:
    """Region, background, and their sum, the Gram of all pixels."""
    gan = wide(name)
    code, box = some_code(gan), some_box(gan)
    layers = (1, 2) if space in (LatentSpace.W_PLUS, LatentSpace.S) else None
    inside, outside = measure_grams(
        gan, code, [box, ~box], Derivative(space, layers), JacobianOptions(strategy)
    )
    jacobian = oracle(name, space, layers)
    a, b = grams_of(jacobian, box.weights[0])
    tolerance = 1e-5 if strategy == "finite-difference" else 1e-10
    for found, expected in ((inside.mean, a), (outside.mean, b)):
        torch.testing.assert_close(found, expected, rtol=0, atol=tolerance * float(expected.max()))
    rows = jacobian.flatten(0, 2)
    total = (inside + outside).total[0]
    torch.testing.assert_close(total, rows.T @ rows, rtol=0, atol=tolerance * float(total.max()))
    assert float((inside + outside).rows) == rows.shape[0]


@pytest.mark.parametrize("strategy", JACOBIANS.ids)
def test_soft_weights_scale_rows_by_their_square_root(strategy: str) -> None:
    """A soft mask multiplies squared derivatives by its weight."""
    gan = wide("stylegan2-skip")
    code = some_code(gan)
    soft = ll.Region.from_mask(torch.rand(8, 8))
    found = measure_grams(gan, code, [soft], Derivative(LatentSpace.W), JacobianOptions(strategy))[
        0
    ]
    point = torch.zeros(gan.spec.latent_dim, dtype=torch.float64)
    jacobian = full_jacobian(gan.as_function(code, LatentSpace.W), point)
    expected = grams_of(jacobian, soft.weights[0])[0]
    torch.testing.assert_close(found.mean, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["stylegan2-resnet", "stylegan1", "biggan-chunks"])
def test_grams_do_not_depend_on_memory_or_storage(name: str) -> None:
    """Columns in memory, in a file, or accumulated with memory for five or none: equal Grams."""
    gan = wide(name)
    code, box = some_code(gan), some_box(gan)
    column = gan.spec.img_channels * box.weights.numel() * 8
    file = Memory(0, 0, 1 << 30)
    ways = [("linearised", m) for m in (1 << 30, file, 5 * column, 0)] + [("forward", 5 * column)]
    for space in gan.spec.spaces:
        expected = measure_grams(
            gan, code, [box, ~box], Derivative(space), JacobianOptions("forward")
        )
        for strategy, memory in ways:
            options = JacobianOptions(strategy, memory=memory)
            found = measure_grams(gan, code, [box, ~box], Derivative(space), options)
            for gram, other in zip(found, expected, strict=True):
                scale = float(other.total.abs().max())
                torch.testing.assert_close(gram.total, other.total, rtol=0, atol=1e-12 * scale)
                assert (gram.rank_bound, gram.space) == (other.rank_bound, space)


def test_reverse_mode_only_where_both_regions_are_small() -> None:
    """And only without a cache, which stores columns; the result does not depend on the choice."""
    gan = wide("stylegan2-resnet")
    codes, box = some_code(gan, 2), some_box(gan)
    near = ll.Region.box(5, 5, 1, 2, gan.spec.img_size)
    plain = ll.resefa(gan, codes, box, near, space="S", count=3)
    cache = ll.JacobianCache()
    for options in (JacobianOptions("linearised"), JacobianOptions(cache=cache)):
        found = ll.resefa(gan, codes, box, near, space="S", count=3, effort=options)
        torch.testing.assert_close(found.eigenvalues, plain.eigenvalues, rtol=1e-9, atol=0)
    assert len(cache) == 2


def test_float32_is_close_to_float64() -> None:
    """The default type is accurate to 1e-5."""
    gan = wide()
    small = replace(gan, network=copy.deepcopy(gan.network)).to(dtype=torch.float32)
    code, box = some_code(gan), some_box(gan)
    found = measure_grams(small, code, [box], Derivative(LatentSpace.W))[0].mean
    exact = measure_grams(gan, code, [box], Derivative(LatentSpace.W))[0].mean
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, exact, rtol=0, atol=1e-5 * float(exact.max()))
    assert not torch.equal(found, exact)


def test_inside_comfyui_inference_mode() -> None:
    """Results are equal under `torch.inference_mode`, in which ComfyUI runs nodes."""
    gan, box = tiny(), some_box(tiny())
    expected = ll.resefa(gan, some_code(gan, 2), box, count=3).vectors
    with torch.inference_mode():
        mask = torch.zeros(8, 8)
        mask[1:4, 2:4] = 1
        levers = ll.resefa(gan, some_code(gan, 2), ll.Region.from_mask(mask), count=3)
        images = ll.render(gan, ll.edit(some_code(gan, 2), levers, 1, unit="distance"))
    torch.testing.assert_close(levers.vectors, expected)
    assert torch.isfinite(images).all()


def test_progress_counts_over_all_codes_and_cancels() -> None:
    """Reports increase to the total; an exception in the callback ends the call."""
    gan = tiny()
    reports: list[tuple[int, int]] = []
    ll.resefa(
        gan, some_code(gan, 3), some_box(gan), progress=lambda *report: reports.append(report)
    )
    assert reports[-1][0] == reports[-1][1] == 3 * gan.spec.latent_dim
    assert reports == sorted(reports)

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ll.resefa(gan, some_code(gan, 3), some_box(gan), progress=cancel)


def test_each_code_may_have_a_region_of_its_own() -> None:
    """N masks for N codes, such as those of a segmentation network."""
    gan = tiny()
    codes = some_code(gan, 2)
    first, second = ll.Region.box(1, 2, 3, 2, 8), ll.Region.box(4, 4, 3, 2, 8)
    both = ll.Region.from_mask(torch.cat([first.weights, second.weights]))
    found = measure_grams(gan, codes, [both], Derivative(LatentSpace.W))[0].total
    separate = [
        measure_grams(gan, codes[i], [region], Derivative(LatentSpace.W))[0].total
        for i, region in enumerate((first, second))
    ]
    torch.testing.assert_close(found, torch.cat(separate))
    with pytest.raises(RegionError, match="holds 2 masks.*one per code"):
        measure_grams(gan, concatenate([codes, codes]), [both], Derivative(LatentSpace.W))


def test_bad_requests_are_named() -> None:
    """Messages say what was found and what was expected."""
    gan = tiny()
    codes, box = some_code(gan), some_box(gan)
    with pytest.raises(LatentError, match="Noise 'random' was asked for"):
        ll.resefa(gan, codes, box, noise_mode="random")
    with pytest.raises(RegionError, match="Unknown mode 'fast'"):
        ll.resefa(gan, codes, box, mode="fast")
    with pytest.raises(LatentError, match="Unknown latent space 'Q'"):
        ll.resefa(gan, codes, box, space="Q")
    with pytest.raises(LatentError, match="chosen in Z.*Use space='W'"):
        ll.resefa(gan, codes, box, space="Z", layers="0-1")
