"""Settings of DCGAN-type networks, and how they are read from shapes or inferred."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from torch import Tensor
from torch.nn import functional as F

from ....base.errors import CheckpointError
from ...layers.activations import activation as activation_of
from .inference import DISTRIBUTIONS, Choice, Stage, infer

OUTPUT_ACTIVATIONS = ("tanh", "sigmoid", "none")
"""Activations after the image layer; the [0, 1] of a sigmoid is rescaled to [-1, 1]."""
LARGEST = 1024
"""Sides of an image in pixels; a small hostile file could else request any amount of memory."""

NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
"""Names of a batch norm's tensors."""


@dataclass(frozen=True)
class DCGANLayer:
    """One convolution, with stride and padding inferred from its shape.

    A transposed convolution of kernel k doubles the resolution: stride 2, padding (k - 1) // 2, and
    one row and column of output padding where k is odd (kernels 2, 4, 6: padding 0, 1, 2; kernels
    3, 5: padding 1, 2). Other strides have the same shapes; these are the usual ones.
    """

    inputs: int
    """Input channels; z_dim in the first layer."""
    outputs: int
    """Output channels."""
    kernel: tuple[int, int] = (4, 4)
    """Height and width of the kernel."""
    transposed: bool = True
    """Whether the convolution is transposed."""
    first: bool = False
    """Whether its input is the latent, a 1x1 image, so that its output has the kernel's size."""
    bias: bool = False
    """Whether the convolution has a bias."""
    norm: bool = True
    """Whether a batch norm follows."""

    def __post_init__(self) -> None:
        """Validate the layer.

        Raises:
            CheckpointError: A plain convolution has an even kernel, or the latent as input.
        """
        if not self.transposed and (self.first or any(side % 2 == 0 for side in self.kernel)):
            place = "as first layer" if self.first else f"of kernel {list(self.kernel)}"
            raise CheckpointError(
                f"A plain convolution {place} was found",
                "transposed convolutions, and plain ones of odd kernel that keep the image's size",
            )

    @property
    def stride(self) -> int:
        """1 where the resolution stays the same, 2 where it doubles."""
        return 2 if self.transposed and not self.first and self.kernel != (1, 1) else 1

    @property
    def padding(self) -> tuple[int, int]:
        """Rows and columns of padding."""
        height, width = self.kernel
        return (0, 0) if self.first else ((height - 1) // 2, (width - 1) // 2)

    @property
    def output_padding(self) -> tuple[int, int]:
        """Rows and columns added so that an odd kernel doubles the resolution."""
        height, width = self.kernel
        return (height % 2, width % 2) if self.stride == 2 else (0, 0)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Apply the convolution.

        Args:
            x: `[N, inputs, H, W]`.
            weight: `[inputs, outputs, *kernel]` if transposed, else `[outputs, inputs, *kernel]`.
            bias: `[outputs]` or none.

        Returns:
            `[N, outputs, H', W']`.
        """
        if not self.transposed:
            return F.conv2d(x, weight, bias, 1, self.padding)
        return F.conv_transpose2d(x, weight, bias, self.stride, self.padding, self.output_padding)


@dataclass(frozen=True)
class DCGANSettings:
    """Sizes and options of one DCGAN-type network."""

    layers: tuple[DCGANLayer, ...]
    """From the latent to the image; two or more."""
    activation: tuple[str, ...] = ("relu",)
    """After each layer but the last, or one for all; names as in `layers.activations`."""
    distribution: str = "normal"
    """Of each entry of z: "normal", or "uniform" on [-1, 1]."""
    output_activation: str = "tanh"
    """One of `OUTPUT_ACTIVATIONS`."""
    inference: tuple[Choice, ...] = field(default=(), compare=False)
    """Every inferred setting with its certainty; empty where none was inferred."""

    def __post_init__(self) -> None:
        """Validate the settings.

        Raises:
            CheckpointError: Layers do not fit together, or a name is unknown.
        """
        pairs = zip(self.layers, self.layers[1:], strict=False)
        for index, (below, above) in enumerate(pairs, start=1):
            if below.outputs != above.inputs:
                raise CheckpointError(
                    f"Layer {index} takes {above.inputs} channels", f"{below.outputs} channels"
                )
        if [layer.first for layer in self.layers] != [True] + [False] * (len(self.layers) - 1):
            raise CheckpointError(
                "A layer other than the first has the latent as input", "the first"
            )
        if max(self.img_size) > LARGEST:
            raise CheckpointError(
                f"The layers make an image of {self.img_size[0]} x {self.img_size[1]} pixels",
                f"{LARGEST} at most",
            )
        for name in self.activation:
            activation_of(name)
        if len(self.activation) not in (1, len(self.layers) - 1):
            raise CheckpointError(
                f"{len(self.activation)} activations were given",
                f"one for all, or {len(self.layers) - 1}: one after each layer but the last",
            )
        for option, value, known in (
            ("distribution", self.distribution, DISTRIBUTIONS),
            ("output_activation", self.output_activation, OUTPUT_ACTIVATIONS),
        ):
            if value not in known:
                raise CheckpointError(f"Unknown {option} {value!r}", f"one of {', '.join(known)}")

    @property
    def img_size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        growth = math.prod(layer.stride for layer in self.layers)
        return self.layers[0].kernel[0] * growth, self.layers[0].kernel[1] * growth

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation after each layer but the last."""
        one_for_all = len(self.activation) == 1
        return self.activation * (len(self.layers) - 1) if one_for_all else self.activation

    def notes(self) -> dict[str, list[str]]:
        """The inferred settings, and warnings for doubtful ones.

        Returns:
            "inferred": one line per choice; "warnings": one text per doubtful choice. Empty lists
            are left out.
        """
        doubts = [
            f"The {choice.subject} was taken to be {choice.value}, but {choice.doubt}. "
            f"Pass {choice.subject.split()[0]}= if you know better."
            for choice in self.inference
            if choice.doubt
        ]
        notes = {"inferred": [str(choice) for choice in self.inference], "warnings": doubts}
        return {kind: lines for kind, lines in notes.items() if lines}


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> DCGANSettings:
    """Read the settings from the shapes of the tensors, and infer the others.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings, with the certainty of each inferred one.

    Raises:
        CheckpointError: The shapes contradict each other, or a declared name is unknown.
    """
    found = (re.match(r"synthesis\.layer(\d+)\.", name) for name in tensors)
    count = 1 + max(int(match.group(1)) for match in found if match)
    layers = tuple(_read_layer(tensors, index) for index in range(count))
    output = config.get("output_activation") or "tanh"
    activation, distribution = _names(config.get("activation")), config.get("distribution")
    given = DCGANSettings(layers, activation or ("relu",), distribution or "normal", output)
    if activation and distribution:
        return given
    stages = [_stage(tensors, index, layer) for index, layer in enumerate(layers)]
    chosen = infer(
        stages, layers[0].inputs, distribution, given.activations if activation else None
    )
    names = tuple(choice.value for choice in chosen if choice.subject != "distribution")
    return DCGANSettings(
        layers, activation or names, distribution or chosen[0].value, output, chosen
    )


def _read_layer(tensors: Mapping[str, Tensor], index: int) -> DCGANLayer:
    """One layer, from its canonical tensors."""
    root = f"synthesis.layer{index}"
    kinds = [kind for kind in ("deconv", "conv") if f"{root}.{kind}.weight" in tensors]
    if len(kinds) != 1 or tensors[f"{root}.{kinds[0]}.weight"].ndim != 4:
        raise CheckpointError(
            f"{root} has {' and '.join(kinds) or 'no'} weights",
            f"one convolution's weight of 4 axes, {root}.deconv.weight or {root}.conv.weight",
        )
    lacking = [part for part in NORM_TENSORS if f"{root}.norm.{part}" not in tensors]
    if 0 < len(lacking) < len(NORM_TENSORS):
        raise CheckpointError(
            f"{root}.norm lacks {', '.join(lacking)}", f"all of {', '.join(NORM_TENSORS)}"
        )
    ends = tuple(tensors[f"{root}.{kinds[0]}.weight"].shape)
    transposed = kinds[0] == "deconv"
    return DCGANLayer(
        inputs=ends[0] if transposed else ends[1],
        outputs=ends[1] if transposed else ends[0],
        kernel=(ends[2], ends[3]),
        transposed=transposed,
        first=index == 0,
        bias=f"{root}.{kinds[0]}.bias" in tensors,
        norm=not lacking,
    )


def _stage(tensors: Mapping[str, Tensor], index: int, layer: DCGANLayer) -> Stage:
    """One layer for the inference."""
    root = f"synthesis.layer{index}"
    name = f"{root}.deconv" if layer.transposed else f"{root}.conv"
    bias = tensors[f"{name}.bias"].float() if layer.bias else None
    convolve = partial(layer.convolve, weight=tensors[f"{name}.weight"].float(), bias=bias)
    if not layer.norm:
        return Stage(convolve, None)
    weight, shift, mean, variance = (tensors[f"{root}.norm.{p}"].float() for p in NORM_TENSORS)
    return Stage(convolve, (weight, shift, mean, variance))


def _names(value: Any) -> tuple[str, ...] | None:
    """Declared activations: one name, several separated by commas, or a list of names."""
    if value is None:
        return None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    names = tuple(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise CheckpointError(f"The activation {value!r} was given", "a name or a list of names")
    return names
