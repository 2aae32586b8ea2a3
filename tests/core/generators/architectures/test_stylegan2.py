"""StyleGAN2 against the published implementations, in three spellings."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import assert_close, golden, write_generator
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.generators.layers.convolution.resampling import (
    binomial_filter,
    upsample,
    upsampling_convolution,
)
from safetensors.torch import save_file

CASES = (
    "nvlabs_stylegan2ada_uncond",
    "nvlabs_stylegan2ada_cond",
    "nvlabs_stylegan3_stylegan2",
    "genforce_stylegan2",
    "hammer_stylegan2",
    "hammer_stylegan2_cond",
    "nvlabs_stylegan2ada_resnet",
    "nvlabs_stylegan2ada_orig",
    "nvlabs_stylegan2ada_taps",
    "eps696_stylegan2ada_wide",
)
STATED = {"nvlabs_stylegan2ada_resnet": {"conv_clamp": 1.5}}
"""What shapes cannot tell, and what containers that know it hand on."""


@pytest.mark.parametrize("name", CASES)
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, truncation, noise and no noise, through the public door."""
    data = golden(name)
    gan = ll.load_generator(write_generator(name, tmp_path), **STATED.get(name, {}))
    labels = data.get("in.label")
    codes = ll.map_latents(gan, data["in.z"], labels)
    assert_close(codes.values[:, 0], data["mid.w"])
    assert_close(ll.render(gan, codes), data["out.image"])
    assert_close(ll.render(gan, codes, noise_mode="none"), data["out.image_nonoise"])
    truncated = ll.map_latents(gan, data["in.z"], labels, truncation_psi=0.7)
    assert_close(truncated.values.expand_as(data["mid.ws_psi07"]), data["mid.ws_psi07"])
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("nvlabs")])
def test_truncation_cutoff(name: str, tmp_path: Path) -> None:
    """Truncating the first three layers only makes W+ codes."""
    data = golden(name)
    gan = ll.load_generator(write_generator(name, tmp_path))
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"), 0.5, 3)
    assert codes.space is LatentSpace.W_PLUS
    assert_close(codes.values, data["mid.ws_psi05_cutoff3"])


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith(("genforce", "hammer"))])
def test_truncation_of_four_layers(name: str, tmp_path: Path) -> None:
    """The same in the spelling that counts layers."""
    data = golden(name)
    gan = ll.load_generator(write_generator(name, tmp_path))
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"), 0.7, 4)
    assert_close(ll.render(gan, codes), data["out.image_psi07_layers4"])


def test_codes_in_z_draw_the_same_image(tmp_path: Path) -> None:
    """Mapping while rendering equals mapping before."""
    gan = ll.load_generator(write_generator("nvlabs_stylegan2ada_uncond", tmp_path))
    z = ll.sample_latents(gan, 2, seed=5, space="Z")
    w = ll.sample_latents(gan, 2, seed=5)
    assert z.space is LatentSpace.Z
    assert w.space is LatentSpace.W
    torch.testing.assert_close(ll.render(gan, z), ll.render(gan, w), atol=1e-5, rtol=0)


def test_random_noise_follows_the_seed(tmp_path: Path) -> None:
    """Noise mode "random" depends on each code's seed, not on the batch."""
    gan = ll.load_generator(write_generator("nvlabs_stylegan2ada_uncond", tmp_path))
    codes = ll.sample_latents(gan, 3, seed=1)
    images = ll.render(gan, codes, noise_mode="random")
    alone = ll.render(gan, codes[2], noise_mode="random")
    torch.testing.assert_close(images[2:], alone, atol=1e-5, rtol=0)
    assert (images - ll.render(gan, codes)).abs().max() > 1e-3


def test_every_layer_matters(tmp_path: Path) -> None:
    """Each of the num_ws layers changes the image, so none is wired to nothing."""
    gan = ll.load_generator(write_generator("hammer_stylegan2", tmp_path))
    base = ll.map_latents(gan, torch.randn(1, gan.spec.z_dim), space="W+")
    before = ll.render(gan, base)
    for layer in range(gan.spec.num_ws):
        values = base.values.clone()
        values[:, layer] += 1.0
        after = ll.render(gan, LatentCode(values, LatentSpace.W_PLUS))
        assert (after - before).abs().max() > 1e-3, layer


def test_variants_are_told_by_their_tensors(tmp_path: Path) -> None:
    """Residual, plain and not square ones, filters of other lengths, any depth of the mapping."""
    found = {
        name: ll.load_generator(write_generator(name, tmp_path)).network.settings
        for name in CASES[-4:]
    }
    resnet, orig, taps, wide = found.values()
    assert [settings.architecture for settings in found.values()] == [
        "resnet", "orig", "skip", "skip"
    ]  # fmt: skip
    assert (orig.filter_shape, taps.filter_shape, wide.filter_shape) == ((3, 3), (8,), (4, 4))
    assert wide.const_size == (3, 5)
    assert len(resnet.mapping_widths) == 3
    assert orig.mapping_widths == (28, 24)
    assert orig.c_dim == 3


@pytest.mark.parametrize("shape", [(1,), (2, 2), (3,), (5, 5), (6, 6)])
def test_means_survive_every_filter(shape: tuple[int, ...]) -> None:
    """Far from the border a flat image stays flat."""
    kernel = binomial_filter(shape)
    flat = torch.ones(1, 1, 12, 10)
    large = upsample(flat, kernel)
    assert large.shape == (1, 1, 24, 20)
    if shape != (1,):  # a single tap leaves gaps
        torch.testing.assert_close(large[..., 6:-6, 6:-6], torch.ones(1, 1, 12, 8))
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1.0  # a convolution that does nothing
    convolved = upsampling_convolution(flat, weight, kernel)
    torch.testing.assert_close(convolved, large)


def test_filters_and_noise_that_are_missing(tmp_path: Path) -> None:
    """Constants may be left out; without any noise strength a network has no noise."""
    state = tiny().network.state_dict()
    plain = {n: t for n, t in state.items() if "filter" not in n and "noise" not in n}
    save_file(plain, tmp_path / "plain.safetensors")
    gan = ll.load_generator(tmp_path / "plain.safetensors")
    assert not gan.network.settings.has_noise
    codes = ll.sample_latents(gan, 2)
    expected = ll.render(tiny(), codes, noise_mode="none")
    torch.testing.assert_close(ll.render(gan, codes), expected, atol=1e-6, rtol=0)
    again = ll.load_generator(ll.save_generator(gan, tmp_path / "again.safetensors"))
    assert again.spec == gan.spec


def test_bad_filters_are_named(tmp_path: Path) -> None:
    """A filter must be a row or a square."""
    state = dict(tiny().network.state_dict())
    state["synthesis.b8.conv0.resample_filter"] = torch.ones(3, 4)
    save_file(state, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointError, match=r"filter of shape \[3, 4\].*\[k, k\]"):
        ll.load_generator(tmp_path / "x.safetensors")
