"""The layers of StyleGAN2, linearised; the formulas are in `linearisation`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....base.progress import pause
from ....concepts.linearisation import primal_dtype
from ...layers.chains.chunks import compute_rows
from ...layers.convolution.adjoints import (
    convolution_transposed,
    each_channel_alone,
    upsample_transposed,
)
from ...layers.convolution.resampling import upsample, upsampling_convolution
from ...layers.convolution.shared_convolution import stored
from ...layers.modulation.modulation import demodulation, divisible

if TYPE_CHECKING:
    from .network import ResidualSkip, StyledConvolution, Synthesis, SynthesisBlock


@dataclass(frozen=True)
class LinearToRGB:
    """A ToRGB, `y = W (s x)`, linearised."""

    index: int
    """Number of its style among the inputs."""
    weight: Tensor
    """`[C, I]`, W, scaled by its learning-rate scale."""
    styled: Tensor
    """`[C, I]`, W times the style s."""
    clamp_mask: Tensor | None
    """`[1, C, H, W]`, 0 where the image is clamped, else 1; none where nothing is clamped."""
    image_filter: Tensor
    """Low-pass filter for upsampling the image of the block below, which is added to this one."""

    def shape(self, x: Tensor) -> tuple[int, int, int]:
        """Channels, height and width of the image, for features `[1, I, H, W]`."""
        return (self.weight.shape[0], x.shape[2], x.shape[3])

    def push_features(self, dx: Tensor, rows: slice) -> Tensor:
        """Tangents `[B, I, h, W]` of some rows of the features to images `[B, C, h, W]`."""
        image = (dx.permute(0, 2, 3, 1) @ self.styled.T).permute(0, 3, 1, 2)
        return image if self.clamp_mask is None else image * self.clamp_mask[:, :, rows]

    def push_style(self, ds: Tensor, x: Tensor) -> Tensor:
        """Tangents `[B, I]` of the style to images `[B, C, H, W]`; x are the features."""
        mixed = (self.weight * ds[:, None]).to(x.dtype)  # [B, C, I]
        flat = x.permute(0, 2, 3, 1).flatten(0, 2)  # [H W, I]
        image = (mixed.flatten(0, 1) @ flat.T).reshape(len(ds), *self.shape(x))
        image = image.contiguous(memory_format=torch.channels_last)  # faster to upsample
        return image if self.clamp_mask is None else image * self.clamp_mask

    def pull(self, images: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cotangents `[B, C, H, W]` to those of features `[B, I, H, W]` and style `[B, I]`."""
        g = images if self.clamp_mask is None else images * self.clamp_mask
        dx = g.permute(0, 2, 3, 1) @ self.styled.to(g.dtype)  # [B, H, W, I]
        flat = x.permute(0, 2, 3, 1).flatten(0, 2).to(g.dtype)  # [H W, I]
        dw = g.flatten(2) @ flat  # [B, C, I]
        return dx.permute(0, 3, 1, 2), (dw * self.weight.to(g.dtype)).sum(dim=1)


@dataclass(frozen=True)
class Stage:
    """A styled convolution, linearised, with the ToRGB or skip connection after it."""

    index: int
    """Number of its style among the inputs."""
    weight: Tensor
    """`[O, I, 3, 3]`, times demodulation, style, and the lower slope of the rectifier."""
    kernel: Tensor | None
    """Low-pass filter where the convolution doubles the resolution, else none."""
    inverse_style: Tensor
    """`[I]`, 1 / s."""
    dlogd_ds: Tensor
    """`[O, I]`: `a = dlogd_ds ds`."""
    x: Tensor
    """`[1, I, H, W]`, the features below; shared with the stage below."""
    slope: Tensor
    """`[1, O, H', W']` int8, the slope m of the rectifier in multiples of the lower slope: 1, 5, or
    0 where it is clamped. One byte each, since the maps are large."""
    slope_y: Tensor
    """`[1, O, H', W']`, m times y."""
    features: Tensor
    """`[1, O, H', W']`, the output, after the residual sum if one ends here."""
    ends_residual: bool
    """Whether the sum with a skip connection ends here."""
    torgb: LinearToRGB | None = None
    """The ToRGB after it, if any."""
    skip: tuple[Tensor, Tensor] | None = None
    """Weight `[O', O, 1, 1]` and filter of the skip connection that starts here, if any."""

    @property
    def scale(self) -> int:
        """Rows of the output per row of the input."""
        return 1 if self.kernel is None else 2

    def convolve(self, u: Tensor, rows: slice | None = None) -> Tensor:
        """The convolution of `[B, I, H, W]`, or some rows of it: `[B, O, h, W']`."""

        def convolution(part: Tensor) -> Tensor:
            if self.kernel is None:
                return F.conv2d(part, self.weight, padding=1)
            return upsampling_convolution(part, self.weight, self.kernel)

        if rows is None:
            return convolution(u)
        if self.kernel is None:
            return compute_rows(u, rows, 1, 1, convolution)
        return compute_rows(u, rows, 2, 1 + self.kernel.shape[0] // 2, convolution)

    def single_channels(self, channels: slice) -> Tensor:
        """The convolution of unit changes of some style channels, `[k, O, H', W']`."""
        weight = self.weight[:, channels] * self.inverse_style[channels, None, None]
        return each_channel_alone(self.x[0, channels], weight, self.kernel)

    def finish(
        self,
        c: Tensor,
        rows: slice,
        a: Tensor | None,
        skipped: Tensor | None,
        image: Tensor | None,
    ) -> Tensor:
        """Compute the tangents of some rows of the features from those of the convolution.

        Args:
            c: `[B, O, h, W']`, overwritten.
            rows: The rows.
            a: `[B, O, 1, 1]`, the relative change of the demodulation; none for zero.
            skipped: `[B, O, H', W']`, tangents from a skip connection; none for zero.
            image: `[B, C, H', W']`, to which the image of these rows is added, or none.

        Returns:
            The tangents, in the memory of c.
        """
        dx = c.mul_(self.slope[:, :, rows])
        if a is not None:
            dx.addcmul_(self.slope_y[:, :, rows], a)
        if skipped is not None and self.ends_residual:
            dx.add_(skipped[:, :, rows])
        if self.torgb is not None and image is not None:
            image[:, :, rows] += self.torgb.push_features(dx, rows)
        return dx

    def push_skip(self, dx: Tensor) -> Tensor:
        """Push tangents `[B, O, H', W']` through the skip connection that starts here."""
        assert self.skip is not None
        return upsample(F.conv2d(dx, self.skip[0]), self.skip[1])

    def pull_skip(self, g: Tensor) -> Tensor:
        """The transpose of `push_skip`."""
        assert self.skip is not None
        weight, kernel = self.skip
        return F.conv2d(upsample_transposed(g, kernel), weight.transpose(0, 1))

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """Cotangents `[B, O, H', W']` of the output, overwritten, to those of u and the style."""
        da = (g * self.slope_y).sum(dim=(2, 3))  # [B, O]
        u = convolution_transposed(g.mul_(self.slope), self.weight, self.kernel)
        return u, da @ self.dlogd_ds + (u * self.x).sum(dim=(2, 3)) * self.inverse_style


def linearised_stages(
    synthesis: Synthesis, styles: list[Tensor], noise_mode: str, dtype: torch.dtype
) -> list[Stage]:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, I]` each, in order of depth.
        noise_mode: "const" or "none".
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

    Returns:
        One stage per convolution.
    """
    exact = primal_dtype(styles[0].device)
    remaining = enumerate(style.to(exact) for style in styles)
    x = synthesis.block(4).const.to(exact)[None].contiguous(memory_format=torch.channels_last)
    below = x.to(dtype)
    stages: list[Stage] = []
    blocks = [synthesis.block(resolution) for resolution in synthesis.resolutions]
    for block, above in zip(blocks, [*blocks[1:], None], strict=True):
        skipped = _skipped(block.skip, x) if block.is_residual else None
        if hasattr(block, "conv0"):
            x, stage = _convolution(block.conv0, x, below, *next(remaining), None, noise_mode)
            below = stage.features
            stages.append(stage)
        x, stage = _convolution(block.conv1, x, below, *next(remaining), skipped, noise_mode)
        below = stage.features
        if hasattr(block, "torgb"):
            stage = replace(stage, torgb=_torgb(block, x, *next(remaining), dtype))
        if above is not None and above.is_residual:
            weight = _skip_weight(above.skip).to(dtype)
            stage = replace(stage, skip=(weight, above.skip.resample_filter))
        stages.append(stage)
    return stages


def _convolution(
    layer: StyledConvolution,
    x: Tensor,
    below: Tensor,
    index: int,
    style: Tensor,
    skipped: Tensor | None,
    noise_mode: str,
) -> tuple[Tensor, Stage]:
    """Features after a layer in the precision of x, and the linearised layer in that of `below`."""
    pause()
    kernel = layer.resample_filter if layer.up else None
    weight = layer.weight.to(x.dtype)
    gain = math.sqrt(2.0) * (1.0 if skipped is None else math.sqrt(0.5))
    demodulate = demodulation(weight, style)  # [1, O]
    scaled = weight * demodulate[0, :, None, None, None]
    styled = x * style[:, :, None, None]
    if kernel is None:
        y = F.conv2d(styled, scaled, padding=1)
    else:
        y = upsampling_convolution(styled, scaled, kernel)
    noise = layer.noise(noise_mode, [], y)
    before = y + layer.bias.to(y)[:, None, None] + (0.0 if noise is None else noise.to(y))
    slope = 1 + 4 * (before > 0).to(torch.int8)  # exact in a byte, where 0.2 would not be
    after = before * slope * (0.2 * gain)
    if layer.clamp is not None:
        bound = layer.clamp * gain / math.sqrt(2.0)
        slope = slope * (after.abs() <= bound)
        after = after.clamp(-bound, bound)
    if skipped is not None:
        after = skipped + after
    divisor = divisible(style)[0]  # [I]
    energy = weight.square().sum(dim=(2, 3))  # [O, I]

    shared = scaled * divisor[:, None, None] * (0.2 * gain)  # [O, I, 3, 3]
    if kernel is not None:  # the layout of a transposed convolution, inputs first
        shared = shared.transpose(0, 1)
    shared = stored(shared, below.dtype)
    return after, Stage(
        index=index,
        weight=shared if kernel is None else shared.transpose(0, 1),
        kernel=kernel,
        inverse_style=(1 / divisor).to(below.dtype),
        dlogd_ds=(-demodulate[0, :, None].square() * energy * style).to(below.dtype),
        x=below,
        slope=slope.contiguous(memory_format=torch.channels_last),
        slope_y=stored(y * slope * (0.2 * gain), below.dtype),
        features=stored(after, below.dtype),
        ends_residual=skipped is not None,
    )


def _torgb(
    block: SynthesisBlock, x: Tensor, index: int, style: Tensor, dtype: torch.dtype
) -> LinearToRGB:
    """The ToRGB of a block, linearised at its features x."""
    layer = block.torgb
    weight = layer.weight[:, :, 0, 0].to(x.dtype) / math.sqrt(layer.weight.shape[1])  # [C, I]
    styled = weight * style
    clamp_mask: Tensor | None = None
    if layer.clamp is not None:
        y = F.conv2d(x, styled[:, :, None, None], layer.bias.to(x.dtype))
        inside = y.abs() <= layer.clamp
        clamp_mask = None if bool(inside.all()) else inside.to(dtype)
    kernel = block.resample_filter
    return LinearToRGB(index, weight.to(dtype), styled.to(dtype), clamp_mask, kernel)


def _skip_weight(skip: ResidualSkip) -> Tensor:
    """The weight of a skip connection with its scale, `[O, I, 1, 1]`."""
    return skip.weight * (math.sqrt(0.5) / math.sqrt(skip.weight.shape[1]))


def _skipped(skip: ResidualSkip, x: Tensor) -> Tensor:
    """The output of a skip connection, in the precision of the features x."""
    return upsample(F.conv2d(x, _skip_weight(skip).to(x.dtype)), skip.resample_filter)
