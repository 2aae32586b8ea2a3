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
_SKIP = re.compile(r"synthesis\.residual(\d{1,2})\.(weight|filter)")
_FILTERS = ("filter", "filter.kernel")
"""Names of a layer's resampling filter, in Hammer and in genforce."""
_IMAGE_FILTERS = ("synthesis.filter", "synthesis.upsample.kernel")
"""Names of the filter that enlarges the image before the next resolution is added to it."""


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

    Layer i is the i-th convolution, output i the ToRGB and residual i the skip convolution of the
    i-th resolution. Filters are scaled to a sum of one.

    Args:
        tensors: Foreign names to tensors.

    Returns:
        Canonical names to tensors; all other names are left out.
    """
    result = {"synthesis.b4.const": tensors["synthesis.early_layer.const"][0]}
    for name in tensors:
        if match := _MAPPING.fullmatch(name):
            result[f"mapping.fc{match[1]}.{match[2]}"] = tensors[name]
        elif (match := _LAYER.fullmatch(name)) and match[3] in _PARTS:
            kind, number, part = match[1], int(match[2]), _PARTS[match[3]]
            if kind == "output":
                target = f"b{4 << number}.torgb"
            else:
                target = f"b{4 << (number + 1) // 2}.conv{1 if number == 0 else (number + 1) % 2}"
            value = tensors[name][0, 0] if part == "noise_const" else tensors[name]
            result[f"synthesis.{target}.{part}"] = value
        elif match and match[3] in _FILTERS:
            block = 4 << (int(match[2]) + 1) // 2
            result[f"synthesis.b{block}.conv0.resample_filter"] = _filter(tensors[name])
        elif match := _SKIP.fullmatch(name):
            skip = f"synthesis.b{4 << int(match[1])}.skip"
            if match[2] == "weight":
                result[f"{skip}.weight"] = tensors[name]
            else:
                result[f"{skip}.resample_filter"] = _filter(tensors[name])
    for name in _IMAGE_FILTERS:
        if name in tensors:
            kernel = _filter(tensors[name])
            blocks = [key.partition(".conv0.weight") for key in result]
            result |= {f"{block}.resample_filter": kernel for block, found, _ in blocks if found}
    return result


def _filter(stored: Tensor) -> Tensor:
    """A filter `[k, k]` or `[k]` of sum 1, which some files store as `[1, 1, k, k]`."""
    return (stored[0, 0] if stored.ndim == 4 else stored) / stored.sum()
