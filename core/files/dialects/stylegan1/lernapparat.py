"""StyleGAN (v1) with the names of lernapparat's implementation, and of huangzh13's, made from it.

lernapparat's converts NVIDIA's networks and is the one that GANSpace uses; huangzh13's
(StyleGAN.pytorch) trains networks and numbers their blocks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from .progressive_files import (
    FINISHED,
    seeded_noises,
    shared_filter,
    trained_blocks,
    untrained_note,
)

_BLOCK = r"g_synthesis\.(?:blocks\.(\d{1,5})x\1|(init_block)|blocks\.(\d{1,2}))\.(.+)"
_LAYER = re.compile(_BLOCK)
_MAPPING = re.compile(r"g_mapping\.(?:map\.)?dense(\d{1,3})\.(weight|bias)")
_IMAGE = re.compile(r"g_synthesis\.(?:torgb|to_rgb\.(\d{1,2}))\.(weight|bias)")
_FILTER = "conv0_up.intermediate.kernel"
_PARTS = {
    "const": "layer0.const",
    "bias": "layer0.bias",
    "conv0_up.weight": "layer0.weight",
    "conv0_up.bias": "layer0.bias",
    "epi1.top_epi.noise.weight": "layer0.noise_strength",
    "epi1.style_mod.lin.weight": "layer0.affine.weight",
    "epi1.style_mod.lin.bias": "layer0.affine.bias",
    "conv.weight": "layer1.weight",
    "conv.bias": "layer1.bias",
    "conv1.weight": "layer1.weight",
    "conv1.bias": "layer1.bias",
    "epi2.top_epi.noise.weight": "layer1.noise_strength",
    "epi2.style_mod.lin.weight": "layer1.affine.weight",
    "epi2.style_mod.lin.bias": "layer1.affine.bias",
}
_ZERO_AT_FIRST = (
    "conv0_up.bias",
    "conv.bias",
    "conv1.bias",
    "epi1.top_epi.noise.weight",
    "epi2.top_epi.noise.weight",
)
_UNFILTERED = (
    "The file has no low-pass filter for its upsampling layers, so none is used. If images look "
    "wrong, its buffers were lost: use the original file"
)


class LernapparatStyleGAN1(AbstractDialect):
    """`g_mapping.denseN`, `g_synthesis.blocks.8x8.conv0_up`, one `g_synthesis.torgb`.

    Scales are NVIDIA's. Kernels are rotated from 128 pixels on, by the code itself, and the
    instance norm has the epsilon of torch, 1e-5. The mapping network has its rectifier's gain in
    the scale of the weights.
    """

    id = "lernapparat-stylegan1"
    title = "lernapparat's StyleGAN (v1), which GANSpace uses"
    architecture = "stylegan1"
    signature = KeySignature(
        {
            "g_mapping.dense0.weight": 2,
            "g_synthesis.blocks.4x4.const": 4,
            "g_synthesis.blocks.4x4.conv.weight": 4,
            "g_synthesis.blocks.4x4.epi1.style_mod.lin.weight": 2,
            "g_synthesis.torgb.weight": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; blocks that were never trained are left out."""
        foreign = checkpoint.tensors
        layers = [match for name in foreign if (match := _LAYER.fullmatch(name))]
        sizes = sorted({_resolution(match) for match in layers})
        filters: list[Tensor] = []
        zeros: dict[int, list[Tensor]] = {size.bit_length() - 3: [] for size in sizes}
        tensors = _around(foreign, sizes[-1])
        for match in layers:
            size, part = _resolution(match), match[4]
            if part == _FILTER:
                filters.append(foreign[match[0]])
            elif part in _PARTS:
                stored = foreign[match[0]]
                value = stored[0] if part == "const" else stored
                tensors[f"synthesis.b{size}.{_PARTS[part]}"] = value
                if part in _ZERO_AT_FIRST:
                    zeros[size.bit_length() - 3].append(stored)
        trained = trained_blocks(zeros)
        kept = [4 << block for block in range(trained)]
        tensors = {name: tensor for name, tensor in tensors.items() if _is_kept(name, kept[-1])}
        kernel, notes = shared_filter(filters)
        if not filters and len(sizes) > 1:
            notes.append(_UNFILTERED)
            kernel = torch.ones(1, 1)
        if kernel is not None:
            tensors["synthesis.resample_filter"] = kernel
        const = tensors["synthesis.b4.layer0.const"]
        if "synthesis.b4.layer0.noise_strength" in tensors:
            tensors |= seeded_noises(kept, const)
        known = {"lr_multiplier": 0.01, "fused_scale": "auto", "norm_epsilon": 1e-5}
        notes += untrained_note(trained, len(sizes), const.shape[1])
        details = checkpoint.details_with(notes)
        return Blueprint(self.architecture, tensors, {**known, **checkpoint.config}, details)


class Huangzh13StyleGAN1(LernapparatStyleGAN1):
    """`g_mapping.map.denseN`, `g_synthesis.init_block`, `blocks.N`, with an image layer each.

    The vector of a class is concatenated to z, and both are normalised together. The running mean w
    of an averaged generator was never updated and holds zeros, which are ignored.
    """

    id = "huangzh13-stylegan1"
    title = "huangzh13's StyleGAN.pytorch (v1)"
    assumes = FINISHED
    signature = KeySignature(
        {
            "g_mapping.map.dense0.weight": 2,
            "g_synthesis.init_block.const": 4,
            "g_synthesis.init_block.conv.weight": 4,
            "g_synthesis.init_block.epi1.style_mod.lin.weight": 2,
            "g_synthesis.to_rgb.0.weight": 4,
        }
    )


def _resolution(match: re.Match[str]) -> int:
    """Nominal resolution of the block in a name."""
    if match[1]:
        return int(match[1])
    return 4 if match[2] else 8 << int(match[3])


def _is_kept(name: str, largest: int) -> bool:
    """Whether a canonical tensor is not of a block above the largest resolution."""
    match = re.match(r"synthesis\.b(\d+)\.", name)
    return match is None or int(match[1]) <= largest


def _around(foreign: Mapping[str, Tensor], largest: int) -> dict[str, Tensor]:
    """The mapping network, the class embedding, the mean w and the image layers."""
    tensors: dict[str, Tensor] = {}
    for name in foreign:
        if match := _MAPPING.fullmatch(name):
            gain = math.sqrt(2) if match[2] == "bias" else 1
            tensors[f"mapping.fc{match[1]}.{match[2]}"] = foreign[name] / gain
        elif match := _IMAGE.fullmatch(name):
            size = largest if match[1] is None else 4 << int(match[1])
            tensors[f"synthesis.b{size}.torgb.{match[2]}"] = foreign[name]
        elif name == "class_embedding.weight":
            tensors["mapping.label_weight"] = foreign[name]
        elif name == "truncation.avg_latent" and foreign[name].any():
            tensors["mapping.w_avg"] = foreign[name].flatten()
    return tensors
