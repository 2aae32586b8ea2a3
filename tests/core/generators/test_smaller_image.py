"""The generator of a smaller image that a network draws on its way to the whole one."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, some_code, tiny, wide
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.generators.layers.convolution.resampling import upsample
from latent_levers.core.generators.rendering import render
from latent_levers.core.generators.smaller_image import smaller_image
from latent_levers.core.jacobians.image_map import LinearMap, image_map

DRAWS = [name for name in CASES if smaller_image(tiny(name), 4) or smaller_image(tiny(name), 6)]
"""Cases that draw a smaller image."""


def test_which_networks_draw_one() -> None:
    known = {"stylegan2-skip", "stylegan2-wide", "stylegan2-grey", "stylegan2-taps", "stylegan1"}
    assert known <= set(DRAWS)
    assert "pggan" in DRAWS
    for name in ("stylegan2-resnet", "stylegan2-original", "stylegan1-wide", "dcgan"):
        assert name not in DRAWS, "one image layer"
    assert not [name for name in DRAWS if name.startswith(("biggan", "stylegan3"))]


@pytest.mark.parametrize("name", DRAWS)
def test_it_is_made_of_the_same_layers(name: str) -> None:
    gan = tiny(name)
    small = smaller_image(gan, 6)
    assert small is not None
    assert max(small.gan.spec.img_size) < max(gan.spec.img_size)
    ratio = max(gan.spec.img_size) / max(small.gan.spec.img_size)
    assert tuple(side * ratio for side in small.gan.spec.img_size) == gan.spec.img_size
    mine = {id(p) for p in gan.network.parameters()}
    assert {id(p) for p in small.gan.network.parameters()} <= mine
    assert not any(t.is_meta for t in small.gan.network.state_dict().values())
    assert not any(b.is_meta for b in small.gan.network.buffers())
    code = some_code(gan)
    image = render(small.gan, small.codes(code))
    assert image.shape[2:] == small.gan.spec.img_size
    assert torch.isfinite(image).all()


def test_stylegan2_adds_its_later_layers_to_that_image() -> None:
    gan = wide()  # two blocks: the image is the smaller one, upsampled, and what b8 draws
    small = smaller_image(gan, 4)
    assert small is not None
    code = some_code(gan)
    block = gan.network.get_submodule("synthesis.b8")
    drawn: list[torch.Tensor] = []
    handle = block.get_submodule("torgb").register_forward_hook(
        lambda module, inputs, output: drawn.append(output)
    )
    whole = gan.draw_codes(code, "const")
    handle.remove()
    before = small.gan.draw_codes(small.codes(code), "const")
    expected = upsample(before, block.get_buffer("resample_filter")) + drawn[0]
    torch.testing.assert_close(whole, expected)


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_codes_and_directions_are_cut_and_lifted(space: str) -> None:
    gan = wide()
    small = smaller_image(gan, 4)
    assert small is not None
    spaces = LatentSpace(space)
    code = some_code(gan)
    if spaces is LatentSpace.W_PLUS:
        code = replace(code, values=gan.layer_codes(code), space=spaces, z=None)
    elif spaces is LatentSpace.S:
        code = ll.LatentCode(gan.style_codes(code)[:, None], spaces)
    cut = small.codes(code)
    size = small.gan.spec.direction_dim(spaces)
    draw = torch.Generator().manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(2, size, generator=draw), dim=1)
    found = ll.Directions(
        vectors, torch.ones(2), spaces, small.gan.spec.num_ws, origin=small.gan.spec.fingerprint
    )
    lifted = small.directions(found)
    assert lifted.vectors.shape == (2, gan.spec.direction_dim(spaces))
    assert (lifted.num_ws, lifted.origin) == (gan.spec.num_ws, gan.spec.fingerprint)
    # A pull of the whole generator moves the smaller image as the direction itself does.
    pulled = ll.edit(code, lifted, 0, 0.5, "distance")
    moved = ll.edit(cut, found, 0, 0.5, "distance")
    torch.testing.assert_close(render(small.gan, small.codes(pulled)), render(small.gan, moved))


def test_edits_in_s_are_cut() -> None:
    gan = wide()
    small = smaller_image(gan, 4)
    assert small is not None
    shift = torch.randn(1, gan.spec.direction_dim(LatentSpace.S), dtype=torch.float64)
    code = replace(some_code(gan), style_shift=shift)
    image = render(small.gan, small.codes(code))
    assert not torch.equal(image, render(small.gan, small.codes(some_code(gan))))


@pytest.mark.parametrize("name", DRAWS)
def test_its_derivative_is_that_of_the_smaller_image(name: str) -> None:
    gan = wide(name)
    small = smaller_image(gan, 6)
    assert small is not None
    code = small.codes(some_code(gan))
    space = small.gan.spec.native_space
    image = image_map(small.gan, code, space)
    tangent = torch.randn(image.size, dtype=torch.float64)
    linear = image.linearise(torch.float64)
    assert linear is not None
    _, expected = torch.func.jvp(image.function, (image.point,), (tangent,))
    found = LinearMap(linear, image.blocks, image.size).push(tangent[None])[0]
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)


def test_masks_keep_their_share() -> None:
    small = smaller_image(tiny("stylegan2-wide"), 6)
    assert small is not None
    mask = torch.zeros(1, 8, 12)
    mask[:, :3, :5] = 1
    weights = small.region(ll.Region(mask)).weights
    assert weights.shape == (1, *small.gan.spec.img_size)
    torch.testing.assert_close(weights.mean(), mask.mean())
