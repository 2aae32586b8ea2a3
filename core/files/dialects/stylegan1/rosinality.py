"""StyleGAN (v1) with the parameter names of rosinality's repository."""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import numbers_in_names
from .progressive_files import (
    FINISHED,
    seeded_noises,
    shared_filter,
    trained_blocks,
    untrained_note,
)

_LAYER = re.compile(r"generator\.progression\.(\d{1,2})\.(conv|noise|adain)([12])\.(.+)")
_IMAGE = re.compile(r"generator\.to_rgb\.(\d{1,2})\.conv\.(weight_orig|bias)")
_PARTS = {
    "conv.input": "const",
    "conv.conv.weight_orig": "weight",
    "conv.conv.bias": "bias",
    "conv.1.conv.weight_orig": "weight",
    "conv.1.conv.bias": "bias",
    "conv.0.weight": "fused weight",
    "conv.0.bias": "bias",
    "conv.1.weight": "filter",
    "conv.2.weight": "filter",
    "noise.weight_orig": "noise_strength",
    "adain.style.linear.weight_orig": "affine.weight",
    "adain.style.linear.bias": "affine.bias",
}
_ZERO_AT_FIRST = ("bias", "noise_strength")
_ROOT = math.sqrt(2)


class RosinalityStyleGAN1(AbstractDialect):
    """`generator.progression.N` with `conv1`, `noise1`, `adain1`; `generator.to_rgb.N`; `style.N`.

    All weights, those of the noise included, have He's scale, `sqrt(2 / inputs)`. Fused upsampling
    layers average the four shifted kernels where NVIDIA's sum them. Upsampling layers add their
    bias before the low-pass filter, the style's bias contains the constant 1, and the instance norm
    has the epsilon of torch, 1e-5.
    """

    id = "rosinality-stylegan1"
    title = "rosinality StyleGAN (v1)"
    architecture = "stylegan1"
    assumes = FINISHED
    harmless = ("*.weight_flip",)  # for gradients
    signature = KeySignature(
        {
            "generator.progression.0.conv1.input": 4,
            "generator.progression.0.conv2.conv.weight_orig": 4,
            "generator.progression.0.adain1.style.linear.weight_orig": 2,
            "generator.to_rgb.0.conv.weight_orig": 4,
            "style.1.linear.weight_orig": 2,
        },
        forbidden=("generator.progression.*.conv1.conv.weight_orig",),  # of early versions
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; blocks that were never trained are left out."""
        foreign = checkpoint.tensors
        filters: list[Tensor] = []
        zeros: dict[int, list[Tensor]] = {}
        tensors: dict[str, Tensor] = {}
        for name in foreign:
            match = _LAYER.fullmatch(name)
            part = _PARTS.get(f"{match[2]}.{match[4]}") if match else None
            if match and part:
                block, layer = int(match[1]), int(match[3]) - 1
                if part in _ZERO_AT_FIRST:
                    zeros.setdefault(block, []).append(foreign[name])
                if part == "filter":
                    filters.append(foreign[name])
                    continue
                target = f"b{4 << block}.layer{layer}.{part.removeprefix('fused ')}"
                tensors[f"synthesis.{target}"] = _value(part, foreign[name])
            elif match := _IMAGE.fullmatch(name):
                scale, part = (_ROOT, "weight") if match[2] != "bias" else (1.0, "bias")
                tensors[f"synthesis.b{4 << int(match[1])}.torgb.{part}"] = foreign[name] * scale
        const = tensors["synthesis.b4.layer0.const"]
        tensors["synthesis.b4.layer0.bias"] = torch.zeros(len(const))
        blocks, trained = len(zeros), trained_blocks(zeros)
        kept = [4 << block for block in range(trained)]
        tensors = {n: t for n, t in tensors.items() if int(n.split(".")[1][1:]) <= kept[-1]}
        tensors |= _mapping(checkpoint)
        tensors |= seeded_noises(kept, const)
        kernel, notes = shared_filter(filters)
        if kernel is not None:
            tensors["synthesis.resample_filter"] = kernel
        known = {
            "c_dim": 0,
            "lr_multiplier": 1.0,
            "fused_scale": False,
            "norm_epsilon": 1e-5,
            "blurred_bias": True,
        }
        notes += untrained_note(trained, blocks, const.shape[1])
        details = checkpoint.details_with(notes)
        return Blueprint(self.architecture, tensors, {**known, **checkpoint.config}, details)


def _value(part: str, tensor: Tensor) -> Tensor:
    """A tensor of a layer in its canonical shape and scale."""
    if part == "const":
        return tensor[0]
    if part == "fused weight":  # [I, O, 3, 3], rotated, as the kernel of a transposed convolution
        return tensor.transpose(0, 1).flip(2, 3) / 4
    if part == "noise_strength":
        return tensor.flatten() * math.sqrt(2 / tensor.numel())
    if part == "affine.weight":
        return tensor * _ROOT
    if part == "affine.bias":
        scale, shift = tensor.chunk(2)
        return torch.cat([scale - 1, shift])
    return tensor


def _mapping(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The mapping network; its biases act outside the gain of the rectifier there."""
    foreign = checkpoint.tensors
    tensors: dict[str, Tensor] = {}
    numbers = numbers_in_names(foreign, r"style\.(\d{1,3})\.linear\.weight_orig")
    for index, number in enumerate(numbers):
        weight, bias = f"style.{number}.linear.weight_orig", f"style.{number}.linear.bias"
        tensors[f"mapping.fc{index}.weight"] = foreign[weight]
        if bias in foreign:
            tensors[f"mapping.fc{index}.bias"] = foreign[bias] / _ROOT
    return tensors
