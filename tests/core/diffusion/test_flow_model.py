"""Reading a flow model: what is stored comes back, and what is at odds is refused."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from latent_levers.core.base.atomic_files import write_safetensors
from latent_levers.core.base.errors import CheckpointError, FieldError
from latent_levers.core.diffusion.flow_model import FORMAT, load_flow_model
from latent_levers.core.diffusion.unet import UNet, UNetSettings
from latent_levers.core.files.network_file import header_of

SMALL = UNetSettings(4, 32, (1, 1), (1, 1), (False, True), 16)
BOX = {"top": 0.5, "left": 0.25, "height": 0.125, "width": 0.5}


def write(path: Path, change: dict[str, Any]) -> UNet:
    """A small model's file, with some entries of the settings changed."""
    torch.manual_seed(0)
    network = UNet(SMALL)
    tensors = {name: tensor.bfloat16() for name, tensor in network.state_dict().items()}
    header = header_of(
        FORMAT,
        settings=asdict(SMALL) | change,
        latent={"square": 2, "side": 8},
        regions={"mouth": BOX},
        training={"images": 3},
    )
    write_safetensors(path, tensors, header)
    return network


def test_a_stored_model_comes_back(tmp_path: Path) -> None:
    """Weights as rounded, ready to evaluate, and what the header says."""
    network = write(tmp_path / "flow.safetensors", {})
    model = load_flow_model(tmp_path / "flow.safetensors")
    assert model.latent_shape == (4, 8, 8)
    assert model.regions == {"mouth": BOX}
    assert model.training == {"images": 3}
    assert model.network.settings == SMALL
    assert not model.network.training
    for name, tensor in model.network.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name].bfloat16().float())
    assert not any(parameter.requires_grad for parameter in model.network.parameters())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channel_mult": [1, 2]}, "holds [0-9]+ weights"),
        ({"model_channels": 1024}, "holds [0-9]+ weights"),
        ({"model_channels": 10**9}, "'model_channels'"),
        ({"num_res_blocks": [1, 10**6]}, "num_res_blocks"),
        ({"channel_mult": [1] * 1000}, "'channel_mult'"),
        ({"attention": [True]}, "levels"),
        ({"num_head_channels": 8.5}, "'num_head_channels'"),
        ({"in_channels": None}, "'in_channels'"),
    ],
)
def test_headers_at_odds_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """With words, and before memory is spent on them."""
    write(tmp_path / "flow.safetensors", change)
    with pytest.raises((CheckpointError, FieldError), match=words):
        load_flow_model(tmp_path / "flow.safetensors")


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Another format of the pack's is named as not this one."""
    write_safetensors(tmp_path / "other.safetensors", {"w": torch.zeros(1)}, header_of("other/1"))
    with pytest.raises(CheckpointError, match="no flow model"):
        load_flow_model(tmp_path / "other.safetensors")
