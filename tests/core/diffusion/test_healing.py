"""Networks that were made for inference alone, differentiated in a mode that repairs them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch
from latent_levers.core.base.errors import SolveError
from latent_levers.core.diffusion import denoised_map
from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative
from latent_levers.core.diffusion.healing import HealingMode
from latent_levers.core.diffusion.self_check import check_products
from tiny_denoisers import TinyDenoiser, jacobian, noisy_latent, quadrant
from torch import Tensor


@pytest.fixture
def frozen() -> TinyDenoiser:
    """A network whose weights were made in inference mode, as a graph's executor makes them."""
    with torch.inference_mode():
        return TinyDenoiser()


def test_inference_weights_are_differentiated_without_a_copy(frozen: TinyDenoiser) -> None:
    x = noisy_latent().requires_grad_()
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved"):
        frozen(x).sum().backward()
    mode = HealingMode({})
    with mode:
        (row,) = torch.autograd.grad(frozen(x).sum(), x)
    expected = jacobian(TinyDenoiser(), noisy_latent()).sum(0)
    torch.testing.assert_close(row.flatten().double(), expected, rtol=1e-3, atol=1e-4)
    aliases = [(given, own) for given, own in mode._ordinary.values()]
    assert len(aliases) == len(list(frozen.parameters()))
    for given, own in aliases:
        assert given.data_ptr() == own.data_ptr()
        assert not own.is_inference()


def test_what_is_changed_in_place_is_copied_first() -> None:
    with torch.inference_mode():
        counter, weight = torch.ones(4), torch.full((4,), 2.0)
    own = counter
    x = torch.ones(4, requires_grad=True)
    with HealingMode({}):
        counter += 1
        counter.mul_(3)
        loss = (own * weight * x).sum()  # by another name, as a caller may hold it
        (row,) = torch.autograd.grad(loss, x)
    assert row.tolist() == [12.0] * 4
    assert own.tolist() == [1.0] * 4  # the network's own stays as it was


@pytest.mark.parametrize("push", ["central", "forward"])
def test_products_are_those_of_the_jacobian(frozen: TinyDenoiser, push: str) -> None:
    full = jacobian(TinyDenoiser().double(), noisy_latent().double())
    with torch.inference_mode():  # as a node runs
        image = DenoisedMap(frozen, noisy_latent(), Derivative(push=push))
        draw = torch.Generator().manual_seed(1)
        rows = torch.randn(3, 144, generator=draw)
        pushed, pulled = image.push(rows), image.pull(rows.reshape(3, 4, 6, 6))
    assert pushed.shape == (3, 4, 6, 6)
    error = (pushed.flatten(1).double() - rows.double() @ full.T).norm() / pushed.norm()
    assert float(error) < (2e-3 if push == "central" else 1e-5)
    torch.testing.assert_close(pulled.double(), rows.double() @ full, rtol=1e-4, atol=1e-4)
    assert (image.cost.forwards, image.cost.backwards) == (7 if push == "central" else 4, 3)


@pytest.mark.parametrize("in_place", [False, True])
def test_what_was_saved_is_watched_as_long_as_it_changes(
    monkeypatch: pytest.MonkeyPatch, in_place: bool
) -> None:
    watched = list[int]()
    watch = denoised_map.allow_mutation_on_saved_tensors

    def counted() -> AbstractContextManager[Any]:
        watched.append(1)
        return watch()

    monkeypatch.setattr(denoised_map, "allow_mutation_on_saved_tensors", counted)

    def function(x: Tensor) -> Tensor:
        double = x * 2
        square = double**2  # saves `double`
        if in_place:
            double.sin_()
        return square + double

    image = DenoisedMap(function, noisy_latent(), Derivative())
    ones = torch.ones(1, *image.image_shape)
    x = noisy_latent().flatten()
    expected = 8 * x + (2 * (2 * x).cos() if in_place else 2)
    for _ in range(3):
        torch.testing.assert_close(image.pull(ones)[0], expected)
    assert len(watched) == (3 if in_place else 1)


def drops(mode: str) -> Callable[[Tensor], Tensor]:
    """An operation that loses its derivative without an error: the trap of a fused rope."""

    class Dropping(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: object, grad: Tensor) -> Tensor:
            return torch.zeros_like(grad) if mode in ("backward", "both") else grad

        @staticmethod
        def jvp(ctx: object, tangent: Tensor) -> Tensor:
            return torch.zeros_like(tangent) if mode in ("forward", "both") else tangent.clone()

    return Dropping.apply


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("lost", "push", "words"),
    [
        ("backward", "central", "transposed derivative differs"),
        ("both", "central", "transposed derivative differs"),
        ("both", "forward", "Forward mode differs"),
        ("forward", "forward", "Forward mode differs"),
        ("backward", "forward", "Forward and reverse mode differ"),
    ],
)
def test_the_self_check_finds_a_dropped_derivative(
    lost: str, push: str, words: str, dtype: torch.dtype
) -> None:
    network = TinyDenoiser(turn=drops(lost)).to(dtype)
    image = DenoisedMap(network, noisy_latent(), Derivative(dtype, push))
    with pytest.raises(SolveError, match=words) as caught:
        check_products(image, quadrant())
    assert "Expected less than" in str(caught.value)
    assert "forward-only" in caught.value.remedy or "central" in caught.value.remedy


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("push", ["central", "forward"])
@pytest.mark.parametrize("seed", range(3))
def test_the_self_check_passes_a_sound_network(dtype: torch.dtype, push: str, seed: int) -> None:
    point = noisy_latent(seed).to(torch.promote_types(dtype, torch.float32))
    image = DenoisedMap(TinyDenoiser(seed).to(dtype), point, Derivative(dtype, push))
    found = check_products(image, quadrant())
    assert found.repeat == 0
    assert 0 < found.noise < 0.3
    assert "Self-check" in found.words


def test_what_cannot_be_differentiated_is_refused_in_words() -> None:
    def cut(x: Tensor) -> Tensor:
        return TinyDenoiser()(x.detach())

    image = DenoisedMap(cut, noisy_latent(), Derivative())
    with pytest.raises(SolveError, match="cannot be differentiated") as caught:
        image.pull(torch.ones(1, 4, 6, 6))
    assert "forward-only" in caught.value.remedy


def test_a_registered_operation_is_replaced_by_its_formula() -> None:
    library = torch.library.Library("latent_levers_test", "DEF")
    library.define("turn(Tensor x) -> Tensor")
    library.impl("turn", lambda x: 2 * x, "CPU")
    fused = torch.ops.latent_levers_test.turn
    point = noisy_latent()
    bare = DenoisedMap(fused, point, Derivative())
    with pytest.raises(SolveError, match="cannot be differentiated"):
        bare.pull(torch.ones(1, 4, 6, 6))
    formulas = {"latent_levers_test.turn": lambda x: 2 * x}
    for push in ("central", "forward"):
        image = DenoisedMap(fused, point, Derivative(push=push, formulas=formulas))
        ones = torch.ones(1, 4, 6, 6)
        torch.testing.assert_close(image.pull(ones), 2 * ones.flatten(1))
        torch.testing.assert_close(image.push(ones.flatten(1)), 2 * ones, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x * float("nan"), "NaN or infinite"),
        (torch.zeros_like, "does not change with its input"),
        (lambda x: x.round() + torch.rand_like(x), "relative error of"),
    ],
)
def test_useless_networks_are_refused(function: Callable[[Tensor], Tensor], words: str) -> None:
    with pytest.raises(SolveError, match=words):
        check_products(DenoisedMap(function, noisy_latent(), Derivative()), quadrant())


def test_wrong_ways_are_refused() -> None:
    with pytest.raises(SolveError, match="Unknown push 'sideways'"):
        Derivative(push="sideways")
    with pytest.raises(SolveError, match=r"computes in torch\.float8_e4m3fn"):
        Derivative(torch.float8_e4m3fn)
    with pytest.raises(SolveError, match="one latent"):
        DenoisedMap(TinyDenoiser(), torch.ones(2, 4, 6, 6), Derivative())
    with pytest.raises(SolveError, match="zero everywhere"):
        DenoisedMap(TinyDenoiser(), torch.zeros(1, 4, 6, 6), Derivative())


def test_the_step_is_relative_to_what_a_direction_moves() -> None:
    image = DenoisedMap(TinyDenoiser(), torch.full((1, 4, 6, 6), 2.0), Derivative())
    even, single = torch.ones(144) / 12, torch.eye(144)[5]
    assert image.length(even) == pytest.approx(24.0)
    assert image.length(single) == pytest.approx(2.0)
