"""StyleGAN2 with the parameter names of BasicSR."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from ...concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ..tensor_views import LazyTensors
from .rosinality import RosinalityStyleGAN2

_LAYER = re.compile(r"(?:style_)?(conv1|convs\.\d+|to_rgb1|to_rgbs\.\d+)\.(.+)")
_PARTS = {
    "modulated_conv.weight": "conv.weight",
    "modulated_conv.modulation.weight": "conv.modulation.weight",
    "modulated_conv.modulation.bias": "conv.modulation.bias",
    "activate.bias": "activate.bias",
    "modulated_conv.blur.kernel": "conv.blur.kernel",
    "upsample.kernel": "upsample.kernel",
    "weight": "noise.weight",
    "bias": "bias",
}
"""Parts of a layer there to those of rosinality's StyleGAN2, from which that code was derived."""

_VARIANT = (
    "BasicSR's bilinear StyleGAN2 has the same tensor names and cannot be told from the original "
    "one, which was assumed. If images look wrong, the file is of that variant, which is not "
    "supported"
)


class BasicSRStyleGAN2(AbstractDialect):
    """`style_mlp.N`, `style_convs.N.modulated_conv`, `to_rgbs.N`; otherwise as rosinality's.

    Resampling filters need not be stored; all published networks use [1, 3, 3, 1].
    """

    id = "basicsr-stylegan2"
    title = "BasicSR StyleGAN2"
    architecture = "stylegan2"
    signature = KeySignature(
        {
            "constant_input.weight": 4,
            "style_mlp.1.weight": 2,
            "style_conv1.modulated_conv.weight": 5,
            "style_conv1.modulated_conv.modulation.weight": 2,
            "to_rgb1.modulated_conv.weight": 5,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; noise images and mean w as in rosinality's files."""
        # Accessed only when used, so that what rosinality's dialect leaves is known to be left.
        renamed = LazyTensors(
            {
                target: partial(checkpoint.tensors.__getitem__, name)
                for name in checkpoint.tensors
                if (target := _renamed(name)) is not None
            }
        )
        blueprint = RosinalityStyleGAN2().translate(replace(checkpoint, tensors=renamed))
        is_certain = any(name.endswith(".kernel") for name in renamed)  # the variant has none
        details = checkpoint.details_with([] if is_certain else [_VARIANT])
        return replace(blueprint, details=details)


def _renamed(name: str) -> str | None:
    """The name in rosinality's StyleGAN2; none for a tensor that is not of the network."""
    if name == "constant_input.weight":
        return "input.input"
    if match := re.fullmatch(r"style_mlp\.(\d+\.(?:weight|bias))", name):
        return f"style.{match[1]}"
    if match := re.fullmatch(r"noises\.noise(\d+)", name):
        return f"noises.noise_{match[1]}"
    if name in ("latent_avg", "mean_latent", "latent_mean"):
        return name
    match = _LAYER.fullmatch(name)
    part = _PARTS.get(match[2]) if match else None
    is_image = match is not None and match[1].startswith("to_rgb")
    if match is None or part is None or name.startswith("style_") == is_image:
        return None
    return f"{match[1]}.{part}"
