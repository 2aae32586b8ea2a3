"""StyleGAN3 against the published implementations, its settings, and levers of it."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.generators.architectures.stylegan3.network import StyleGAN3
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from safetensors.torch import save_file
from stylegan3_references import ARCHITECTURE, NVLABS, opened, stated


@pytest.mark.parametrize("name", [*NVLABS, "hammer_stylegan3_t"])
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, truncation and images, through the public door."""
    data, gan = golden(name), opened(name, tmp_path)
    labels = data.get("in.label")
    codes = ll.map_latents(gan, data["in.z"], labels)
    assert_close(codes.values[:, 0], data["mid.ws"][:, 0])
    assert_close(ll.render(gan, codes), data["out.image"])
    truncated = ll.map_latents(gan, data["in.z"], labels, truncation_psi=0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])


@pytest.mark.parametrize("name", NVLABS[:2])
def test_input_and_cutoff_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Fourier features in the file's frame, and truncation of the first three layers."""
    data, gan = golden(name), opened(name, tmp_path)
    network = gan.network
    assert isinstance(network, StyleGAN3)
    entry = network.synthesis.input
    assert_close(entry(entry.affine(data["mid.w"]), None), data["mid.input"])
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"), 0.5, 3)
    assert codes.space is LatentSpace.W_PLUS
    assert_close(codes.values, data["mid.ws_psi05_cutoff3"])


@pytest.mark.parametrize("name", NVLABS)
def test_filters_follow_from_the_formulas(name: str, tmp_path: Path) -> None:
    """Those in the file equal those computed, so a file without them draws the same image."""
    weights = parameters(name)
    built = ARCHITECTURE.build(ARCHITECTURE.settings(weights, stated(name))).state_dict()
    assert built.keys() == weights.keys()
    filters = [key for key in weights if key.endswith("_filter")]
    assert len(filters) == 2 * (len([k for k in weights if k.endswith("magnitude_ema")]) - 1)
    for key in filters:
        torch.testing.assert_close(built[key], weights[key], atol=1e-6, rtol=0)
    bare = {key: tensor for key, tensor in weights.items() if key not in filters}
    save_file(bare, tmp_path / "bare.safetensors")
    # Without filters nothing but words tells how they were made.
    words = {"use_radial_filters": "_r" in name, **stated(name)}
    gan = ll.load_generator(tmp_path / "bare.safetensors", **words)
    codes = ll.map_latents(gan, golden(name)["in.z"], golden(name).get("in.label"))
    assert_close(ll.render(gan, codes), golden(name)["out.image"])


def test_what_names_and_shapes_tell() -> None:
    """Margin, taps, depth and critical layers need no words."""
    found = ARCHITECTURE.settings(parameters("nvlabs_stylegan3_t_options"), {"lrelu_upsampling": 4})
    assert (found.margin_size, found.filter_size, found.img_channels) == (7, 4, 1)
    assert (found.c_dim, found.embed_features, found.mapping_widths) == (3, 14, (14,))
    assert found.sizes == (30, 30, 46, 46, 46, 46, 32)
    found = ARCHITECTURE.settings(parameters("nvlabs_stylegan3_r64"), {})
    assert (found.conv_kernel, found.use_radial_filters, found.num_critical) == (1, True, 2)


UNTOLD = ("conv_clamp", "output_scale", "lrelu_upsampling", "first_cutoff", "num_critical")
"""Options that neither names nor shapes tell, or not always."""


VARIANTS = {
    "smallest": StyleGAN3Settings(4, 5, 4, (4, 4, 3)),
    "deep": StyleGAN3Settings(5, 6, 16, (6,) * 9 + (5,) * 5, mapping_widths=(7, 8, 6)),
    "shallow": StyleGAN3Settings(5, 4, 128, (5, 4, 3), num_critical=1),
    "round": StyleGAN3Settings(
        6, 5, 64, (6, 5, 5, 4), conv_kernel=1, use_radial_filters=True, num_critical=1
    ),
    "never critical": StyleGAN3Settings(
        6, 5, 16, (5, 4, 4), use_radial_filters=True, num_critical=0
    ),
    "classes": StyleGAN3Settings(6, 5, 32, (5, 4, 4), c_dim=3, embed_features=7, img_channels=1),
    "no power of two": StyleGAN3Settings(6, 5, 24, (6, 5, 4)),
    "margins": StyleGAN3Settings(6, 5, 32, (6, 5, 4, 3), margin_size=5, filter_size=4),
    "one rate": StyleGAN3Settings(6, 5, 32, (6, 5, 4), lrelu_upsampling=1),
    "wide steps": StyleGAN3Settings(
        6, 5, 64, (6, 5, 4, 3), first_cutoff=1, lrelu_upsampling=3, conv_kernel=5, filter_size=5
    ),
    "unbounded": StyleGAN3Settings(4, 5, 16, (4, 4, 3), conv_clamp=None, output_scale=1.0),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_settings_and_image_survive_a_file(name: str, tmp_path: Path) -> None:
    """Written without our header and with it: the same settings, the same image."""
    torch.manual_seed(2)
    network = ARCHITECTURE.build(VARIANTS[name])
    save_file(network.state_dict(), tmp_path / "bare.safetensors")
    words = {option: getattr(VARIANTS[name], option) for option in UNTOLD}
    gan = ll.load_generator(tmp_path / "bare.safetensors", **words)
    assert gan.network.settings == network.settings  # type: ignore[attr-defined]
    codes = ll.sample_latents(gan, 2, labels=1 if gan.spec.c_dim else None)
    with torch.no_grad():
        expected = network.synthesize(gan.layer_codes(codes), Conditions())
    assert expected.shape == (2, gan.spec.img_channels, *gan.spec.img_size)
    assert torch.isfinite(expected).all()
    assert expected.std() > 0.01
    assert_close(ll.render(gan, codes), expected)
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "ours.safetensors"))
    assert again.network.settings == network.settings  # type: ignore[attr-defined]
    assert_close(ll.render(again, codes), expected)


def test_every_layer_matters() -> None:
    """Each of the num_ws layers changes the image, the input and ToRGB among them."""
    gan = tiny("stylegan3-t")
    assert gan.spec.num_ws == 5
    assert [layer.name for layer in gan.spec.layers[:2]] == ["input", "L0_10_5"]
    base = ll.sample_latents(gan, 1, space="W+")
    before = ll.render(gan, base)
    for layer in range(gan.spec.num_ws):
        values = base.values.clone()
        values[:, layer] += 1.0
        after = ll.render(gan, LatentCode(values, LatentSpace.W_PLUS))
        assert (after - before).abs().max() > 1e-3, layer


@pytest.mark.parametrize("name", ["stylegan3-t", "stylegan3-r"])
def test_sefa_takes_the_first_affine_map_of_each_layer(name: str) -> None:
    """A^T A equals that of an autograd Jacobian of what the layer computes from w first."""
    network = ARCHITECTURE.build(getattr(tiny(name).network, "settings"))  # noqa: B009
    network = network.double()
    seen: list[torch.Tensor] = []
    for part in ("input", *network.synthesis.names):
        affine = network.synthesis.get_submodule(part).affine
        affine.register_forward_hook(lambda module, given, made: seen.append(made))
    width = network.settings.w_dim

    def first_maps(w: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen.clear()
        network.synthesize(w.expand(1, network.spec().num_ws, -1), Conditions())
        return tuple(made[0] for made in seen)

    jacobians = torch.autograd.functional.jacobian(first_maps, torch.randn(width).double())
    assert len(jacobians) == network.spec().num_ws
    for layer, jacobian in enumerate(jacobians):
        a = network.projection(layer)
        torch.testing.assert_close(a.T @ a, jacobian.T @ jacobian, atol=1e-8, rtol=0)


def test_resefa_finds_a_lever_of_a_region() -> None:
    """The first lever changes the region more, and the rest less, than the last."""
    gan = tiny("stylegan3-t")
    codes = ll.sample_latents(gan, 1)
    region = ll.Region.box(2, 2, 3, 3, gan.spec.img_size)
    levers = ll.resefa(gan, codes, region, count=gan.spec.latent_dim)
    inside = region.weights[0] > 0
    before, ratios = ll.render(gan, codes), []
    for index in (0, len(levers) - 1):
        after = ll.render(gan, ll.edit(codes, levers, index, 0.01, "distance"))
        change = (after - before).square().sum(dim=(0, 1))
        ratios.append(float(change[inside].mean() / change[~inside].mean()))
    assert ratios[0] > 3 * ratios[1]


def test_what_does_not_fit_is_told() -> None:
    """Gaps, sizes, numbers."""
    weights = parameters("nvlabs_stylegan3_t")
    gap = {n: t for n, t in weights.items() if not n.startswith("synthesis.L3_")}
    with pytest.raises(CheckpointError, match="L2, L4.*without a gap"):
        ARCHITECTURE.settings(gap, {})
    odd = {n.replace("L1_36_", "L1_38_"): t for n, t in weights.items()}
    with pytest.raises(CheckpointError, match="fit no margin of 10.*margin_size"):
        ARCHITECTURE.settings(odd, {})
    with pytest.raises(CheckpointError, match="output_scale is stated as 'much'"):
        ARCHITECTURE.settings(weights, {"output_scale": "much"})
    with pytest.raises(CheckpointError, match="lrelu_upsampling is 1000000"):
        ARCHITECTURE.settings(weights, {"lrelu_upsampling": 10**6})
    with pytest.raises(CheckpointError, match="more layers than critical ones"):
        ARCHITECTURE.build(StyleGAN3Settings(4, 4, 16, (4, 4)))
    with pytest.raises(CheckpointError, match="sizes that grow"):
        ARCHITECTURE.build(StyleGAN3Settings(4, 4, 16, (4, 4, 4), sizes=(52, 36, 16)))
    with pytest.raises(CheckpointError, match="one for each"):
        StyleGAN3Settings(4, 4, 16, (4, 4, 4), sizes=(36, 16))
