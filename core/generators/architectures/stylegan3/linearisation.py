"""StyleGAN3 linearised: tangents of styles through convolutions that all tangents share.

With the style s brought to unit scale, `t = s / rms(s)`, a layer computes

    y = d * conv(W, t * x),   x' = D(r(U(y + b)))

with demodulation d, up- and downsampling U and D, and the rectifier r at the higher rate. A tangent
obeys `dx' = D(m U(conv(d W t, u) + y a))`, with `u = dx + x dt / t`, the slope m of r at each
sample, and `a = dd / d = -d^2 (W^2 . t dt)`. As t and d go into the weights, what is left is one
convolution and the resampling, which `FilteredSlope` does.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from ....concepts.linearisation import primal_dtype
from ...layers.chains.chain import ChainLinearisation
from ...layers.chains.stages import AbstractStage, LatentStage, latent_map
from ...layers.convolution.resample_axes import downsample_plane
from ...layers.convolution.shared_convolution import SharedConvolution, kept
from ...layers.filtered_slope import (
    BandMatrix,
    FilteredSlope,
    downsampling_matrix,
    upsampling_matrix,
)
from ...layers.modulation.modulation import demodulation, divisible

if TYPE_CHECKING:
    from .network import FilteredLayer, Synthesis, ToRGB


@dataclass(frozen=True)
class ModulatedStage(AbstractStage):
    """One modulated convolution, and what follows it."""

    made: tuple[int, int, int]
    """Channels, height and width of its features."""
    convolution: SharedConvolution
    """Its weights, times demodulation and style."""
    below: Tensor
    """`[1, I, H, W]`, the features x that it reads."""
    relative: Tensor
    """`[I, I]`: `dt / t = relative ds`."""
    answer: Tensor | None
    """`[O, I]`: `a = answer ds`; none without demodulation."""
    given: Tensor | None
    """`[1, O, H', W']`, y; none without demodulation."""
    finish: FilteredSlope | None
    """The filtered rectifier; none in the image layer."""
    passes: Tensor | None
    """`[1, O, H', W']`, 0 where the image layer is clamped; none where it is nowhere."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.made

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.below.device

    @property
    def own(self) -> int:
        """See `AbstractStage.own`."""
        return self.relative.shape[1]

    def push(self, below: Tensor | None, own: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        u = below
        if own is not None:
            beta = (own @ self.relative.T)[:, :, None, None]
            u = self.below * beta if u is None else torch.addcmul(u, self.below, beta)
        assert u is not None  # something moves
        c = self.convolution(u)
        if own is not None and self.answer is not None and self.given is not None:
            c.addcmul_(self.given, (own @ self.answer.T)[:, :, None, None])
        if self.finish is not None:
            return self.finish.push(c)
        return c if self.passes is None else c.mul_(self.passes)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """See `AbstractStage.pull`."""
        if self.finish is not None:
            g = self.finish.pull(g)
        elif self.passes is not None:
            g = g * self.passes
        u = self.convolution.pull(g)
        own = (u * self.below).sum(dim=(2, 3)) @ self.relative
        if self.answer is not None and self.given is not None:
            own = own + (g * self.given).sum(dim=(2, 3)) @ self.answer
        return u, own


def linearised_stylegan3(
    synthesis: Synthesis, styles: list[Tensor], transform: Tensor | None, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and keep what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, I]` of each affine map, in order of depth.
        transform: See `Conditions.transform`.
        dtype: Precision of the tangents; the run itself is in float64 where the device has it.

    Returns:
        The linearisation.
    """
    wide = primal_dtype(styles[0].device)
    waves, place = copy.deepcopy(synthesis.input).to(wide), styles[0].to(wide)
    where = None if transform is None else transform.to(wide)
    x = waves(place, where)
    spread = torch.func.jacfwd(lambda point: waves(point[None], where)[0])(place[0])
    stages: list[AbstractStage] = [LatentStage(latent_map(spread, dtype))]
    for number in range(len(synthesis.names) - 1):
        layer = synthesis.layer(number)
        x, stage = _filtered(layer, x, styles[number + 1].to(wide), dtype)  # pyright: ignore[reportArgumentType]
        stages.append(stage)
    last = synthesis.layer(len(synthesis.names) - 1)
    stages.append(_image(last, x, styles[-1].to(wide), synthesis.scale, dtype))  # pyright: ignore[reportArgumentType]
    return ChainLinearisation(stages, None, dtype)


def _filtered(
    layer: FilteredLayer, x: Tensor, style: Tensor, dtype: torch.dtype
) -> tuple[Tensor, ModulatedStage]:
    """Features after a layer, and the layer linearised."""
    scale = style.square().mean(dim=1, keepdim=True).rsqrt()
    unit = style * scale  # [1, I]
    weight = layer.weight.to(x)
    weight = weight * weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
    demodulate = demodulation(weight, unit)  # [1, O]
    # Of t with respect to s: what keeps the scale.
    inner = scale * (torch.eye(unit.shape[1]).to(unit) - unit.T @ unit / unit.shape[1])  # [I, I]
    gain = demodulate[0] * layer.magnitude_ema.to(x).rsqrt()
    shown = divisible(unit)[0]
    padding = (weight.shape[2] - 1, weight.shape[3] - 1)
    convolution = SharedConvolution(weight * shown[:, None, None], padding).scaled(gain)
    y = F.conv2d(x * unit[:, :, None, None], weight, padding=padding) * gain[:, None, None]
    energy = weight.square().sum(dim=(2, 3))  # [O, I]
    answer = -demodulate[0, :, None].square() * energy * unit
    after, finish = _rectified(layer, y + layer.bias.to(y)[:, None, None], dtype)
    return after, ModulatedStage(
        made=(after.shape[1], after.shape[2], after.shape[3]),
        convolution=convolution.kept(dtype),
        below=kept(x, dtype),
        relative=(inner / shown[:, None]).to(dtype),
        answer=(answer @ inner).to(dtype),
        given=kept(y, dtype),
        finish=finish,
        passes=None,
    )


def _rectified(layer: FilteredLayer, y: Tensor, dtype: torch.dtype) -> tuple[Tensor, FilteredSlope]:
    """Output of the filtered rectifier for its input y, and its derivative there."""
    rectifier = layer.rectifier()
    up_filter, down_filter = rectifier.up_filter.to(y), rectifier.down_filter.to(y)
    size, taps = y.shape[-1], down_filter.shape[0]
    high, after = rectifier.high_size(size), rectifier.output_size(size)
    up = upsampling_matrix(up_filter, size, high, rectifier.up, rectifier.padding[0])
    samples = up @ y @ up.T  # [1, C, high, high]
    gain, negative = rectifier.gain, rectifier.slope
    slope = negative * gain + ((1 - negative) * gain) * (samples > 0).to(y)
    samples = samples * slope
    if rectifier.clamp is not None:
        slope = slope * (samples.abs() <= rectifier.clamp)
        samples = samples.clamp(-rectifier.clamp, rectifier.clamp)
    plane = None
    if down_filter.ndim == 2:
        plane = down_filter.flip(0, 1).to(dtype)
        down = downsampling_matrix(torch.ones(taps).to(y), high, after, rectifier.down)
        lowered = downsample_plane(samples[0], down_filter, after, rectifier.down)[None]
    else:
        down = downsampling_matrix(down_filter, high, after, rectifier.down)
        lowered = down @ samples @ down.T
    factors = slope[0].permute(1, 2, 0).to(dtype).contiguous()
    epilogue = FilteredSlope(
        BandMatrix(up.to(dtype)), factors, BandMatrix(down.to(dtype)), plane, rectifier.down
    )
    return lowered, epilogue


def _image(
    layer: ToRGB, x: Tensor, style: Tensor, scale: float, dtype: torch.dtype
) -> ModulatedStage:
    """The image layer, linearised."""
    factor = layer.magnitude_ema.to(x).rsqrt() / math.sqrt(layer.weight.shape[1])
    weight = layer.weight.to(x) * factor
    y = F.conv2d(x * style[:, :, None, None], weight) + layer.bias.to(x)[:, None, None]
    passes = None
    if layer.clamp is not None and bool((y.abs() > layer.clamp).any()):
        passes = (y.abs() <= layer.clamp).to(dtype)
    shown = divisible(style)[0]
    return ModulatedStage(
        made=(y.shape[1], y.shape[2], y.shape[3]),
        convolution=SharedConvolution(weight * (scale * shown[:, None, None]), (0, 0)).kept(dtype),
        below=kept(x, dtype),
        relative=torch.diag(1 / shown).to(dtype),
        answer=None,
        given=None,
        finish=None,
        passes=passes,
    )
