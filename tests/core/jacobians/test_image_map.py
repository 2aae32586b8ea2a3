"""The image as a function of a displacement: both products and Grams in every space, in float64."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny, wide
from latent_levers.core.base.memory import Memory
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from latent_levers.core.jacobians.image_map import ImageMap, LinearMap, image_map
from latent_levers.core.jacobians.storage import store_columns
from latent_levers.core.jacobians.strategies import JACOBIANS
from oracles import PlainLinearisation, forward_jacobian
from torch import Tensor

EVERYWHERE = [(name, space) for name in CASES for space in tiny(name).spec.spaces]
"""Each case in each of its spaces."""

ROOM = Memory(1 << 30, 1 << 30)


def layer_choices(gan: Generator, space: LatentSpace) -> list[tuple[int, ...] | None]:
    """All layers; where the space allows it also some, one and the last."""
    last = gan.spec.num_ws - 1
    if last == 0 or (space.shared is not gan.spec.native_space and space is not LatentSpace.S):
        return [None]
    return [None, (1,), tuple({0, last}), (last,)]


def own(image: ImageMap, dtype: torch.dtype = torch.float64) -> AbstractLinearisation | None:
    """The network's own linearisation."""
    with torch.no_grad():
        return image.linearise(dtype)


def columns_of(image: ImageMap) -> Tensor:
    """`[d, C, H, W]` by forward mode."""
    return forward_jacobian(image.function, image.point)


@pytest.mark.parametrize(("name", "space"), EVERYWHERE)
def test_products_in_latent_coordinates(name: str, space: LatentSpace) -> None:
    """Blocks translate any linearisation to every space, also the architecture's own."""
    gan = wide(name)
    code = replace(some_code(gan), truncation_psi=0.7)
    plain = PlainLinearisation(gan, code)
    for layers in layer_choices(gan, space):
        image = image_map(gan, code, space, layers)
        expected = columns_of(image)
        assert expected.shape == (gan.spec.direction_dim(space, layers), *image.image_shape)
        scale = float(expected.abs().max())
        assert scale > 0
        tangents = torch.randn(3, image.size, dtype=torch.float64)
        tangents[2, : image.size - 1] = 0
        cotangents = torch.randn(2, *image.image_shape, dtype=torch.float64)
        pulled = cotangents.flatten(1) @ expected.flatten(1).T
        for linearisation in (plain, own(image)):
            if linearisation is None:
                continue
            linear = LinearMap(linearisation, image.blocks, image.size)
            pushed = torch.einsum("bd,dchw->bchw", tangents, expected)
            torch.testing.assert_close(linear.push(tangents), pushed, rtol=0, atol=1e-10 * scale)
            bound = 1e-10 * float(pulled.abs().max())
            torch.testing.assert_close(linear.pull(cotangents), pulled, rtol=0, atol=bound)
            zero = linear.push(torch.zeros(1, image.size, dtype=torch.float64))
            assert not zero.any()


@pytest.mark.parametrize("name", [n for n in CASES if LatentSpace.W_PLUS in tiny(n).spec.spaces])
def test_gram_of_w_plus_from_the_columns_of_the_styles(name: str) -> None:
    """`blkdiag(A)^T G_S blkdiag(A)` is the Gram of W+, of all layers and of some."""
    gan, code = wide(name), some_code(wide(name))
    for layers in layer_choices(gan, LatentSpace.W_PLUS):
        image = image_map(gan, code, LatentSpace.W_PLUS, layers)
        rows = columns_of(image).flatten(1)
        for linearisation in (PlainLinearisation(gan, code), own(image)):
            if linearisation is None:
                continue
            image = replace(image, linearise=lambda dtype, found=linearisation: found)
            source = JACOBIANS["linearised"].source(image, torch.float64, 3)
            stored = store_columns(source, ROOM, torch.float64)
            total = stored.grams([torch.ones(gan.spec.img_size)])[0]
            torch.testing.assert_close(
                total, rows @ rows.T, rtol=0, atol=1e-10 * float(total.max())
            )


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan2-resnet"])
def test_gram_of_w_plus_in_float32(name: str) -> None:
    """The default type agrees with float64 to 1e-5 in relative Frobenius norm."""
    image = image_map(wide(name), some_code(wide(name)), LatentSpace.W_PLUS)
    rows = columns_of(image).flatten(1)
    small = replace(image, point=image.point.float())
    source = JACOBIANS["linearised"].source(small, torch.float32, 32)
    stored = store_columns(source, ROOM, torch.float32)
    assert stored is not None
    total, expected = stored.grams([torch.ones(image.image_shape[1:])])[0], rows @ rows.T
    assert total.dtype is torch.float64
    assert float((total - expected).norm() / expected.norm()) < 1e-5


def test_displacements_of_codes_of_every_kind() -> None:
    """Mapped codes edited in Z and S, and codes in S: the Jacobian is that at the edited point."""
    gan = wide("stylegan2-skip")
    code = some_code(gan)
    assert code.z is not None
    shift = 0.5 * torch.randn(1, gan.spec.direction_dim(LatentSpace.S)).double()
    moved = replace(code, z_shift=torch.randn_like(code.z), style_shift=shift)
    drawn = {}
    for label, given in (("plain", code), ("moved", moved), ("styles", ll.to_styles(gan, moved))):
        spaces = [LatentSpace.S] if given.space is LatentSpace.S else gan.spec.spaces
        for space in spaces:
            image = image_map(gan, given, space)
            expected = columns_of(image)
            found = own(image)
            assert found is not None
            linear = LinearMap(found, image.blocks, image.size)
            pushed = linear.push(torch.eye(image.size, dtype=torch.float64))
            bound = 1e-10 * float(expected.abs().max())
            torch.testing.assert_close(pushed, expected, rtol=0, atol=bound)
            drawn[label, space] = pushed
    in_s = LatentSpace.S
    torch.testing.assert_close(drawn["moved", in_s], drawn["styles", in_s], rtol=0, atol=1e-6)
    assert (drawn["moved", in_s] - drawn["plain", in_s]).abs().max() > 1e-3


def test_without_noise() -> None:
    """The noise mode reaches the linearisation."""
    gan, code = wide("stylegan2-skip"), some_code(wide("stylegan2-skip"))
    found = {}
    for mode in ("const", "none"):
        image = image_map(gan, code, LatentSpace.W, noise_mode=mode)
        linearisation = own(image)
        assert linearisation is not None
        pushed = LinearMap(linearisation, image.blocks, image.size).push(torch.eye(5).double())
        found[mode] = columns_of(image)
        torch.testing.assert_close(pushed, found[mode], rtol=0, atol=1e-10)
    assert (found["const"] - found["none"]).abs().max() > 1e-4
