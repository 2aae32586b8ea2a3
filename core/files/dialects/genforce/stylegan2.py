"""StyleGAN2 with the parameter names of genforce (the SeFa repository)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature

_LAYER = re.compile(r"synthesis\.(layer|output)(\d{1,2})\.(.+)")
_PARTS = {
    "style.weight": "affine.weight",
    "style.bias": "affine.bias",
    "weight": "weight",
    "bias": "bias",
    "noise": "noise_const",
    "noise_strength": "noise_strength",
}
_MAPPING = re.compile(r"mapping\.dense(\d{1,3})\.(weight|bias)")


class GenforceStyleGAN2(AbstractDialect):
    """`layer<i>` and `output<i>`, mean w `truncation.w_avg`; style biases lack the constant 1."""

    id = "genforce-stylegan2"
    title = "genforce (SeFa repository) StyleGAN2"
    architecture = "stylegan2"
    signature = KeySignature(
        {
            "synthesis.early_layer.const": 4,
            "synthesis.layer0.style.weight": 2,
            "synthesis.layer1.filter.kernel": 4,
            "synthesis.output*.style.weight": 2,
            "mapping.dense0.weight": 2,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        The constant 1 is added to the style biases. The kernels of upsampling convolutions are
        flipped, since the files store them for a transposed convolution.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.
        """
        tensors = numbered_layers(checkpoint.tensors)
        for name, tensor in tensors.items():
            if name.endswith("affine.bias"):
                tensors[name] = tensor + 1
            elif name.endswith("conv0.weight"):
                tensors[name] = tensor.flip(2, 3)
        if "truncation.w_avg" in checkpoint.tensors:
            tensors["mapping.w_avg"] = checkpoint.tensors["truncation.w_avg"].reshape(-1)
        if "mapping.label_weight" in checkpoint.tensors:
            tensors["mapping.label_weight"] = checkpoint.tensors["mapping.label_weight"]
        return Blueprint(self.architecture, tensors, checkpoint.config, checkpoint.details)


def numbered_layers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Translate the names that genforce and Hammer share: numbered layers and mapping layers.

    Layer i is the i-th convolution, output i the ToRGB of the i-th resolution.

    Args:
        tensors: Foreign names to tensors.

    Returns:
        Canonical names to tensors; all other names are left out.
    """
    result = {"synthesis.b4.const": tensors["synthesis.early_layer.const"][0]}
    for name, tensor in tensors.items():
        if match := _MAPPING.fullmatch(name):
            result[f"mapping.fc{match[1]}.{match[2]}"] = tensor
        elif (match := _LAYER.fullmatch(name)) and match[3] in _PARTS:
            kind, number, part = match[1], int(match[2]), _PARTS[match[3]]
            if kind == "output":
                target = f"b{4 << number}.torgb"
            else:
                target = f"b{4 << (number + 1) // 2}.conv{1 if number == 0 else (number + 1) % 2}"
            value = tensor[0, 0] if part == "noise_const" else tensor
            result[f"synthesis.{target}.{part}"] = value
    return result
