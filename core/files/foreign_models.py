"""Models that are no GANs, by tensor names, and the ComfyUI node that loads each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LOADED_ELSEWHERE = (
    "Put it into models/{folder} and open it with ComfyUI's own {node}; a GAN is needed here"
)


@dataclass(frozen=True)
class ForeignModel:
    """One kind of model, identified by the names of its tensors alone."""

    title: str
    """Name of the kind, with its article."""
    names: str
    """A regular expression that matches the start of at least one tensor name."""
    folder: str
    """Folder in which ComfyUI looks for it, below models."""
    node: str
    """The node that loads it."""

    @property
    def remedy(self) -> str:
        """What to do with it, as a sentence without a full stop."""
        return _LOADED_ELSEWHERE.format(folder=self.folder, node=self.node)


FOREIGN_MODELS = (
    ForeignModel(
        "a ControlNet",
        r"control_model\.|controlnet_(cond_embedding|down_blocks|mid_block)",
        "controlnet",
        "Load ControlNet Model",
    ),
    ForeignModel(
        "a LoRA",
        r".*(lora_(up|down|A|B)\b|\.lora\.|lokr_w|hada_w)|lora_(unet|te)",
        "loras",
        "Load LoRA",
    ),
    ForeignModel(
        "a checkpoint of a diffusion model",
        r"(model\.diffusion_model|cond_stage_model|conditioner\.embedders)\.",
        "checkpoints",
        "Load Checkpoint",
    ),
    ForeignModel(
        "a diffusion model",
        r"(double_blocks|joint_blocks|input_blocks|down_blocks|transformer_blocks)\.\d",
        "diffusion_models",
        "Load Diffusion Model",
    ),
    ForeignModel(
        "a VAE",
        r"(first_stage_model\.)?(encoder|decoder)\.(conv_in|mid|mid_block|down|up)\.",
        "vae",
        "Load VAE",
    ),
    ForeignModel(
        "a text encoder",
        r"(text_model|cond_stage_model\.transformer|encoder\.block\.\d|model\.layers\.\d)\b",
        "text_encoders",
        "Load CLIP",
    ),
    ForeignModel(
        "an image encoder",
        r"(vision_model|visual\.transformer)\.",
        "clip_vision",
        "Load CLIP Vision",
    ),
    ForeignModel(
        "an upscaler",
        r"(body\.\d+\.(rdb|conv)|model\.1\.sub\.\d|conv_body\.)",
        "upscale_models",
        "Load Upscale Model",
    ),
)
"""The first match is taken, since a checkpoint contains a VAE, too."""


def foreign_model(names: Iterable[str]) -> ForeignModel | None:
    """Identify a model that is no generator.

    Args:
        names: Names of its tensors.

    Returns:
        The kind of model, or none if it is unknown.
    """
    given = list(names)
    for model in FOREIGN_MODELS:
        fits = re.compile(model.names).match
        if any(fits(name) for name in given):
            return model
    return None
