"""StyleGAN (v1) with the names of its TensorFlow release, and config A of StyleGAN2's release."""

from __future__ import annotations

import math
import re
from typing import Any

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import declared_scalar
from ..genforce.pggan import FINISHED
from .weight_layout import require_arguments, to_torch_axes

_LAYER = re.compile(r"synthesis/(\d{1,5})x\1/(Const|Dense|Conv|Conv0_up|Conv1)/(.+)")
_IMAGE = re.compile(r"synthesis/ToRGB_lod(\d{1,2})/(weight|bias)")
_NOISE = re.compile(r"synthesis/noise(\d{1,2})")
_MAPPING = re.compile(r"mapping/Dense(\d{1,3})/(weight|bias)")
_NUMBERS = {"Const": 0, "Dense": 0, "Conv": 1, "Conv0_up": 0, "Conv1": 1}
_PARTS = {
    "weight": "weight",
    "bias": "bias",
    "const": "const",
    "Noise/weight": "noise_strength",
    "StyleMod/weight": "affine.weight",
    "StyleMod/bias": "affine.bias",
}
_TAPS = 32
"""Most taps of a low-pass filter; real ones have far fewer."""
_OTHERS = {"dlatent_avg": "mapping.w_avg", "mapping/LabelConcat/weight": "mapping.label_weight"}


class TensorflowStyleGAN1(AbstractDialect):
    """`synthesis/<size>x<size>/Conv0_up` with `StyleMod` and `Noise`, `mapping/Dense<i>`."""

    id = "tensorflow-stylegan1"
    title = "StyleGAN's TensorFlow release"
    architecture = "stylegan1"
    assumes = FINISHED
    harmless = ("synthesis/lod",)  # a copy of "lod"
    signature = KeySignature(
        {
            "mapping/Dense0/weight": 2,
            "synthesis/4x4/*/StyleMod/weight": 2,
            "synthesis/4x4/Conv/weight": 4,
            "synthesis/ToRGB_lod0/weight": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; biases of the mapping network are divided by sqrt(2).

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: The network was built with arguments that are not supported.
        """
        config = checkpoint.config
        require_arguments(
            config,
            {
                "use_wscale": True,
                "use_styles": True,
                "use_pixel_norm": False,
                "use_instance_norm": True,
                "normalize_latents": True,
                "nonlinearity": "lrelu",
                "mapping_nonlinearity": "lrelu",
            },
        )
        layers = [match for name in checkpoint.tensors if (match := _LAYER.fullmatch(name))]
        largest = max(int(match[1]) for match in layers)
        tensors: dict[str, Tensor] = {}
        foreign = checkpoint.tensors
        for name in foreign:
            if name in _OTHERS:
                tensors[_OTHERS[name]] = foreign[name]
            elif match := _MAPPING.fullmatch(name):
                scale = 1 / math.sqrt(2) if match[2] == "bias" else 1.0
                tensors[f"mapping.fc{match[1]}.{match[2]}"] = to_torch_axes(foreign[name]) * scale
            elif match := _NOISE.fullmatch(name):
                number = int(match[1])
                target = f"b{4 << number // 2}.layer{number % 2}.noise_const"
                tensors[f"synthesis.{target}"] = foreign[name][0, 0]
            elif match := _IMAGE.fullmatch(name):
                target = f"b{largest >> int(match[1])}.torgb.{match[2]}"
                tensors[f"synthesis.{target}"] = to_torch_axes(foreign[name])
            elif (match := _LAYER.fullmatch(name)) and match[3] in _PARTS:
                target = f"b{match[1]}.layer{_NUMBERS[match[2]]}.{_PARTS[match[3]]}"
                stored = foreign[name]
                stored = stored[0] if match[3] == "const" else to_torch_axes(stored)
                tensors[f"synthesis.{target}"] = stored
        if "blur_filter" in config:
            tensors["synthesis.resample_filter"] = _kernel(config["blur_filter"])
        known = {
            "lr_multiplier": config.get("lr_multiplier", config.get("mapping_lrmul", 0.01)),
            "fused_scale": config.get("fused_scale", "auto"),
        }
        if "lod" in checkpoint.tensors:
            known["lod"] = declared_scalar(checkpoint.tensors, "lod")
        return Blueprint(self.architecture, tensors, {**config, **known}, checkpoint.details)


def _kernel(row: Any) -> Tensor:
    """The separable low-pass filter of sum 1 from its 1-D taps; none means no filter.

    Returns:
        `[k, k]`.

    Raises:
        CheckpointError: The taps are not a list of 1 to 32 numbers with a finite sum other than 0.
    """
    taps = [1.0] if row is None else row
    plain = isinstance(taps, (list, tuple)) and all(isinstance(v, (int, float)) for v in taps)
    if not plain or not 0 < len(taps) <= _TAPS or not 0 < abs(sum(taps)) < math.inf:
        raise CheckpointError(f"blur_filter is stated as {str(row)[:50]}", "a few numbers")
    values = torch.tensor(taps, dtype=torch.float32)
    return torch.outer(values, values) / values.sum().square()
