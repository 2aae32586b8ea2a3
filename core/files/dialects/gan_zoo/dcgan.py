"""DCGAN with the parameter names of facebookresearch/pytorch_GAN_zoo."""

from __future__ import annotations

import re

from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from .training_settings import image_settings, stated

_LAYER = re.compile(r"main\.(batchNorm|convTranspose)(\d{1,2})\.(weight|bias|running_\w+)")


class GanZooDCGAN(AbstractDialect):
    """`formatLayer`, then `main.batchNormN` and `main.convTransposeN`, then `main.outlayer`.

    Kernels are 4 x 4, rectifiers plain and latents normal. The training loss decides whether a
    tanh follows; the usual one has it.
    """

    id = "gan-zoo-dcgan"
    title = "pytorch_GAN_zoo DCGAN"
    architecture = "dcgan"
    signature = KeySignature(
        {
            "formatLayer.weight": 4,
            "main.batchNorm0.running_mean": 1,
            "main.convTranspose1.weight": 4,
            "main.outlayer.weight": 4,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`; classes are refused."""
        classes = stated(checkpoint.config, "categoryVectorDim", 0)
        if classes:
            raise CheckpointError(
                f"The last {str(classes)[:20]} numbers of z stand for classes in this DCGAN",
                "a DCGAN without classes",
                "Conditional DCGANs are not read",
            )
        foreign = checkpoint.tensors
        tensors: dict[str, Tensor] = {
            "synthesis.layer0.deconv.weight": foreign["formatLayer.weight"]
        }
        last = 0
        for name in foreign:
            if match := _LAYER.fullmatch(name):
                kind = "norm" if match[1] == "batchNorm" else "deconv"
                tensors[f"synthesis.layer{match[2]}.{kind}.{match[3]}"] = foreign[name]
                last = max(last, int(match[2]))
        output = foreign["main.outlayer.weight"]
        tensors[f"synthesis.layer{last + 1}.deconv.weight"] = output
        tanh = image_settings(checkpoint.config).get("final_tanh", True)
        known = {
            "activation": "relu",
            "distribution": "normal",
            "output_activation": "tanh" if tanh else "none",
        }
        config = {**known, **checkpoint.config}
        return Blueprint(self.architecture, tensors, config, checkpoint.details)
