"""A file of another kind of model is told by its name, with the folder and node it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.files.foreign_models import FOREIGN_MODELS, foreign_model
from latent_levers.core.files.loading import load_generator
from safetensors.torch import save_file

NAMES = {
    "a checkpoint of a diffusion model": [
        "model.diffusion_model.input_blocks.0.0.weight",
        "first_stage_model.decoder.conv_in.weight",
    ],
    "a LoRA": ["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"],
    "a ControlNet": ["control_model.input_blocks.0.0.weight"],
    "a diffusion model": ["double_blocks.0.img_attn.qkv.weight"],
    "a VAE": ["decoder.conv_in.weight", "encoder.down.0.block.0.conv1.weight"],
    "a text encoder": ["text_model.embeddings.position_embedding.weight"],
    "an image encoder": ["vision_model.embeddings.class_embedding"],
    "an upscaler": ["body.0.rdb1.conv1.weight"],
}
"""Names as published files have them."""


@pytest.mark.parametrize("title", NAMES)
def test_the_message_says_what_it_is_and_where_it_belongs(title: str, tmp_path: Path):
    path = tmp_path / "some.safetensors"
    save_file({name: torch.zeros(2, 2) for name in NAMES[title]}, path)
    model = foreign_model(NAMES[title])
    assert model is not None
    with pytest.raises(CheckpointError) as caught:
        load_generator(path)
    told = str(caught.value)
    assert f"some.safetensors is {title}, by the names of its tensors, and holds no GAN" in told
    assert f"models/{model.folder}" in told
    assert model.node in told


def test_every_kind_has_an_example():
    assert {model.title for model in FOREIGN_MODELS} == NAMES.keys()


@pytest.mark.parametrize("name", CASES)
def test_generators_are_not_taken_for_others(name: str):
    assert foreign_model(tiny(name).network.state_dict()) is None


def test_what_nobody_knows_is_nothing():
    assert foreign_model(["weight", "bias", "layers.0.w"]) is None
