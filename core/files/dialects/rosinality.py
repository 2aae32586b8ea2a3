"""StyleGAN2 with the parameter names of rosinality's repository, pSp and encoder4editing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature
from ...generators.declared_config import numbers_in_names
from .drawn_noise import DrawnNoise

_LAYER = re.compile(r"(conv1|to_rgb1|(?:convs|to_rgbs)\.\d+)\.(.+)")
_PARTS = {
    "conv.weight": "weight",
    "conv.modulation.weight": "affine.weight",
    "conv.modulation.bias": "affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
    "bias": "bias",
    "conv.blur.kernel": "resample_filter",
}
_MEAN_NAMES = ("latent_avg", "mean_latent", "latent_mean")
"""Names of the mean w, which is stored beside the generator."""


class RosinalityStyleGAN2(AbstractDialect):
    """`style.N`, `convs.N`, `to_rgbs.N`; weights with a leading axis; mean w beside the generator.

    Upsampling kernels are stored for a transposed convolution. Blur kernels contain the factor 4
    that makes up for upsampling by 2 along both axes.
    """

    id = "rosinality-stylegan2"
    title = "rosinality StyleGAN2"
    architecture = "stylegan2"
    signature = KeySignature(
        {
            "input.input": 4,
            "style.1.weight": 2,
            "conv1.conv.weight": 5,
            "conv1.conv.modulation.weight": 2,
            "to_rgb1.conv.weight": 5,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: The mean w is a single number.
        """
        foreign = checkpoint.tensors
        tensors = {"synthesis.b4.const": foreign["input.input"][0], **_mapping(foreign)}
        for name in foreign:
            match = _LAYER.fullmatch(name)
            if match and match[2] in _PARTS:
                part = _PARTS[match[2]]
                tensors[f"synthesis.{_target(match[1])}.{part}"] = _value(part, foreign[name])
            elif match and match[2] == "upsample.kernel":
                block = _target(match[1]).split(".")[0]
                tensors[f"synthesis.{block}.resample_filter"] = foreign[name] / foreign[name].sum()
        tensors |= _noises(foreign)
        for name in _MEAN_NAMES:
            mean = foreign.get(name, checkpoint.beside.get(name))
            if mean is not None:
                tensors["mapping.w_avg"] = _single(name, mean)
                break
        return Blueprint(self.architecture, tensors, checkpoint.config, checkpoint.details)


def _target(layer: str) -> str:
    """Canonical block and layer: "convs.0" becomes "b8.conv0", "to_rgbs.0" becomes "b8.torgb"."""
    kind, _, number = layer.partition(".")
    if kind == "convs":
        return f"b{8 << int(number) // 2}.conv{int(number) % 2}"
    if kind == "to_rgbs":
        return f"b{8 << int(number)}.torgb"
    return "b4.conv1" if kind == "conv1" else "b4.torgb"


def _value(part: str, tensor: Tensor) -> Tensor:
    """A tensor in its canonical shape and scale."""
    if part == "weight":
        return tensor[0]
    if part == "noise_strength":
        return tensor.reshape(())
    if part == "resample_filter":
        return tensor / tensor.sum()
    return tensor.reshape(-1) if part == "bias" else tensor


def _mapping(foreign: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The mapping network; `style.0` normalises z and has no tensors."""
    numbers = numbers_in_names(foreign, r"style\.(\d+)\.weight")
    return {
        f"mapping.fc{index}.{leaf}": foreign[f"style.{number}.{leaf}"]
        for index, number in enumerate(numbers)
        for leaf in ("weight", "bias")
        if f"style.{number}.{leaf}" in foreign
    }


def _noises(foreign: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Noise images by layer; older files without them get the noise of seed 0.

    For those files the published code draws new noise for each image, so any noise is valid.

    Args:
        foreign: Tensors of the file.

    Returns:
        Canonical names to `[H, W]`.

    Raises:
        CheckpointError: Some are missing, or too large to be drawn.
    """
    stored = sum(name.startswith("noises.noise_") for name in foreign)
    convs = sum(re.fullmatch(r"convs\.\d+\.conv\.weight", name) is not None for name in foreign)
    drawn = DrawnNoise()
    height, width = foreign["input.input"].shape[2:]
    if stored not in (0, convs + 1):
        raise CheckpointError(
            f"{stored} noise images are stored for {convs + 1} layers", "one for each, or none"
        )
    noises: dict[str, Tensor] = {}
    for number in range(convs + 1):
        factor = 1 << (number + 1) // 2
        stated = foreign.get(f"noises.noise_{number}")
        image = drawn.image(height * factor, width * factor) if stated is None else stated[0, 0]
        target = _target(f"convs.{number - 1}" if number else "conv1")
        noises[f"synthesis.{target}.noise_const"] = image
    return noises


def _single(name: str, mean: Tensor) -> Tensor:
    """The mean w as `[w_dim]`; some files store it once per layer, `[num_ws, w_dim]`.

    Args:
        name: Its name in the file.
        mean: `[w_dim]`, or any leading axes before it.

    Returns:
        `[w_dim]`, the mean over layers.

    Raises:
        CheckpointError: It has no axis.
    """
    if mean.ndim == 0:
        raise CheckpointError(f"{name} is a single number", "one number per entry of w")
    return mean.reshape(-1, mean.shape[-1]).double().mean(dim=0).to(mean.dtype)
