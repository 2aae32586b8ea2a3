"""StyleGAN (v1) with the parameter names of facebookresearch/pytorch_GAN_zoo."""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ..stylegan1.progressive_files import seeded_noises
from .training_settings import ASSUMES, he_constant, image_settings

_MODULE = r"(?:\.module)?)\.(weight|bias)"
_CONVOLUTION = re.compile(r"(conv0|scaleLayers\.(\d{1,2})\.([02])" + _MODULE)
_STYLE = re.compile(r"((?:adain0([01])|scaleLayers\.(\d{1,2})\.([13]))\.styleModulator" + _MODULE)
_NOISE = re.compile(r"(?:noiseMod0([01])|noiseModulators\.(\d{1,2})\.([01]))(?:\.module)?\.weight")
_IMAGE = re.compile(r"(toRGBLayers\.(\d{1,2})" + _MODULE)
_MAPPING = re.compile(r"(mapping\.FC\.(\d{1,3})" + _MODULE)
_ROOT = math.sqrt(2)


class GanZooStyleGAN1(AbstractDialect):
    """`mapping.FC.N`, `baseScale0`, `scaleLayers.N.M`, `noiseModulators`, `toRGBLayers.N`.

    As in its PGGAN, each layer multiplies its output, bias included, by He's constant. The style's
    scale lacks the constant 1, the noise has one strength per layer, nothing is blurred, and 4 x 4
    pixels have no image layer.
    """

    id = "gan-zoo-stylegan1"
    title = "pytorch_GAN_zoo StyleGAN (v1)"
    architecture = "stylegan1"
    assumes = ASSUMES
    signature = KeySignature(
        {
            "baseScale0": 4,
            "mapping.FC.0.*weight": 2,
            "adain00.styleModulator.*weight": 2,
            "conv0.*weight": 4,
            "toRGBLayers.0.*weight": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`."""
        foreign = checkpoint.tensors
        const = foreign["baseScale0"][0]
        tensors = {
            "synthesis.b4.layer0.const": const,
            "synthesis.b4.layer0.bias": torch.zeros(len(const)),
            "synthesis.resample_filter": torch.ones(1, 1),
        }
        strengths: dict[str, Tensor] = {}
        for name in foreign:
            if match := _CONVOLUTION.fullmatch(name):
                layer = "b4.layer1" if not match[2] else _layer(match[2], int(match[3]) // 2)
                scale = 1.0 if match[4] == "weight" else he_constant(foreign, match[1])
                tensors[f"synthesis.{layer}.{match[4]}"] = foreign[name] * scale
            elif match := _STYLE.fullmatch(name):
                layer = _layer(match[3], int(match[4] or 0) // 2, match[2])
                if match[5] == "weight":
                    value = foreign[name] * _ROOT
                else:
                    scale, shift = (foreign[name] * he_constant(foreign, match[1])).chunk(2)
                    value = torch.cat([scale - 1, shift])
                tensors[f"synthesis.{layer}.affine.{match[5]}"] = value
            elif match := _NOISE.fullmatch(name):
                strengths[_layer(match[2], int(match[3] or 0), match[1])] = foreign[name]
            elif match := _IMAGE.fullmatch(name):
                scale = _ROOT if match[3] == "weight" else he_constant(foreign, match[1])
                target = f"synthesis.b{8 << int(match[2])}.torgb.{match[3]}"
                tensors[target] = foreign[name] * scale
            elif match := _MAPPING.fullmatch(name):
                bias = match[3] == "bias"
                scale = he_constant(foreign, match[1]) / _ROOT if bias else 1.0
                tensors[f"mapping.fc{match[2]}.{match[3]}"] = foreign[name] * scale
        for layer, strength in strengths.items():
            channels = len(tensors[f"synthesis.{layer}.bias"])
            tensors[f"synthesis.{layer}.noise_strength"] = strength.reshape(1).expand(channels)
        if "mean_w" in foreign:
            tensors["mapping.w_avg"] = foreign["mean_w"].flatten()
        sizes = {int(layer.split(".")[0][1:]) for layer in strengths}
        tensors |= seeded_noises(sorted(sizes), const)
        known = {"c_dim": 0, "lr_multiplier": 0.01, **image_settings(checkpoint.config)}
        config = {**known, **checkpoint.config}
        return Blueprint(self.architecture, tensors, config, checkpoint.details)


def _layer(scale: str | None, number: int, first: str | None = None) -> str:
    """Canonical name of a layer of a scale, or of the two at 4 x 4 pixels."""
    return f"b4.layer{first}" if scale is None else f"b{8 << int(scale)}.layer{number}"
