"""A file of another kind of model is told by its name, and what can be done with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cases import CASES, tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.base.wording import LIBRARY
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
    "the state of an optimizer": ["state.0.exp_avg", "state.0.step"],
    "a discriminator": ["final_conv.0.weight", "convs.0.0.weight"],
    "an encoder of pictures into latents": ["encoder.input_layer.0.weight"],
    "a network that compares faces": ["input_layer.0.weight", "body.0.res_layer.1.weight"],
    "a GAN of lucidrains' stylegan2-pytorch": ["GAN.G.blocks.0.to_style1.weight"],
    "a FastGAN": ["init.init.0.weight_orig", "feat_8.0.weight"],
    "an EG3D": ["backbone.synthesis.b4.const", "superresolution.block0.conv0.weight"],
    "a SWAGAN, which draws wavelets": ["iwt.ll"],
    "a StyleSwin": ["layers.0.blocks.0.attn.qkv.weight"],
    "a GANformer": ["synthesis.b8.conv0.transformer.to_queries.weight"],
    "a BMSG-GAN": ["layers.0.conv_1.weight", "rgb_converters.0.weight"],
    "a StyleGAN (v1) of an early version of rosinality's repository": [
        "generator.progression.1.conv1.conv.weight_orig"
    ],
    "a GAN of PyTorch-StudioGAN": ["linear0.weight", "blocks.0.0.deconv0.weight"],
    "a generator that turns pictures into pictures": ["model.10.conv_block.1.weight"],
}
"""Names as published files have them."""

SIBLINGS = {
    "a FastGAN": ["G_ema.synthesis.feat_8.1.weight_orig", "netG.se_64.main.1.weight"],
    "a discriminator": ["d.final_linear.1.weight", "netD.fromRGBLayers.0.module.weight"],
    "an encoder of pictures into latents": [
        "styles.0.convs.0.weight",
        "latlayer1.weight",
        "state_dict.encoder.linear.weight",
    ],
    "the state of an optimizer": ["optimizer.state.3.momentum_buffer"],
}
"""Further names of some kinds."""


@pytest.mark.parametrize("title", NAMES)
def test_the_message_says_what_it_is_and_where_it_belongs(title: str, tmp_path: Path):
    path = tmp_path / "some.safetensors"
    save_file({name: torch.zeros(2, 2) for name in NAMES[title]}, path)
    model = foreign_model(NAMES[title])
    assert model is not None
    with pytest.raises(CheckpointError) as caught:
        load_generator(path)
    told = str(caught.value)
    assert f"some.safetensors is {title}, by the names of its tensors, {model.verdict}" in told
    assert LIBRARY.word(model.remedy) in told


@pytest.mark.parametrize("title", SIBLINGS)
def test_siblings(title: str):
    for name in SIBLINGS[title]:
        model = foreign_model([name])
        assert model is not None, name
        assert model.title == title


def test_models_of_comfyui_have_their_folder_and_node():
    model = foreign_model(["vision_model.embeddings.class_embedding"])
    assert model is not None
    assert "models/clip_vision" in model.remedy
    assert "Load CLIP Vision" in model.remedy


def test_every_kind_has_an_example():
    assert {model.title for model in FOREIGN_MODELS} == NAMES.keys()


@pytest.mark.parametrize("name", CASES)
def test_generators_are_not_taken_for_others(name: str):
    assert foreign_model(tiny(name).network.state_dict()) is None


def test_what_nobody_knows_is_nothing():
    assert foreign_model(["weight", "bias", "layers.0.w"]) is None
