"""The layers of BigGAN and BigGAN-deep, linearised; the formulas are in `linearisation`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ...layers.attention import SelfAttention
from ...layers.chains.stages import AbstractStage
from ...layers.convolution.nearest import nearest_upsample, nearest_upsample_transposed
from ...layers.convolution.shared_convolution import SharedConvolution, stored


@dataclass(frozen=True)
class Step:
    """A norm, the activation and a convolution."""

    slope: Tensor
    """`[1, C, H, W]`, m."""
    normal: Tensor
    """`[1, C, H, W]`, n."""
    maps: tuple[Tensor, Tensor] | None
    """A and B, `[C, D]` each; none where the norm does not depend on z."""
    convolution: SharedConvolution
    """The convolution, its weights times the scale of the next step's norm, if any."""

    def push(self, c: Tensor | None, inputs: Tensor | None) -> Tensor:
        """Map tangents forward.

        Args:
            c: `[B, C, H, W]`, times the scale of the norm, overwritten; none for zero.
            inputs: `[B, D]`, tangents of z; none for zero.

        Returns:
            `[B, O, H', W']`.
        """
        if inputs is not None and self.maps is not None:
            scale, shift = ((inputs @ part.T)[:, :, None, None] for part in self.maps)
            if c is None:
                c = torch.addcmul(shift, self.normal, scale)
            else:
                c = c.addcmul_(self.normal, scale).add_(shift)
        assert c is not None  # c and inputs are not both none
        return self.convolution(c.mul_(self.slope))

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """The transpose of `push`: `[B, O, H', W']` to cotangents of c and of z."""
        g = self.convolution.pull(g).mul_(self.slope)
        if self.maps is None:
            return g, None
        scale, shift = self.maps
        return g, (g * self.normal).sum(dim=(2, 3)) @ scale + g.sum(dim=(2, 3)) @ shift


@dataclass(frozen=True)
class BlockStage(AbstractStage):
    """The steps of a residual block, and its skip connection."""

    z_dim: int
    """Size of z; 0 where the block does not depend on it."""
    scale: Tensor
    """`[1, C, 1, 1]`, scale of the first norm."""
    steps: tuple[Step, ...]
    """In order."""
    skip_channels: int
    """Channels of the skip connection; 0 where there is none."""
    skip: SharedConvolution | None
    """The 1x1 convolution of the skip connection; none where it keeps the first channels."""
    factor: int
    """Nearest-neighbour upsampling of the skip connection."""
    output_shape: tuple[int, int, int]
    """Channels, height and width of the output."""
    slope: Tensor | None = None
    """`[1, C, H, W]`, slope of the tanh after the block; none without one."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.output_shape

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.scale.device

    @property
    def input_size(self) -> int:
        """See `AbstractStage.input_size`."""
        return self.z_dim

    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        c = None if features is None else features * self.scale
        for step in self.steps:
            c = step.push(c, inputs)
        assert c is not None  # there are steps
        if features is not None and self.skip_channels:
            kept = features[:, : self.skip_channels]
            skipped = kept if self.skip is None else self.skip(features)
            c.add_(nearest_upsample(skipped, self.factor))
        return c if self.slope is None else c.mul_(self.slope)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `AbstractStage.pull`."""
        g = g if self.slope is None else g * self.slope
        skipped, total = g, None
        for step in reversed(self.steps):
            g, inputs = step.pull(g)
            if inputs is not None:
                total = inputs if total is None else total + inputs
        g = g * self.scale
        if self.skip_channels:
            skipped = nearest_upsample_transposed(skipped, self.factor)
            if self.skip is None:
                skipped = F.pad(skipped, (0, 0, 0, 0, 0, g.shape[1] - self.skip_channels))
            else:
                skipped = self.skip.pull(skipped)
            g = g + skipped
        return g, total


@dataclass(frozen=True)
class AttentionStage(AbstractStage):
    """Self-attention, differentiated by `torch.func`, since it is cheap."""

    module: SelfAttention
    """The layer, in the precision of the tangents."""
    features: Tensor
    """`[1, C, H, W]`, the features below."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.features.shape[1], self.features.shape[2], self.features.shape[3]

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.features.device

    @property
    def input_size(self) -> int:
        """See `AbstractStage.input_size`."""
        return 0

    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        assert features is not None  # there is no input

        def one(tangent: Tensor) -> Tensor:
            return torch.func.jvp(self.module, (self.features,), (tangent[None],))[1][0]

        return stored(torch.func.vmap(one)(features), features.dtype)

    def pull(self, g: Tensor) -> tuple[Tensor, None]:
        """See `AbstractStage.pull`."""
        backward = torch.func.vjp(self.module, self.features)[1]
        return torch.func.vmap(lambda one: backward(one[None])[0][0])(g), None
