"""StyleGAN2 against the published implementations, in three spellings."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from golden import assert_close, golden, write_generator
from latent_levers.core.latents import LatentCode, LatentSpace

CASES = (
    "nvlabs_stylegan2ada_uncond",
    "nvlabs_stylegan2ada_cond",
    "nvlabs_stylegan3_stylegan2",
    "genforce_stylegan2",
    "hammer_stylegan2",
    "hammer_stylegan2_cond",
)


@pytest.mark.parametrize("name", CASES)
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    """Mapping, truncation, noise and no noise, through the public door."""
    data = golden(name)
    gan = ll.load_generator(write_generator(name, tmp_path))
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


@pytest.mark.parametrize("name", [n for n in CASES if not n.startswith("nvlabs")])
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
