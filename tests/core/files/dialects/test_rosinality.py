"""StyleGAN2 in rosinality's spelling, wherever in a file it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.dialects.rosinality import RosinalityStyleGAN2
from latent_levers.core.files.recognition import recognise
from torch import Tensor

NAME = "rosinality_stylegan2_uncond"


def load(folder: Path, content: Any) -> Generator:
    """A generator from a torch file of that content."""
    path = folder / "network.pt"
    torch.save(content, path)
    return ll.load_generator(path)


def respelled(gan: Generator) -> dict[str, Tensor]:
    """The tensors of a skip StyleGAN2 as rosinality's repository would save them."""
    leaves = {
        "weight": "conv.weight",
        "affine.weight": "conv.modulation.weight",
        "affine.bias": "conv.modulation.bias",
        "noise_strength": "noise.weight",
        "bias": "activate.bias",
    }
    state = gan.network.state_dict()
    foreign = {"input.input": state["synthesis.b4.const"][None]}
    for index in range(len(gan.network.settings.mapping_widths)):
        for leaf in ("weight", "bias"):
            foreign[f"style.{index + 1}.{leaf}"] = state[f"mapping.fc{index}.{leaf}"]
    for number, resolution in enumerate(sorted(gan.network.settings.channels)):
        block = f"synthesis.b{resolution}"
        names = {"torgb": f"to_rgbs.{number - 1}" if number else "to_rgb1"}
        names["conv1"] = f"convs.{2 * number - 1}" if number else "conv1"
        if number:
            names["conv0"] = f"convs.{2 * number - 2}"
        for ours, theirs in names.items():
            for leaf, their_leaf in leaves.items():
                tensor = state.get(f"{block}.{ours}.{leaf}")
                if tensor is None:
                    continue
                if leaf == "weight":
                    tensor = tensor[None]
                elif leaf == "noise_strength":
                    tensor = tensor.reshape(1)
                elif (ours, leaf) == ("torgb", "bias"):
                    their_leaf, tensor = "bias", tensor.reshape(1, -1, 1, 1)
                foreign[f"{theirs}.{their_leaf}"] = tensor
            if ours != "torgb":
                noise = state[f"{block}.{ours}.noise_const"][None, None]
                foreign[f"noises.noise_{2 * number - (ours == 'conv0')}"] = noise
    return foreign


def test_images_equal_the_published_ones(tmp_path: Path) -> None:
    """A `.pt` with `g_ema` and `latent_avg`, through the public door."""
    data = golden(NAME)
    gan = load(tmp_path, {"g_ema": parameters(NAME), "latent_avg": data["in.latent_avg"]})
    codes = ll.map_latents(gan, data["in.z"])
    assert_close(codes.values[:, 0], data["mid.w"])
    assert_close(ll.render(gan, codes), data["out.image"])
    assert_close(ll.render(gan, codes, noise_mode="none"), data["out.image_nonoise"])
    truncated = ll.map_latents(gan, data["in.z"], truncation_psi=0.7)
    assert_close(truncated.values.expand_as(data["mid.ws_psi07"]), data["mid.ws_psi07"])
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    assert gan.details["dialect"] == "rosinality-stylegan2"
    assert gan.details["root"] == "g_ema"


def nested(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A flat state dict under a prefix."""
    return {f"{prefix}{name}": tensor for name, tensor in weights.items()}


NESTINGS = {
    "training": lambda g, m: {"g": doubled(g), "d": {"x": torch.ones(2)}, "g_ema": g, **m},
    "pSp": lambda g, m: {"state_dict": {**nested("decoder.", g), "encoder.a": torch.ones(1)}, **m},
    "pSp, all in one": lambda g, m: {"state_dict": {**nested("decoder.", g), **m}},
    "DataParallel": lambda g, m: {"g_ema": nested("module.", g), **m},
    "DataParallel, outside": lambda g, m: {"state_dict": {**nested("module.decoder.", g)}, **m},
    "bare": lambda g, m: {**g, **m},
    "lightning": lambda g, m: {
        "state_dict": {**nested("generator.", doubled(g)), **nested("g_ema.", g)},
        "epoch": 3,
        **m,
    },
}
"""How files hold a generator g and, beside or around it, its mean w in m."""


def doubled(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the last step, which nobody wants."""
    return {name: tensor * 2 for name, tensor in weights.items()}


@pytest.mark.parametrize("layers", [0, 8])
@pytest.mark.parametrize("nesting", NESTINGS)
def test_every_nesting_finds_the_weights_and_the_mean(
    nesting: str, layers: int, tmp_path: Path
) -> None:
    """The mean w is one vector, or one per layer as encoders save it."""
    data = golden(NAME)
    mean = data["in.latent_avg"]
    means = {"latent_avg": mean.repeat(layers, 1) if layers else mean}
    gan = load(tmp_path, NESTINGS[nesting](parameters(NAME), means))
    truncated = ll.map_latents(gan, data["in.z"], truncation_psi=0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    torch.testing.assert_close(gan.w_avg, mean, atol=0, rtol=0)


def test_without_a_mean_it_is_computed(tmp_path: Path) -> None:
    """Checkpoints of a training hold none: the mean over 10,000 seeds takes its place."""
    gan = load(tmp_path, {"g_ema": parameters(NAME)})
    codes = ll.sample_latents(gan, 2000, seed=20_000, truncation_psi=1)
    assert gan.w_avg is not None
    assert (gan.w_avg - codes.values.mean(dim=(0, 1))).norm() < 0.2 * gan.w_avg.norm()


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan2-wide", "stylegan2-grey"])
def test_round_trip(name: str, tmp_path: Path) -> None:
    """Other depths, channels and sides: the same settings, fingerprint and image come back."""
    gan = tiny(name)
    again = load(tmp_path, {"g_ema": respelled(gan)})
    assert again.network.settings == gan.network.settings
    assert again.spec == gan.spec
    codes = ll.sample_latents(gan, 2, truncation_psi=1)
    torch.testing.assert_close(ll.render(again, codes), ll.render(gan, codes), atol=1e-6, rtol=0)


def test_files_without_stored_noise_get_the_same_noise_each_time(tmp_path: Path) -> None:
    """Older files draw it anew for each image; here it is that of seed 0."""
    bare = {n: t for n, t in respelled(tiny()).items() if not n.startswith("noises.")}
    first, second = load(tmp_path, {"g_ema": bare}), load(tmp_path, {"g_ema": bare})
    codes = ll.sample_latents(first, 1)
    torch.testing.assert_close(ll.render(first, codes), ll.render(second, codes))
    without = ll.render(first, codes, noise_mode="none")
    torch.testing.assert_close(
        without, ll.render(tiny(), ll.sample_latents(first, 1), noise_mode="none")
    )
    assert (ll.render(first, codes) - without).abs().max() > 1e-3


def test_codes_per_layer(tmp_path: Path) -> None:
    """W+ has as many layers as the file's inversions hold codes."""
    data = golden(NAME)
    gan = load(tmp_path, {"g_ema": parameters(NAME)})
    assert gan.spec.num_ws == data["mid.ws"].shape[1]
    codes = ll.LatentCode(data["mid.ws"], LatentSpace.W_PLUS)
    assert_close(ll.render(gan, codes), data["out.image"])


def test_a_mean_that_is_none_is_named() -> None:
    tensors = {**respelled(tiny()), "latent_avg": torch.tensor(1.0)}
    with pytest.raises(CheckpointError, match="latent_avg is a single number"):
        recognise(Checkpoint(tensors, "x.pt"))


def test_other_spellings_are_not_taken_for_it() -> None:
    """NVIDIA's names lack all of it."""
    assert len(RosinalityStyleGAN2().missing(tiny().network.state_dict())) == 5
