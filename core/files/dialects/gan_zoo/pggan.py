"""PGGAN with the parameter names of facebookresearch/pytorch_GAN_zoo."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from .training_settings import ASSUMES, attributes, fan_in, he_constant, image_settings, stated

_LAYER = re.compile(
    r"((formatLayer|groupScale0\.0|scaleLayers\.(\d{1,2})\.([01])|toRGBLayers\.(\d{1,2}))"
    r"(?:\.module)?)\.(weight|bias)"
)


class GanZooPGGAN(AbstractDialect):
    """`formatLayer`, `groupScale0`, `scaleLayers.N.M`, `toRGBLayers.N`, each perhaps with `module`.

    Each layer multiplies its output, bias included, by He's constant `sqrt(2 / inputs)`, and the
    first one has a bias for every pixel. The settings beside the networks state the fading of the
    last scale, the classes and the loss, on which the final tanh depends.
    """

    id = "gan-zoo-pggan"
    title = "pytorch_GAN_zoo PGGAN"
    architecture = "pggan"
    assumes: Mapping[str, str] = {
        **ASSUMES,
        "c_dim": "0 was assumed, a network without classes",
    }
    signature = KeySignature(
        {
            "formatLayer.*weight": 2,
            "formatLayer.*bias": 1,
            "groupScale0.0.*weight": 4,
            "toRGBLayers.0.*weight": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`."""
        foreign, config = checkpoint.tensors, checkpoint.config
        equalized = stated(config, "equalizedlR", True)
        tensors: dict[str, Tensor] = {}
        for name in foreign:
            if match := _LAYER.fullmatch(name):
                scale = he_constant(foreign, match[1]) if equalized else 1.0
                if match[6] == "weight":
                    scale /= _canonical_scale(match[2], fan_in(foreign, match[1]))
                tensors[f"synthesis.{_target(match)}.{match[6]}"] = foreign[name] * scale
        known = image_settings(config)
        if stated(config, "categoryVectorDim") is not None:
            known["c_dim"] = stated(config, "categoryVectorDim")
        names = attributes(config)
        notes = [
            f"This network takes one class of each of {len(names)} attributes "
            f"({', '.join(names[:4])}). The number of a class chooses one of a single attribute; a "
            "class vector with a 1 for each attribute chooses all"
        ]
        details = checkpoint.details_with(notes if len(names) > 1 else [])
        return Blueprint(self.architecture, tensors, {**known, **config}, details)


def _canonical_scale(layer: str, inputs: int) -> float:
    """The scale that the canonical network applies to the weight of a layer."""
    if layer.startswith("toRGB"):
        return inputs**-0.5
    return math.sqrt(2 / (inputs * 16 if layer == "formatLayer" else inputs))


def _target(match: re.Match[str]) -> str:
    """Canonical name of a layer, without "synthesis."."""
    if match[2] == "formatLayer":
        return "b4.layer0"
    if match[3]:
        return f"b{8 << int(match[3])}.layer{match[4]}"
    return f"b{4 << int(match[5])}.torgb" if match[5] else "b4.layer1"
