"""NVIDIA's pickles of the PyTorch era, written by the tests themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import arguments, assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.files.recognition import read_checkpoint
from latent_levers.core.generators.architectures import ARCHITECTURES
from pickle_writer import write_nvlabs

GOLDEN = {
    "nvlabs_stylegan2ada_uncond": "stylegan2",
    "nvlabs_stylegan2ada_cond": "stylegan2",
    "nvlabs_stylegan3_stylegan2": "stylegan2",
    "nvlabs_stylegan3_t": "stylegan3",
    "nvlabs_stylegan3_r": "stylegan3",
}
"""Reference files in NVIDIA's own names, and what they are."""


@pytest.mark.parametrize("name", [n for n, a in GOLDEN.items() if a in ARCHITECTURES.ids])
def test_images_equal_the_published_ones(name: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = write_nvlabs(tmp_path / "x.pkl", parameters(name), arguments(name), marker)
    data = golden(name)
    gan = ll.load_generator(path)
    codes = ll.map_latents(gan, data["in.z"], data.get("in.label"))
    assert_close(ll.render(gan, codes), data["out.image"])
    truncated = ll.map_latents(gan, data["in.z"], data.get("in.label"), truncation_psi=0.7)
    assert_close(ll.render(gan, truncated), data["out.image_psi07"])
    assert gan.details["container"] == "nvlabs-pickle"
    assert not marker.exists()


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    return dict(tiny().network.state_dict())


ARGUMENTS = {
    "z_dim": 6,
    "w_dim": 5,
    "synthesis_kwargs": {"channel_base": 96, "conv_clamp": 256},
    "mapping_kwargs": {"num_layers": 2, "lr_multiplier": 0.02},
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol(protocol: int, weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = write_nvlabs(tmp_path / "x.pkl", weights, ARGUMENTS, marker, protocol)
    checkpoint = read_checkpoint(path)
    assert checkpoint.container == "nvlabs-pickle"
    for name, tensor in weights.items():
        torch.testing.assert_close(checkpoint.tensors[f"G_ema.{name}"], tensor, rtol=0, atol=0)
        assert not checkpoint.tensors[f"G.{name}"].any()
    assert "D.b4.out.weight" in checkpoint.tensors
    assert not marker.exists()


def test_arguments_of_the_constructor(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    """Dotted under the network; those of the synthesis network also as the generator's own."""
    path = write_nvlabs(tmp_path / "x.pkl", weights, ARGUMENTS, tmp_path / "ran")
    config = read_checkpoint(path).config
    assert config["G_ema.z_dim"] == 6
    assert config["G_ema.class_name"] == "Generator"
    assert config["G_ema.synthesis_kwargs.channel_base"] == 96
    assert config["G_ema.conv_clamp"] == 256
    assert config["G_ema.lr_multiplier"] == 0.02
    assert config["D.class_name"] == "Discriminator"
    settings = ll.load_generator(path).network.settings
    assert (settings.conv_clamp, settings.lr_multiplier) == (256, 0.02)


def test_training_hints_and_no_source(weights: dict[str, torch.Tensor], tmp_path: Path) -> None:
    """What it was trained on is kept; the source beside it is not."""
    path = write_nvlabs(tmp_path / "x.pkl", weights, ARGUMENTS, tmp_path / "ran")
    checkpoint = read_checkpoint(path)
    assert checkpoint.details["training_set"]["resolution"] == 32
    assert checkpoint.details["networks"] == {
        "G": "Generator", "D": "Discriminator", "G_ema": "Generator"
    }  # fmt: skip
    assert "import pathlib" not in repr((checkpoint.config, checkpoint.details))


def test_a_layer_tells_what_the_arguments_leave_out(tmp_path: Path) -> None:
    """An argument left at its default still shows in the layers, where they agree."""
    from latent_levers.core.files.containers.safe_reading.limits_and_refusals import Reading
    from latent_levers.core.files.containers.safe_reading.plain_data import Name, Record
    from latent_levers.core.files.containers.safe_reading.saved_networks import stated_settings

    def module(children: dict[str, Record], **attributes: Any) -> Record:
        state = {"_parameters": {}, "_modules": children, **attributes}
        return Record(Name("", "Part"), state=state)

    layers = {f"b{i}": module({}, conv_clamp=256, in_channels=i, use_noise=True) for i in (4, 8)}
    network = module({"synthesis": module(layers, num_layers=14)}, z_dim=7)
    settings = stated_settings({"G_ema": network}, Reading("x", "a pickle", 100))
    assert settings["G_ema.conv_clamp"] == 256
    assert settings["G_ema.num_layers"] == 14
    assert settings["G_ema.z_dim"] == 7
    assert "G_ema.in_channels" not in settings


def test_a_pickle_without_networks(tmp_path: Path) -> None:
    path = write_nvlabs(tmp_path / "x.pkl", {}, ARGUMENTS, tmp_path / "ran")
    with pytest.raises(CheckpointError, match="is a discriminator"):
        ll.load_generator(path)


def test_a_network_saved_whole_in_a_torch_file(
    weights: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    """Inversions by pivotal tuning save the persistent object itself with torch.save."""
    from pickle_writer import names_of_nvidia, persistent_module, source_that_leaves

    marker = tmp_path / "ran"
    attributes = {"_init_kwargs": ARGUMENTS}
    module = persistent_module(weights, "Generator", source_that_leaves(marker), attributes)
    with names_of_nvidia():
        torch.save(module, tmp_path / "model.pt")
    gan = ll.load_generator(tmp_path / "model.pt")
    z = ll.sample_latents(tiny(), 2, seed=3)
    torch.testing.assert_close(ll.render(gan, z), ll.render(tiny(), z), rtol=1e-3, atol=1e-3)
    assert gan.network.settings.conv_clamp == 256
    assert not marker.exists()


def test_arguments_that_nobody_knows_are_told(
    weights: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    """Wherever they are nested; known ones, and those that are none, are not."""
    stated = {**ARGUMENTS, "mirrored": True, "fused_modconv_default": False, "nothing": None}
    stated["synthesis_kwargs"] = {**ARGUMENTS["synthesis_kwargs"], "wavelets": "haar"}
    path = write_nvlabs(tmp_path / "x.pkl", weights, stated, tmp_path / "ran")
    with pytest.warns(PackWarning) as caught:
        ll.load_generator(path)
    said = [str(w.message) for w in caught if "does not know" in str(w.message)]
    assert len(said) == 2
    assert any("states mirrored=True" in words for words in said)
    assert any("states synthesis_kwargs.wavelets=haar" in words for words in said)


def test_a_stylegan3_that_is_not_square_is_refused(tmp_path: Path) -> None:
    name = "nvlabs_stylegan3_t"
    stated = {**arguments(name), "square": False}
    path = write_nvlabs(tmp_path / "x.pkl", parameters(name), stated, tmp_path / "ran")
    with pytest.raises(CheckpointError, match="twice as high as wide"):
        ll.load_generator(path)
