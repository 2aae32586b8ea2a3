"""StyleGAN (v1) with the parameter names of genforce and of Hammer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import declared_scalar
from .pggan import FINISHED, canonical_layer, dense_rows

_LAYER = re.compile(r"synthesis\.(layer|output)(\d{1,2})\.(.+)")
_MAPPING = re.compile(r"mapping\.dense(\d{1,3})\.(weight|bias)")
_PARTS = {
    "weight": "weight",
    "bias": "bias",
    "const": "const",
    "style.weight": "affine.weight",
    "style.bias": "affine.bias",
}
_ASSUMES = {
    "fused_scale": "auto was assumed, as in the published networks: kernels are rotated from 128 "
    "pixels",
    **FINISHED,
}
"""What the files of both code bases do not state, or need not."""

_RESHAPED: Mapping[str, Callable[[Tensor], Tensor]] = {
    "const": lambda stored: stored[0],
    "noise_const": lambda stored: stored[0, 0],
    "noise_strength": lambda stored: stored.flatten(),
}
"""Conversions of the parts that are stored with axes of length one."""


def _translated(
    checkpoint: Checkpoint, parts: Mapping[str, str], others: Mapping[str, str], kernel: str
) -> Blueprint:
    """Translate either set of names to the canonical one.

    The canonical mapping network has a gain of sqrt(2) after each leaky ReLU. Here that gain is
    part of the scale of the weights, so the biases are divided by it.

    Args:
        checkpoint: Tensors with foreign names.
        parts: Foreign to canonical names of the parts of a layer.
        others: Foreign to canonical names of the mean w and the class embedding.
        kernel: Name of the low-pass filter within a layer; all layers that have one share it.

    Returns:
        The canonical tensors.

    Raises:
        CheckpointError: The filters of two layers differ.
    """
    foreign = checkpoint.tensors
    tensors: dict[str, Tensor] = {}
    for name in foreign:
        if match := _MAPPING.fullmatch(name):
            gain = math.sqrt(2) if match[2] == "bias" else 1
            tensors[f"mapping.fc{match[1]}.{match[2]}"] = foreign[name] / gain
        elif (match := _LAYER.fullmatch(name)) and match[3] in parts:
            part = parts[match[3]]
            stored = foreign[name]
            stored = dense_rows(stored) if name == "synthesis.layer0.weight" else stored
            stored = _RESHAPED[part](stored) if part in _RESHAPED else stored
            tensors[f"{canonical_layer(match[1], int(match[2]))}.{part}"] = stored
        elif name in others:
            tensors[others[name]] = foreign[name]
        elif match and match[3] == kernel:
            shared = tensors.setdefault("synthesis.resample_filter", foreign[name][0, 0])
            if not torch.equal(shared, foreign[name][0, 0]):
                raise CheckpointError(f"{name} is another filter", "one that all layers share")
    config = dict(checkpoint.config)
    if "synthesis.lod" in checkpoint.tensors:
        config["lod"] = declared_scalar(checkpoint.tensors, "synthesis.lod")
    return Blueprint("stylegan1", tensors, config, checkpoint.details)


class GenforceStyleGAN1(AbstractDialect):
    """`layer<i>` with `apply_noise` and `blur`, mean w in `truncation.w_avg`."""

    id = "genforce-stylegan1"
    title = "genforce (SeFa repository) StyleGAN (v1)"
    architecture = "stylegan1"
    assumes = _ASSUMES
    signature = KeySignature(
        {
            "synthesis.layer0.apply_noise.weight": 1,
            "synthesis.layer0.style.weight": 2,
            "synthesis.layer1.weight": 4,
            "synthesis.output0.weight": 4,
            "mapping.dense0.weight": 2,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`."""
        parts = {
            **_PARTS,
            "apply_noise.noise": "noise_const",
            "apply_noise.weight": "noise_strength",
        }
        others = {
            "truncation.w_avg": "mapping.w_avg",
            "mapping.label_weight": "mapping.label_weight",
        }
        return _translated(checkpoint, parts, others, "blur.kernel")


class HammerStyleGAN1(AbstractDialect):
    """As genforce, but noise and filter are in the layer itself, and mean w is `w_avg`."""

    id = "hammer-stylegan1"
    title = "Hammer (ReSeFa repository) StyleGAN (v1)"
    architecture = "stylegan1"
    assumes = _ASSUMES
    signature = KeySignature(
        {
            "synthesis.layer0.bias": 1,
            "synthesis.layer0.style.weight": 2,
            "synthesis.layer1.weight": 4,
            "synthesis.output0.weight": 4,
            "mapping.dense0.weight": 2,
        },
        forbidden=("synthesis.early_layer.*", "*.apply_noise.*", "*output0.style.*"),
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`."""
        parts = {**_PARTS, "noise": "noise_const", "noise_strength": "noise_strength"}
        others = {"w_avg": "mapping.w_avg", "mapping.embedding": "mapping.label_weight"}
        return _translated(checkpoint, parts, others, "filter")
