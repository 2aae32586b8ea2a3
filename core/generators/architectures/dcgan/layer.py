"""One layer of a DCGAN: a convolution with its sizes, its kind and its geometry."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from ....base.errors import CheckpointError
from .geometry import LARGEST, Geometry, Pair, usual

_FEATURES = 2**26
"""Most values in the features of one layer; a small hostile file could else request any number."""


@dataclass(frozen=True)
class DCGANLayer:
    """One convolution; stride and padding are the usual ones of its kernel unless given."""

    inputs: int
    """Input channels; z_dim in the first layer."""
    outputs: int
    """Output channels."""
    kernel: Pair = (4, 4)
    """Height and width of the kernel."""
    transposed: bool = True
    """Whether the convolution is transposed."""
    first: bool = False
    """Whether its input is the latent, a 1x1 image."""
    bias: bool = False
    """Whether the convolution has a bias."""
    norm: bool = True
    """Whether a batch norm follows."""
    geometry: Geometry | None = None
    """Stride and padding; none for the usual ones, which then replace it."""

    def __post_init__(self) -> None:
        """Validate the layer.

        Raises:
            CheckpointError: A plain convolution has an even kernel, a stride, or the latent as
                input; a stride is 0; output padding is not less than the stride.
        """
        if not self.transposed and (self.first or any(side % 2 == 0 for side in self.kernel)):
            place = "as first layer" if self.first else f"of kernel {list(self.kernel)}"
            raise CheckpointError(
                f"A plain convolution {place} was found",
                "transposed convolutions, and plain ones of odd kernel that keep the image's size",
            )
        if self.geometry is None:
            object.__setattr__(self, "geometry", usual(self.kernel, self.transposed, self.first))
        if min(self.stride) < 1:
            raise CheckpointError("A stride of 0 was given", "strides of 1 or more")
        if not self.transposed and (self.stride != (1, 1) or self.output_padding != (0, 0)):
            raise CheckpointError(
                f"A plain convolution of {self.placed} was found",
                "stride 1 and no output padding; strides belong to transposed convolutions",
            )
        if any(n >= s for n, s in zip(self.output_padding, self.stride, strict=True) if n):
            raise CheckpointError(f"A layer of {self.placed} was found", "less than the stride")

    @property
    def placed(self) -> Geometry:
        """Its stride and padding."""
        assert self.geometry is not None  # see __post_init__
        return self.geometry

    @property
    def stride(self) -> Pair:
        """Factor by which rows and columns grow."""
        return self.placed.stride

    @property
    def padding(self) -> Pair:
        """Rows and columns of padding."""
        return self.placed.padding

    @property
    def output_padding(self) -> Pair:
        """Rows and columns added at the end."""
        return self.placed.output_padding

    def output_size(self, size: Pair) -> Pair:
        """Height and width after this layer.

        Args:
            size: Height and width before it.

        Returns:
            Height and width.
        """
        return self.placed.output_size(size, self.kernel, self.transposed)

    def convolve(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry | None = None
    ) -> Tensor:
        """Apply the convolution.

        Args:
            x: `[N, inputs, H, W]`.
            weight: `[inputs, outputs, *kernel]` if transposed, else `[outputs, inputs, *kernel]`.
            bias: `[outputs]` or none.
            geometry: Another stride and padding than its own; none for its own.

        Returns:
            `[N, outputs, H', W']`.
        """
        at = geometry or self.placed
        if not self.transposed:
            return F.conv2d(x, weight, bias, at.stride, at.padding)
        return F.conv_transpose2d(x, weight, bias, at.stride, at.padding, at.output_padding)


def checked_size(layer: DCGANLayer, geometry: Geometry, size: Pair) -> Pair:
    """Height and width after a layer, within bounds.

    Args:
        layer: The layer.
        geometry: Its stride and padding.
        size: Height and width before it.

    Returns:
        Height and width.

    Raises:
        CheckpointError: Nothing is left of the image, or it is too large.
    """
    height, width = geometry.output_size(size, layer.kernel, layer.transposed)
    if min(height, width) < 1:
        raise CheckpointError(
            f"A layer of kernel {list(layer.kernel)}, {geometry} leaves nothing of an image of "
            f"{size[0]} x {size[1]} pixels",
            "less padding, or a larger stride",
        )
    if max(height, width) > 2 * LARGEST or layer.outputs * height * width > _FEATURES:
        raise CheckpointError(
            f"A layer makes {layer.outputs} channels of {height} x {width} pixels",
            f"images of {LARGEST} x {LARGEST} pixels at most, and {_FEATURES:,} numbers in a layer",
        )
    return height, width
