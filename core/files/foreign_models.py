"""Models that the pack does not read, by tensor names, and what can be done with each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ForeignModel:
    """One kind of model, identified by the names of its tensors alone."""

    title: str
    """Name of the kind, with its article."""
    names: str
    """A regular expression that matches the start of at least one tensor name."""
    remedy: str
    """What to do with it, as a sentence without a full stop."""
    verdict: str = "and holds no GAN"
    """Why it is refused."""


def _of_comfyui(title: str, names: str, folder: str, node: str) -> ForeignModel:
    """A model that a node of ComfyUI loads from a folder below models."""
    remedy = f"«comfyui models/{folder}, with ComfyUI's own {node}»"
    return ForeignModel(title, names, remedy)


def half(title: str, names: str) -> ForeignModel:
    """A network of a training that is not the generator.

    Args:
        title: Name of the kind, with its article.
        names: A regular expression for the start of at least one tensor name.

    Returns:
        The model.
    """
    remedy = "Choose the generator of the same training, often named G, G_ema, netG or gen"
    return ForeignModel(title, names, remedy, "and holds no generator that the pack knows")


def _relative(title: str, names: str) -> ForeignModel:
    """A GAN of a family that the pack does not read."""
    remedy = "Use a generator of one of these families, or report the file's tensor names"
    return ForeignModel(title, names, remedy, "a family that the pack does not read")


FOREIGN_MODELS = (
    _of_comfyui(
        "a ControlNet",
        r"control_model\.|controlnet_(cond_embedding|down_blocks|mid_block)",
        "controlnet",
        "Load ControlNet Model",
    ),
    _of_comfyui(
        "a LoRA",
        r".*(lora_(up|down|A|B)\b|\.lora\.|lokr_w|hada_w)|lora_(unet|te)",
        "loras",
        "Load LoRA",
    ),
    _of_comfyui(
        "a checkpoint of a diffusion model",
        r"(model\.diffusion_model|cond_stage_model|conditioner\.embedders)\.",
        "checkpoints",
        "Load Checkpoint",
    ),
    _of_comfyui(
        "a diffusion model",
        r"(double_blocks|joint_blocks|input_blocks|down_blocks|transformer_blocks)\.\d",
        "diffusion_models",
        "Load Diffusion Model",
    ),
    _of_comfyui(
        "a VAE",
        r"(first_stage_model\.)?(encoder|decoder)\.(conv_in|mid|mid_block|down|up)\.",
        "vae",
        "Load VAE",
    ),
    _of_comfyui(
        "a text encoder",
        r"(text_model|cond_stage_model\.transformer|encoder\.block\.\d|model\.layers\.\d)\b",
        "text_encoders",
        "Load CLIP",
    ),
    _of_comfyui(
        "an image encoder",
        r"(vision_model|visual\.transformer)\.",
        "clip_vision",
        "Load CLIP Vision",
    ),
    _of_comfyui(
        "an upscaler",
        r"(body\.\d+\.(rdb|conv)|model\.1\.sub\.\d|conv_body\.)",
        "upscale_models",
        "Load Upscale Model",
    ),
    _relative(
        "a GAN of lucidrains' stylegan2-pytorch",
        r"(GAN\.)?(G|GE|S|SE|generator)\.(initial_block|blocks\.\d+\.to_style|net\.\d+\.)",
    ),
    _relative("a FastGAN", r"(.+\.)?(feat_\d+|se_\d+|to_big|to_128)\."),
    _relative("an EG3D", r"(backbone\.(mapping|synthesis)|superresolution)\."),
    _relative("a SWAGAN, which draws wavelets", r"(to_rgbs\.\d+\.)?(iwt|dwt)\.(ll|lh|hl|hh)"),
    _relative("a StyleSwin", r"layers\.\d+\.blocks\.\d+\.(attn|norm\d\.style)\b"),
    _relative("a GANformer", r"synthesis\.b\d+\.conv\d+\.transformer\b"),
    _relative("a BMSG-GAN", r"(rgb_converters\.\d+|layers\.\d+\.conv_[12])\."),
    _relative(
        "a StyleGAN (v1) of an early version of rosinality's repository",
        r"((generator|g_running)\.)*progression\.\d+\.conv1\.conv\.",
    ),
    _relative("a GAN of PyTorch-StudioGAN", r"(linear0|blocks\.\d+\.\d+\.(deconv\d|bn\d\.gain))\b"),
    _relative("a generator that turns pictures into pictures", r"model\.\d+\.conv_block\.\d+\."),
    half(
        "the state of an optimizer",
        r"(.*\.)?state\.\d+\.(exp_avg|momentum_buffer|square_avg|max_exp_avg_sq)\b",
    ),
    half(
        "a discriminator",
        r"((d|D|netD|discriminator|dis)\.)?"
        r"(final_conv|final_linear|from_?rgb|from_?RGB|fromRGB|b\d+\.fromrgb|b4\.(fc|out)|"
        r"decisionLayer|minibatch)\w*\.",
    ),
    ForeignModel(
        "an encoder of pictures into latents",
        r"((encoder|psp_encoder)\.)?(latlayer\d|styles\.\d+\.convs\.\d+)\.|"
        r"(encoder|psp_encoder)\.(input_layer|body|linear)\.",
        "Choose the generator that it was trained for; the encoder itself is for «load_encoder»",
        "and holds no generator",
    ),
    half("a network that compares faces", r"body\.\d+\.res_layer\.\d+\."),
)
"""The first match is taken, since a checkpoint contains a VAE, too."""


_AROUND = ("state_dict.", "params.", "params_ema.", "model_state_dict.")
"""Starts of names from dictionaries around a network."""


def foreign_model(names: Iterable[str]) -> ForeignModel | None:
    """Identify a model that is no generator.

    Args:
        names: Names of its tensors.

    Returns:
        The kind of model, or none if it is unknown.
    """
    given = list(names)
    given += [name.split(".", 1)[1] for name in given if name.startswith(_AROUND)]
    for model in FOREIGN_MODELS:
        fits = re.compile(model.names).match
        if any(fits(name) for name in given):
            return model
    return None
