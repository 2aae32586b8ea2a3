"""What distinguishes one DCGAN-type stack from another: its layers, and what acts between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from torch import Tensor
from torch.nn import functional as F

from ....base.errors import CheckpointError
from ...layers.activations import activation as activation_of
from .inference import DISTRIBUTIONS, Choice

OUTPUT_ACTIVATIONS = ("tanh", "sigmoid", "none")
"""What may follow the image layer; a sigmoid's [0, 1] is stretched to [-1, 1]."""
LARGEST = 1024
"""Sides of an image in pixels; a small hostile file could else ask for any amount of memory."""


@dataclass(frozen=True)
class DCGANLayer:
    """One convolution and what its shape tells.

    A transposed convolution of kernel k doubles the image: stride 2, padding (k - 1) // 2, and
    one row and column of output padding where k is odd (kernels 2, 4, 6: padding 0, 1, 2; kernels
    3, 5: padding 1, 2). The same shapes could belong to other strides; these are the usual ones.
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
    """Whether it takes the latent, a 1x1 image, which it spreads over its kernel."""
    bias: bool = False
    """Whether the convolution has a bias."""
    norm: bool = True
    """Whether a batch norm follows."""

    def __post_init__(self) -> None:
        """Refuse what cannot be a layer of such a stack.

        Raises:
            CheckpointError: A plain convolution has an even kernel, or takes the latent.
        """
        if not self.transposed and (self.first or any(side % 2 == 0 for side in self.kernel)):
            place = "as first layer" if self.first else f"of kernel {list(self.kernel)}"
            raise CheckpointError(
                f"A plain convolution {place} was found",
                "transposed convolutions, and plain ones of odd kernel that keep the image's size",
            )

    @property
    def stride(self) -> int:
        """1 where the image keeps its size, 2 where it doubles."""
        return 2 if self.transposed and not self.first and self.kernel != (1, 1) else 1

    @property
    def padding(self) -> tuple[int, int]:
        """Rows and columns of padding."""
        height, width = self.kernel
        return (0, 0) if self.first else ((height - 1) // 2, (width - 1) // 2)

    @property
    def output_padding(self) -> tuple[int, int]:
        """Rows and columns added so that an odd kernel doubles the image."""
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
    """All that distinguishes one stack from another."""

    layers: tuple[DCGANLayer, ...]
    """From the latent to the image; two or more."""
    activation: tuple[str, ...] = ("relu",)
    """After each layer but the last, or one for all; names as in `layers.activations`."""
    distribution: str = "normal"
    """Of each entry of z: "normal", or "uniform" on [-1, 1]."""
    output_activation: str = "tanh"
    """One of `OUTPUT_ACTIVATIONS`."""
    inference: tuple[Choice, ...] = field(default=(), compare=False)
    """How sure each inferred setting is; empty where none was inferred."""

    def __post_init__(self) -> None:
        """Check that layers follow each other and names are known.

        Raises:
            CheckpointError: They do not, or are not.
        """
        pairs = zip(self.layers, self.layers[1:], strict=False)
        for index, (below, above) in enumerate(pairs, start=1):
            if below.outputs != above.inputs:
                raise CheckpointError(
                    f"Layer {index} takes {above.inputs} channels", f"{below.outputs} channels"
                )
        if [layer.first for layer in self.layers] != [True] + [False] * (len(self.layers) - 1):
            raise CheckpointError("The latent meets another layer than the first", "the first")
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
        """After each layer but the last."""
        one_for_all = len(self.activation) == 1
        return self.activation * (len(self.layers) - 1) if one_for_all else self.activation

    def notes(self) -> dict[str, list[str]]:
        """What a person should know of the inference.

        Returns:
            "inferred": one line per choice; "warnings": one text per doubtful choice. Neither is
            there where it would be empty.
        """
        doubts = [
            f"The {choice.subject} was taken to be {choice.value}, but {choice.doubt}. "
            f"Pass {choice.subject.split()[0]}= if you know better."
            for choice in self.inference
            if choice.doubt
        ]
        notes = {"inferred": [str(choice) for choice in self.inference], "warnings": doubts}
        return {kind: lines for kind, lines in notes.items() if lines}
