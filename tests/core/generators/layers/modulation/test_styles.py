"""The space S: styles of every StyleGAN, from w to the image and back into directions."""

from __future__ import annotations

import copy
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.concepts.conditions import NOISE_MODES, Conditions
from latent_levers.core.concepts.latent_code import LatentSpace, concatenate
from latent_levers.core.concepts.network import StyleInfo
from latent_levers.core.generators.architectures.stylegan2.network import (
    StyleGAN2,
    StyleGAN2Settings,
)
from latent_levers.core.latents.code_statistics import style_deviations
from latent_levers.core.latents.sampling import draw_z
from oracles import full_jacobian
from torch import Tensor
from torch.nn import Module

S = LatentSpace.S
STYLED = [name for name in CASES if tiny(name).spec.styles]
"""The cases that have styles."""


def some_codes(name: str, count: int = 2, space: str | None = None) -> ll.LatentCode:
    """Codes of a case, with a class where there are classes."""
    gan = tiny(name)
    return ll.sample_latents(gan, count, 3, labels=1 if gan.spec.c_dim else None, space=space)


def test_who_has_styles() -> None:
    """All StyleGANs whose latents act through styles alone; not where w feeds the first layer."""
    expected = {n for n in CASES if n.startswith("stylegan")} - {"stylegan1-conditional"}
    assert set(STYLED) == expected
    for name in CASES:
        assert (S in tiny(name).spec.spaces) == (name in expected), name


@pytest.mark.parametrize("name", STYLED)
@pytest.mark.parametrize("noise_mode", NOISE_MODES)
def test_styles_make_the_image(name: str, noise_mode: str) -> None:
    """From w to styles to the image is from w to the image, to the bit."""
    gan = tiny(name)
    codes = some_codes(name)
    ws = gan.layer_codes(codes)
    ws = ws + 0.1 * torch.randn(ws.shape)  # another w for each layer
    conditions = Conditions(codes.labels, noise_mode, codes.seeds)
    styles = gan.network.styles(ws)
    assert styles.shape == (2, gan.spec.direction_dim(S))
    expected = gan.network.synthesize(ws, conditions)
    torch.testing.assert_close(
        gan.network.synthesize_styles(styles, conditions), expected, rtol=0, atol=0
    )


@pytest.mark.parametrize("name", STYLED)
def test_styles_are_affine_and_read_one_layer_each(name: str) -> None:
    """Moving w of one layer moves the styles that read it, by the rows of their matrices."""
    gan = tiny(name)
    spec, ws = gan.spec, gan.layer_codes(some_codes(name, 1))
    weights, before = gan.network.style_weights(), gan.network.styles(ws)
    assert weights.shape == (spec.direction_dim(S), spec.latent_dim)
    seen = torch.zeros(spec.direction_dim(S))
    for layer in range(spec.num_ws):
        delta = torch.zeros_like(ws)
        delta[:, layer] = torch.randn(spec.latent_dim)
        moved = (gan.network.styles(ws + delta) - before)[0]
        expected = torch.zeros_like(moved)
        for part in spec.style_slices((layer,)):
            expected[part] = weights[part] @ delta[0, layer]
            seen[part] += 1
        torch.testing.assert_close(moved, expected, atol=1e-5, rtol=1e-5)
        assert spec.direction_dim(S, (layer,)) == int((expected != 0).sum())
    assert (seen == 1).all()  # every channel reads one layer, every layer is read


def outputs(name: str, styles: Tensor) -> list[Tensor]:
    """What each module that takes a style makes of some styles, and the image."""
    gan = tiny(name)
    network = copy.deepcopy(gan.network)
    made: dict[str, Tensor] = {}

    def keep(style: str, module: Module) -> None:
        module.register_forward_hook(lambda _m, _i, out: made.__setitem__(style, out.clone()))

    for style in gan.spec.styles:
        keep(style.name, network.get_submodule(f"synthesis.{style.name}"))
    image = network.synthesize_styles(styles, Conditions())
    return [*(made[style.name] for style in gan.spec.styles), image]


@pytest.mark.parametrize("name", ["stylegan1", "stylegan2-skip", "stylegan2-resnet", "stylegan3-r"])
def test_a_style_channel_changes_its_layer_and_later_ones_only(name: str) -> None:
    """In order of depth: nothing before, the layer itself, and the image; a ToRGB nothing else."""
    spec = tiny(name).spec
    styles = tiny(name).style_codes(some_codes(name, 1))
    before = outputs(name, styles)
    for index, (style, part) in enumerate(zip(spec.styles, spec.style_slices(), strict=True)):
        pulled = styles.clone()
        pulled[:, part.start] += 0.5
        after = outputs(name, pulled)
        changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
        assert not any(changed[:index]), style.name
        assert changed[index], style.name
        assert changed[-1], style.name
        own = [s.name for s, is_changed in zip(spec.styles, changed, strict=False) if is_changed]
        if "torgb" in style.name:
            assert own == [style.name]


@pytest.mark.parametrize("name", ["stylegan1", "stylegan2-skip", "stylegan3-t"])
def test_displacing_the_styles_of_some_layers(name: str) -> None:
    """As many numbers as channels read these layers: those columns of the whole Jacobian."""
    gan = replace(tiny(name), network=copy.deepcopy(tiny(name).network)).to(dtype=torch.float64)
    code = some_codes(name, 1)
    whole = full_jacobian(gan.as_function(code, S), torch.zeros(gan.spec.direction_dim(S)).double())
    layers = (1, 3)
    size = gan.spec.direction_dim(S, layers)
    part = full_jacobian(gan.as_function(code, S, layers), torch.zeros(size).double())
    columns = torch.cat([whole[..., piece] for piece in gan.spec.style_slices(layers)], dim=-1)
    torch.testing.assert_close(part, columns, rtol=0, atol=1e-12)
    assert 0 < size < gan.spec.direction_dim(S)


def test_stylegan2_in_order_of_depth() -> None:
    """A ToRGB below the last reads the latent of the convolution that follows it."""
    assert tiny("stylegan2-skip").spec.styles == (
        StyleInfo("b4.conv1", 0, 7),
        StyleInfo("b4.torgb", 1, 7),
        StyleInfo("b8.conv0", 1, 7),
        StyleInfo("b8.conv1", 2, 6),
        StyleInfo("b8.torgb", 3, 6),
    )
    names = [style.name for style in tiny("stylegan2-resnet").spec.styles]
    assert [name for name in names if "torgb" in name] == ["b16.torgb"]
    assert tiny("stylegan3-t").spec.styles[0] == StyleInfo("input", 0, 4)
    assert tiny("stylegan1").spec.styles[-1] == StyleInfo("b8.layer1", 3, 2 * 4)


def test_1024_pixels_of_stylegan2_have_9088_channels() -> None:
    """6,048 of convolutions and 3,040 of ToRGBs (Wu et al., CVPR 2021), no weights allocated."""
    channels = {4 * 2**i: min(512, 32768 // (4 * 2**i)) for i in range(9)}
    with torch.device("meta"):
        spec = StyleGAN2(StyleGAN2Settings(z_dim=512, w_dim=512, channels=channels)).spec()
    images = sum(style.channels for style in spec.styles if style.name.endswith("torgb"))
    assert (spec.img_resolution, spec.num_ws, spec.direction_dim(S)) == (1024, 18, 9088)
    assert images == 3040


@pytest.mark.parametrize("name", ["stylegan1", "stylegan2-conditional", "stylegan3-t"])
@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_codes_carried_over_draw_the_same_images(name: str, space: str) -> None:
    """From every space, with edits of their own."""
    gan, codes = tiny(name), some_codes(name, 2, space)
    in_s = ll.to_styles(gan, codes)
    assert in_s.space is S
    assert in_s.values.shape == (2, 1, gan.spec.direction_dim(S))
    assert (in_s.z, in_s.seeds, in_s.origin) == (None, codes.seeds, codes.origin)
    torch.testing.assert_close(ll.render(gan, in_s), ll.render(gan, codes), atol=1e-6, rtol=0)
    shifted = replace(codes, style_shift=torch.randn(2, gan.spec.direction_dim(S)))
    images = ll.render(gan, ll.to_styles(gan, shifted))
    torch.testing.assert_close(images, ll.render(gan, shifted), atol=1e-6, rtol=0)
    assert (images - ll.render(gan, codes)).abs().max() > 1e-3
    again = ll.to_styles(gan, in_s)
    torch.testing.assert_close(again.values, in_s.values, rtol=0, atol=0)


def test_codes_are_sampled_in_s() -> None:
    """The same images as in W, truncated or not, alone or in a batch."""
    gan = tiny()
    in_s, in_w = (ll.sample_latents(gan, 3, 5, 0.6, 2, space=space) for space in ("S", "W+"))
    torch.testing.assert_close(ll.render(gan, in_s), ll.render(gan, in_w), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        in_s[1].values, ll.sample_latents(gan, 1, 6, 0.6, 2, space="S").values
    )


def test_styles_of_codes_travel_with_their_rows() -> None:
    """Rows are picked and put together with what edits in S added to them."""
    gan, codes = tiny(), some_codes("stylegan2-skip", 3)
    shift = torch.randn(1, gan.spec.direction_dim(S))
    one = replace(codes[1], style_shift=shift)
    both = concatenate([codes[:1], one, codes[2]])
    assert both.style_shift is not None
    torch.testing.assert_close(both.style_shift, torch.cat([0 * shift, shift, 0 * shift]))
    torch.testing.assert_close(both[1].style_shift, shift)
    torch.testing.assert_close(
        ll.render(gan, both)[[0, 2]], ll.render(gan, codes)[[0, 2]], atol=1e-6, rtol=0
    )
    with pytest.raises(LatentError, match="The edits of styles have 1 rows.*3, one per code"):
        replace(codes, style_shift=shift)


@pytest.mark.parametrize("name", ["stylegan1-wide", "stylegan2-conditional", "stylegan3-r"])
def test_deviations_are_those_of_ten_thousand_seeds(name: str) -> None:
    """Exact, classes in turn, though only w was sampled."""
    gan = tiny(name)
    labels = torch.arange(10_000) % gan.spec.c_dim if gan.spec.c_dim else None
    codes = ll.map_latents(gan, draw_z(gan.spec.z_dim, 10_000, 0), labels, space="S")
    expected = codes.values[:, 0].double().std(dim=0)
    torch.testing.assert_close(style_deviations(gan), expected, rtol=1e-4, atol=1e-6)


def test_a_channel_that_stands_still_has_no_deviation() -> None:
    """Exactly 0, so that nothing is divided by rounding errors."""
    gan = replace(tiny(), network=copy.deepcopy(tiny().network))
    with torch.no_grad():
        gan.network.get_parameter("synthesis.b8.conv0.affine.weight")[2] *= 1e-12
    still = (style_deviations(gan) == 0).nonzero().flatten().tolist()
    assert still == [7 + 7 + 2]


def test_bad_requests_are_named() -> None:
    """Networks without styles, codes without w, shifts of another size."""
    codes = some_codes("stylegan2-skip", 1)
    for name in ("dcgan", "stylegan1-conditional"):
        gan = tiny(name)
        with pytest.raises(LatentError, match=r"A .* generator has no space S.*one of Z"):
            ll.to_styles(gan, some_codes(name, 1))
        ws = gan.layer_codes(some_codes(name, 1))
        for ask in (gan.network.styles, lambda ws, n=gan.network: n.style_weights()):
            with pytest.raises(LatentError, match=r"has no styles.*Use another space"):
                ask(ws)
        with pytest.raises(LatentError, match=r"has no styles.*Use another space"):
            gan.network.synthesize_styles(ws[:, 0], Conditions())
    wrong = replace(codes, style_shift=torch.zeros(1, 5))
    with pytest.raises(LatentError, match="edit in S of 5 numbers were given.*33 numbers"):
        ll.render(tiny(), wrong)
    in_s = ll.to_styles(tiny(), codes)
    with pytest.raises(
        LatentError, match="Codes in S were given where.*w cannot be recovered from styles"
    ):
        ll.resefa(tiny(), in_s, ll.Region.box(1, 1, 3, 3, 8), space="W")
    with pytest.raises(LatentError, match=r"Codes of shape \[1, 1, 33\] in S.*numbers per code"):
        ll.render(tiny("stylegan2-resnet"), in_s)
