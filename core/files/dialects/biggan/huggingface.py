"""BigGAN-deep with the parameter names of Hugging Face's pytorch-pretrained-BigGAN."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from .spectral_norm import folded

_BLOCK = re.compile(r"generator\.layers\.(\d+)\.(bn|conv)_(\d)\.(.+)")
_ATTENTION = re.compile(r"generator\.layers\.(\d+)\.(gamma|snconv1x1_(\w+?)(?:_conv)?\.weight)")
_CONVOLUTIONS = {"theta": "queries", "phi": "keys", "g": "values", "o": "out"}
_NORM = {
    "scale.weight": "scale.weight",
    "offset.weight": "shift.weight",
    "running_means": "statistics.mean",
    "running_vars": "statistics.variance",
    "weight": "weight",
    "bias": "bias",
}
_RGB = 3
"""Channels of the image; the last convolution has further outputs, which are not used."""


class HuggingFaceBigGAN(AbstractDialect):
    """Blocks and self-attention in one list, torch's spectral norm, settings in config.json."""

    id = "huggingface-biggan"
    title = "Hugging Face BigGAN-deep"
    architecture = "biggan-deep"
    signature = KeySignature(
        {
            "embeddings.weight": 2,
            "generator.gen_z.weight*": 2,
            "generator.gen_z.bias": 1,
            "generator.layers.*.bn_0.running_means": 2,
            "generator.layers.*.conv_3.weight*": 4,
            "generator.bn.running_means": 2,
            "generator.conv_to_rgb.weight*": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        The outputs of the first layer are stored channels last and are converted to channels first.
        `eps`, the upsampling blocks and the names of classes (`id2label`) are read from the
        configuration if there is one.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: The first layer does not fit the first block.
        """
        foreign = folded(checkpoint.tensors)
        attentions = {int(m[1]) for m in map(_ATTENTION.fullmatch, foreign) if m}
        tensors: dict[str, Tensor] = {}
        for name in foreign:
            if match := _BLOCK.fullmatch(name):
                block = int(match[1]) - sum(place < int(match[1]) for place in attentions)
                part = f"norm{match[3]}.{_NORM.get(match[4], match[4])}"
                part = f"conv{match[3]}.{match[4]}" if match[2] == "conv" else part
                tensors[f"synthesis.block{block}.{part}"] = foreign[name]
            elif match := _ATTENTION.fullmatch(name):
                place = int(match[1]) - sum(other < int(match[1]) for other in attentions)
                part = "gamma" if match[3] is None else f"{_CONVOLUTIONS[match[3]]}.weight"
                value = foreign[name].reshape(()) if match[3] is None else foreign[name]
                tensors[f"synthesis.attention{place}.{part}"] = value
            elif name.startswith("generator.bn."):
                part = _NORM.get(name[13:], name[13:])
                tensors[f"synthesis.last.norm.{part}"] = foreign[name]
            elif name.startswith("generator.conv_to_rgb."):
                tensors[f"synthesis.last.conv.{name[22:]}"] = foreign[name][:_RGB]
        first, bias = foreign["generator.gen_z.weight"], foreign["generator.gen_z.bias"]
        channels = tensors.get("synthesis.block0.norm0.statistics.mean", first).shape[-1]
        if channels == 0 or len(first) % channels or len(bias) != len(first):
            raise CheckpointError(
                f"generator.gen_z has {len(first)} outputs and {len(bias)} biases",
                f"a multiple of the {channels} channels of the first block",
            )
        for part, rows in (("weight", first), ("bias", bias)):
            rows = rows.unflatten(0, (-1, channels))  # [pixels, C, ...]
            tensors[f"synthesis.first.{part}"] = rows.transpose(0, 1).flatten(0, 1)
        embed = tensors["embed.weight"] = foreign["embeddings.weight"]
        details = {**checkpoint.details}
        if names := _class_names(checkpoint.config.get("id2label"), embed.shape[-1]):
            details["classes"] = names
        return Blueprint(self.architecture, tensors, _config(checkpoint.config), details)


def _config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The pack's options from config.json; `layers` lists [doubles, inputs, outputs] per block."""
    known = {name: config[name] for name in ("eps", "upsampling", "activation") if name in config}
    layers = config.get("layers")
    if layers is None:
        return known
    rows = cast("Sequence[Any]", layers if isinstance(layers, (list, tuple)) else [layers])
    if not all(isinstance(row, (list, tuple)) and len(cast("Sequence[Any]", row)) for row in rows):
        raise CheckpointError(
            f"config.json gives the layers {str(layers)[:80]}",
            "a list of [doubles, inputs, outputs], one per block",
        )
    return {**known, "upsampling": [index for index, row in enumerate(rows) if row[0]]}


def _class_names(labels: Any, count: int) -> list[str]:
    """A name for every class number; empty if no class has a name."""
    if not isinstance(labels, Mapping):
        return []
    names = {str(number): str(name) for number, name in cast("Mapping[Any, Any]", labels).items()}
    found = [names.get(str(number)) for number in range(count)]
    return [name or str(number) for number, name in enumerate(found)] if any(found) else []
