"""PGGAN with the parameter names of its TensorFlow release."""

from __future__ import annotations

import re

from torch import Tensor

from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import declared_scalar
from ..genforce.pggan import FINISHED
from .weight_layout import require_arguments, to_torch_axes

_LAYER = re.compile(r"(\d{1,5})x\1/(Dense|Conv|Conv0|Conv0_up|Conv1)/(weight|bias)")
_IMAGE = re.compile(r"ToRGB_lod(\d{1,2})/(weight|bias)")
_NUMBERS = {"Dense": 0, "Conv": 1, "Conv0": 0, "Conv0_up": 0, "Conv1": 1}
_FUSED = "8x8/Conv0_up/weight"
"""Present if upsampling and convolution are fused; this weight has outputs before inputs."""


class TensorflowPGGAN(AbstractDialect):
    """`<size>x<size>/Conv0_up`, `ToRGB_lod<n>` counted from the largest size."""

    id = "tensorflow-pggan"
    title = "PGGAN's TensorFlow release"
    architecture = "pggan"
    assumes = FINISHED
    signature = KeySignature({"4x4/Dense/weight": 2, "4x4/Conv/weight": 4, "ToRGB_lod0/weight": 4})

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: The network was built with arguments that are not supported.
        """
        config = checkpoint.config
        require_arguments(
            config, {"use_wscale": True, "use_pixelnorm": True, "use_leakyrelu": True}
        )
        layers = [match for name in checkpoint.tensors if (match := _LAYER.fullmatch(name))]
        largest = max(int(match[1]) for match in layers)
        tensors: dict[str, Tensor] = {}
        for name in checkpoint.tensors:
            if match := _LAYER.fullmatch(name):
                target = f"b{match[1]}.layer{_NUMBERS[match[2]]}.{match[3]}"
            elif match := _IMAGE.fullmatch(name):
                target = f"b{largest >> int(match[1])}.torgb.{match[2]}"
            else:
                continue
            tensors[f"synthesis.{target}"] = to_torch_axes(checkpoint.tensors[name])
        known = {
            "c_dim": config.get("c_dim", config.get("label_size")),
            "fused_scale": _FUSED in checkpoint.tensors,
        }
        if "lod" in checkpoint.tensors:
            known["lod"] = declared_scalar(checkpoint.tensors, "lod")
        return Blueprint(self.architecture, tensors, {**config, **known}, checkpoint.details)
