"""PGGAN with the parameter names of genforce and Hammer, which are the same."""

from __future__ import annotations

import re

from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import declared_scalar

_NAME = re.compile(r"(layer|output)(\d{1,2})\.(weight|bias)")
FINISHED = {"lod": "0 was assumed, a finished network"}
"""What is assumed of a file without its level of detail."""

_CLASSES = ("c_dim", "label_size", "label_dim")
"""Names of the number of classes: in this pack, in genforce, in Hammer."""


def canonical_layer(kind: str, number: int) -> str:
    """Canonical name of a numbered layer; each resolution has two layers and one output.

    Args:
        kind: "layer" or "output".
        number: Number of the layer or output, from 0.

    Returns:
        A module name such as "synthesis.b8.layer0" or "synthesis.b8.torgb".
    """
    if kind == "output":
        return f"synthesis.b{4 << number}.torgb"
    return f"synthesis.b{4 << number // 2}.layer{number % 2}"


def dense_rows(weight: Tensor) -> Tensor:
    """The dense first layer, which is stored as a convolution of a 1x1 image padded by three.

    Such a convolution writes its kernel to the output rotated by 180 degrees.

    Args:
        weight: `[C, D, 4, 4]`.

    Returns:
        `[C * 16, D]`.
    """
    return weight.flip(2, 3).permute(0, 2, 3, 1).flatten(0, 2)


class GenforcePGGAN(AbstractDialect):
    """`layer<i>` and `output<i>` at the top level, and `lod`."""

    id = "genforce-pggan"
    title = "genforce (SeFa repository) and Hammer PGGAN"
    architecture = "pggan"
    assumes = FINISHED
    signature = KeySignature(
        {
            "layer0.weight": 4,
            "layer0.bias": 1,
            "layer1.weight": 4,
            "output0.weight": 4,
            "output0.bias": 1,
        },
        forbidden=("*style*", "synthesis.*", "input*"),
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; z is also normalised before the class joins it."""
        tensors: dict[str, Tensor] = {}
        for name in checkpoint.tensors:
            if match := _NAME.fullmatch(name):
                tensor = checkpoint.tensors[name]
                value = dense_rows(tensor) if name == "layer0.weight" else tensor
                tensors[f"{canonical_layer(match[1], int(match[2]))}.{match[3]}"] = value
        config = {"normalize_z_first": True, **checkpoint.config}
        config["c_dim"] = next((config[name] for name in _CLASSES if name in config), 0)
        if "lod" in checkpoint.tensors:
            config["lod"] = declared_scalar(checkpoint.tensors, "lod")
        return Blueprint(self.architecture, tensors, config, checkpoint.details)
