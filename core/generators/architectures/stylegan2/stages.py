"""The layers of a StyleGAN2 as derivatives see them; formulas in `stylegan2_linearisation`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....concepts.linearisation import primal_dtype
from ...layers.chains.chunks import rows_of
from ...layers.convolution.adjoints import (
    convolution_transposed,
    each_channel_alone,
    upsample_transposed,
)
from ...layers.convolution.resampling import upsample, upsampling_convolution
from ...layers.modulation.modulation import demodulation, divisible

if TYPE_CHECKING:
    from .network import ResidualSkip, StyledConvolution, Synthesis, SynthesisBlock


@dataclass(frozen=True)
class Picture:
    """One ToRGB, `y = W (s x)`."""

    index: int
    """Number of its style among the inputs."""
    weight: Tensor
    """`[C, I]`, scaled."""
    styled: Tensor
    """`[C, I]`, times the style."""
    passes: Tensor | None
    """`[1, C, H, W]`, 0 where the image is clamped, 1 elsewhere; none where it is nowhere."""
    enlarge: Tensor
    """Low-pass filter of the image below, which joins this one."""

    def shape(self, x: Tensor) -> tuple[int, int, int]:
        """Channels, height and width of the image of features."""
        return (self.weight.shape[0], x.shape[2], x.shape[3])

    def of_features(self, dx: Tensor, rows: slice) -> Tensor:
        """Images `[B, C, h, W]` of tangents `[B, I, h, W]` of some rows of the features."""
        image = (dx.permute(0, 2, 3, 1) @ self.styled.T).permute(0, 3, 1, 2)
        return image if self.passes is None else image * self.passes[:, :, rows]

    def of_style(self, ds: Tensor, x: Tensor) -> Tensor:
        """Images `[B, C, H, W]` of tangents `[B, I]` of the style."""
        mixed = (self.weight * ds[:, None]).to(x.dtype)  # [B, C, I]
        flat = x.permute(0, 2, 3, 1).flatten(0, 2)  # [H W, I]
        image = (mixed.flatten(0, 1) @ flat.T).reshape(len(ds), *self.shape(x))
        image = image.contiguous(memory_format=torch.channels_last)  # quicker to enlarge
        return image if self.passes is None else image * self.passes

    def pull(self, images: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cotangents `[B, C, H, W]` to those of features `[B, I, H, W]` and style `[B, I]`."""
        g = images if self.passes is None else images * self.passes
        dx = g.permute(0, 2, 3, 1) @ self.styled.to(g.dtype)  # [B, H, W, I]
        flat = x.permute(0, 2, 3, 1).flatten(0, 2).to(g.dtype)  # [H W, I]
        seen = g.flatten(2) @ flat  # [B, C, I]
        return dx.permute(0, 3, 1, 2), (seen * self.weight.to(g.dtype)).sum(dim=1)


@dataclass(frozen=True)
class Stage:
    """One styled convolution, with what happens to its output before the next."""

    index: int
    """Number of its style among the inputs."""
    weight: Tensor
    """`[O, I, 3, 3]`, times demodulation, style, and the lower slope of the rectifier."""
    kernel: Tensor | None
    """Low-pass filter where it doubles the resolution."""
    inverse: Tensor
    """`[I]`, one over the style."""
    answer: Tensor
    """`[O, I]`: `a = answer ds`."""
    below: Tensor
    """`[1, I, H, W]`, the features x that it reads: the tensor of the stage below."""
    slope: Tensor
    """`[1, O, H', W']` int8, the slope m of the rectifier in multiples of the lower one: 1, 5, or
    0 where it is clamped. A byte each, since large maps count."""
    sloped: Tensor
    """`[1, O, H', W']`, m times y."""
    features: Tensor
    """`[1, O, H', W']`, what it gives, after a residual sum if one ends here."""
    ends_residual: bool
    """Whether the sum with a skip connection ends here."""
    picture: Picture | None = None
    """The ToRGB after it, if any."""
    skip: tuple[Tensor, Tensor] | None = None
    """Weight `[O', O, 1, 1]` and filter of the skip connection that begins here, if any."""

    @property
    def scale(self) -> int:
        """Rows of the output per row of the input."""
        return 1 if self.kernel is None else 2

    def convolve(self, u: Tensor, rows: slice | None = None) -> Tensor:
        """The convolution of `[B, I, H, W]`, or some rows of it: `[B, O, h, W']`."""

        def whole(part: Tensor) -> Tensor:
            if self.kernel is None:
                return F.conv2d(part, self.weight, padding=1)
            return upsampling_convolution(part, self.weight, self.kernel)

        if rows is None:
            return whole(u)
        if self.kernel is None:
            return rows_of(u, rows, 1, 1, whole)
        return rows_of(u, rows, 2, 1 + self.kernel.shape[0] // 2, whole)

    def alone(self, channels: slice) -> Tensor:
        """What the convolution makes of unit changes of some style channels, `[k, O, H', W']`."""
        weight = self.weight[:, channels] * self.inverse[channels, None, None]
        return each_channel_alone(self.below[0, channels], weight, self.kernel)

    def finish(
        self,
        c: Tensor,
        rows: slice,
        alpha: Tensor | None,
        around: Tensor | None,
        image: Tensor | None,
    ) -> Tensor:
        """Turn some rows of a convolution into the tangents of the features, in place.

        Args:
            c: `[B, O, h, W']`, overwritten.
            rows: The rows.
            alpha: `[B, O, 1, 1]`, the relative change of the demodulation, if any.
            around: What a skip connection carries, if one ends here.
            image: `[B, C, H', W']`, to which the picture of these rows is added, if there is one.

        Returns:
            c.
        """
        dx = c.mul_(self.slope[:, :, rows])
        if alpha is not None:
            dx.addcmul_(self.sloped[:, :, rows], alpha)
        if around is not None and self.ends_residual:
            dx.add_(around[:, :, rows])
        if self.picture is not None and image is not None:
            image[:, :, rows] += self.picture.of_features(dx, rows)
        return dx

    def around(self, dx: Tensor) -> Tensor:
        """What the skip connection that begins here makes of `[B, O, H', W']`."""
        assert self.skip is not None
        return upsample(F.conv2d(dx, self.skip[0]), self.skip[1])

    def around_transposed(self, g: Tensor) -> Tensor:
        """The transpose of `around`."""
        assert self.skip is not None
        weight, kernel = self.skip
        return F.conv2d(upsample_transposed(g, kernel), weight.transpose(0, 1))

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """Cotangents `[B, O, H', W']` of its output, overwritten, to those of u and its style."""
        a = (g * self.sloped).sum(dim=(2, 3))  # [B, O]
        u = convolution_transposed(g.mul_(self.slope), self.weight, self.kernel)
        return u, a @ self.answer + (u * self.below).sum(dim=(2, 3)) * self.inverse


def linearised_stages(
    synthesis: Synthesis, styles: list[Tensor], noise_mode: str, dtype: torch.dtype
) -> list[Stage]:
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, I]` each, in order of depth.
        noise_mode: "const" or "none".
        dtype: Precision of what is kept; the run itself is in float64 where the device has it.

    Returns:
        One stage per convolution.
    """
    wide = primal_dtype(styles[0].device)
    remaining = enumerate(style.to(wide) for style in styles)
    x = synthesis.block(4).const.to(wide)[None].contiguous(memory_format=torch.channels_last)
    below = x.to(dtype)
    stages: list[Stage] = []
    blocks = [synthesis.block(resolution) for resolution in synthesis.resolutions]
    for block, above in zip(blocks, [*blocks[1:], None], strict=True):
        around = _skipped(block.skip, x) if block.is_residual else None
        if hasattr(block, "conv0"):
            x, stage = _convolution(block.conv0, x, below, *next(remaining), None, noise_mode)
            below = stage.features
            stages.append(stage)
        x, stage = _convolution(block.conv1, x, below, *next(remaining), around, noise_mode)
        below = stage.features
        if hasattr(block, "torgb"):
            stage = replace(stage, picture=_picture(block, x, *next(remaining), dtype))
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
    around: Tensor | None,
    noise_mode: str,
) -> tuple[Tensor, Stage]:
    """Features after a layer in the precision of the run, and its stage in that of `below`."""
    kernel = layer.resample_filter if layer.up else None
    weight = layer.weight.to(x.dtype)
    gain = math.sqrt(2.0) * (1.0 if around is None else math.sqrt(0.5))
    demodulate = demodulation(weight, style)  # [1, O]
    scaled = weight * demodulate[0, :, None, None, None]
    given = x * style[:, :, None, None]
    if kernel is None:
        y = F.conv2d(given, scaled, padding=1)
    else:
        y = upsampling_convolution(given, scaled, kernel)
    noise = layer.noise(noise_mode, [], y)
    before = y + layer.bias.to(y)[:, None, None] + (0.0 if noise is None else noise.to(y))
    slope = 1 + 4 * (before > 0).to(torch.int8)  # exact in a byte, where 0.2 would not be
    after = before * slope * (0.2 * gain)
    if layer.clamp is not None:
        bound = layer.clamp * gain / math.sqrt(2.0)
        slope = slope * (after.abs() <= bound)
        after = after.clamp(-bound, bound)
    if around is not None:
        after = around + after
    shown = divisible(style)[0]  # [I]
    energy = weight.square().sum(dim=(2, 3))  # [O, I]

    def kept(tensor: Tensor) -> Tensor:
        return tensor.to(below.dtype).contiguous(memory_format=torch.channels_last)

    shared = scaled * shown[:, None, None] * (0.2 * gain)  # [O, I, 3, 3]
    if kernel is not None:  # as a transposed convolution takes it, inputs first
        shared = shared.transpose(0, 1)
    shared = kept(shared)
    return after, Stage(
        index=index,
        weight=shared if kernel is None else shared.transpose(0, 1),
        kernel=kernel,
        inverse=(1 / shown).to(below.dtype),
        answer=(-demodulate[0, :, None].square() * energy * style).to(below.dtype),
        below=below,
        slope=slope.contiguous(memory_format=torch.channels_last),
        sloped=kept(y * slope * (0.2 * gain)),
        features=kept(after),
        ends_residual=around is not None,
    )


def _picture(
    block: SynthesisBlock, x: Tensor, index: int, style: Tensor, dtype: torch.dtype
) -> Picture:
    """The ToRGB of a block, linearised at its features."""
    layer = block.torgb
    weight = layer.weight[:, :, 0, 0].to(x.dtype) / math.sqrt(layer.weight.shape[1])  # [C, I]
    styled = weight * style
    passes: Tensor | None = None
    if layer.clamp is not None:
        y = F.conv2d(x, styled[:, :, None, None], layer.bias.to(x.dtype))
        inside = y.abs() <= layer.clamp
        passes = None if bool(inside.all()) else inside.to(dtype)
    return Picture(index, weight.to(dtype), styled.to(dtype), passes, block.resample_filter)


def _skip_weight(skip: ResidualSkip) -> Tensor:
    """The weight of a skip connection as it acts, `[O, I, 1, 1]`."""
    return skip.weight * (math.sqrt(0.5) / math.sqrt(skip.weight.shape[1]))


def _skipped(skip: ResidualSkip, x: Tensor) -> Tensor:
    """What a skip connection makes of features, in their precision."""
    return upsample(F.conv2d(x, _skip_weight(skip).to(x.dtype)), skip.resample_filter)
