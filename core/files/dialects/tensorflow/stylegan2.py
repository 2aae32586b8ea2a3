"""StyleGAN2 and StyleGAN2-ADA, configs B to F, with the names of their TensorFlow releases."""

from __future__ import annotations

import re

from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ....generators.declared_config import declared_scalar
from .weight_layout import require_arguments, to_torch_axes

_LAYER = re.compile(r"synthesis/(\d{1,5})x\1/(Const|Conv|Conv0_up|Conv1|Skip|ToRGB)/(\w+)")
_IMAGE = re.compile(r"synthesis/ToRGB_lod0/(\w+)")
_NOISE = re.compile(r"synthesis/noise(\d{1,2})")
_MAPPING = re.compile(r"mapping/Dense(\d{1,3})/(weight|bias)")
_MODULES = {
    "Conv": ".conv1",
    "Conv0_up": ".conv0",
    "Conv1": ".conv1",
    "Skip": ".skip",
    "ToRGB": ".torgb",
    "Const": "",
}
_PARTS = {
    "const": "const",
    "weight": "weight",
    "bias": "bias",
    "noise_strength": "noise_strength",
    "mod_weight": "affine.weight",
    "mod_bias": "affine.bias",
}
_OTHERS = {
    "dlatent_avg": "mapping.w_avg",
    "mapping/LabelConcat/weight": "mapping.label_weight",
    "mapping/LabelEmbed/weight": "mapping.embed.weight",
    "mapping/LabelEmbed/bias": "mapping.embed.bias",
}


class TensorflowStyleGAN2(AbstractDialect):
    """`synthesis/<size>x<size>/Conv0_up` with `mod_weight`; style biases lack the constant 1."""

    id = "tensorflow-stylegan2"
    title = "StyleGAN2's TensorFlow releases"
    architecture = "stylegan2"
    harmless = ("synthesis/lod", "synthesis/ToRGB_lod[1-9]*/*")  # of lower resolutions
    signature = KeySignature(
        {
            "mapping/Dense0/weight": 2,
            "synthesis/4x4/Const/const": 4,
            "synthesis/4x4/Conv/mod_weight": 2,
            "synthesis/*ToRGB*/mod_weight": 2,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        The constant 1 is added to the style biases. The kernels of upsampling convolutions are
        flipped, since the files store them for a transposed convolution. Configs B to D have an
        image layer at every resolution, of which only the last is used.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: The network was built with arguments that are not supported, or was
                still growing.
        """
        config = checkpoint.config
        require_arguments(
            config,
            {
                "normalize_latents": True,
                "nonlinearity": "lrelu",
                "mapping_nonlinearity": "lrelu",
                "resample_kernel": [1, 3, 3, 1],
            },
        )
        lod = declared_scalar(checkpoint.tensors, "lod")
        if "synthesis/lod" in checkpoint.tensors and lod:
            raise CheckpointError(
                f"This StyleGAN2 was still growing (lod {lod:g})",
                "a finished one (lod 0)",
                "Use a later checkpoint of that training",
            )
        layers = [match for name in checkpoint.tensors if (match := _LAYER.fullmatch(name))]
        largest = max(int(match[1]) for match in layers)
        tensors: dict[str, Tensor] = {}
        foreign = checkpoint.tensors
        for name in foreign:
            if name in _OTHERS:
                whole = name.endswith(("Concat/weight", "avg"))
                tensors[_OTHERS[name]] = foreign[name] if whole else to_torch_axes(foreign[name])
            elif match := _MAPPING.fullmatch(name):
                tensors[f"mapping.fc{match[1]}.{match[2]}"] = to_torch_axes(foreign[name])
            elif match := _NOISE.fullmatch(name):
                # One convolution at 4x4 pixels, two at each further resolution.
                number = int(match[1]) + 1
                target = f"b{4 << number // 2}.conv{number % 2}.noise_const"
                tensors[f"synthesis.{target}"] = foreign[name][0, 0]
            elif (match := _IMAGE.fullmatch(name)) and match[1] in _PARTS:
                tensors |= _part(f"b{largest}.torgb", _PARTS[match[1]], foreign[name])
            elif (match := _LAYER.fullmatch(name)) and match[3] in _PARTS:
                module = f"b{match[1]}{_MODULES[match[2]]}"
                tensors |= _part(module, _PARTS[match[3]], foreign[name])
        known = {"lr_multiplier": config.get("lr_multiplier", config.get("mapping_lrmul", 0.01))}
        return Blueprint(self.architecture, tensors, {**config, **known}, checkpoint.details)


def _part(module: str, part: str, tensor: Tensor) -> dict[str, Tensor]:
    """One tensor of a layer under its canonical name."""
    value = tensor[0] if part == "const" else to_torch_axes(tensor)
    if part == "affine.bias":
        value = value + 1
    elif part == "weight" and module.endswith("conv0"):
        value = value.flip(2, 3)
    return {f"synthesis.{module}.{part}": value}
