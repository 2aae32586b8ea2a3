"""StyleGAN3 linearised: tangents of styles through convolutions that all tangents share.

With the style s brought to unit scale, `t = s / rms(s)`, a layer computes

    y = d * conv(W, t * x),   x' = D(r(U(y + b)))

with demodulation d, up- and downsampling U and D, and the rectifier r at the higher rate. A tangent
obeys `dx' = D(m U(conv(d W t, u) + y a))`, with `u = dx + x dt / t`, the slope m of r at each
sample, and `a = dd / d = -d^2 (W^2 . t dt)`. As t and d go into the weights, a tangent needs
one convolution and the resampling of `FilteredSlope`.
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
from ...layers.convolution.shared_convolution import SharedConvolution, stored
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
    """A modulated convolution and its epilogue."""

    output_shape: tuple[int, int, int]
    """Channels, height and width of its features."""
    convolution: SharedConvolution
    """The convolution, its weights times demodulation and style."""
    x: Tensor
    """`[1, I, H, W]`, the features below."""
    dlogt_ds: Tensor
    """`[I, I]`: `dt / t = dlogt_ds ds`."""
    dlogd_ds: Tensor | None
    """`[O, I]`: `a = dlogd_ds ds`; none without demodulation."""
    y: Tensor | None
    """`[1, O, H', W']`, y; none without demodulation."""
    rectifier: FilteredSlope | None
    """The filtered rectifier; none in the image layer."""
    clamp_mask: Tensor | None
    """`[1, O, H', W']`, 0 where the image layer is clamped, else 1; none where nothing is."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `AbstractStage.shape`."""
        return self.output_shape

    @property
    def device(self) -> torch.device:
        """See `AbstractStage.device`."""
        return self.x.device

    @property
    def input_size(self) -> int:
        """See `AbstractStage.input_size`."""
        return self.dlogt_ds.shape[1]

    def push(self, features: Tensor | None, inputs: Tensor | None) -> Tensor:
        """See `AbstractStage.push`."""
        u = features
        if inputs is not None:
            ratio = (inputs @ self.dlogt_ds.T)[:, :, None, None]  # dt / t
            u = self.x * ratio if u is None else torch.addcmul(u, self.x, ratio)
        assert u is not None  # features and inputs are not both none
        c = self.convolution(u)
        if inputs is not None and self.dlogd_ds is not None and self.y is not None:
            c.addcmul_(self.y, (inputs @ self.dlogd_ds.T)[:, :, None, None])
        if self.rectifier is not None:
            return self.rectifier.push(c)
        return c if self.clamp_mask is None else c.mul_(self.clamp_mask)

    def pull(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """See `AbstractStage.pull`."""
        if self.rectifier is not None:
            g = self.rectifier.pull(g)
        elif self.clamp_mask is not None:
            g = g * self.clamp_mask
        u = self.convolution.pull(g)
        inputs = (u * self.x).sum(dim=(2, 3)) @ self.dlogt_ds
        if self.dlogd_ds is not None and self.y is not None:
            inputs = inputs + (g * self.y).sum(dim=(2, 3)) @ self.dlogd_ds
        return u, inputs


def linearised_stylegan3(
    synthesis: Synthesis, styles: list[Tensor], transform: Tensor | None, dtype: torch.dtype
) -> ChainLinearisation:
    """Run the network once and store what its derivative needs.

    Args:
        synthesis: The layers.
        styles: `[1, I]` of each affine map, in order of depth.
        transform: `[3, 3]`, where the Fourier features are sampled; none for as stored.
        dtype: Precision of the tangents; the network itself runs in `primal_dtype`.

    Returns:
        The linearisation.
    """
    exact = primal_dtype(styles[0].device)
    fourier, style = copy.deepcopy(synthesis.input).to(exact), styles[0].to(exact)
    sampling = None if transform is None else transform.to(exact)
    x = fourier(style, sampling)
    jacobian = torch.func.jacfwd(lambda point: fourier(point[None], sampling)[0])(style[0])
    stages: list[AbstractStage] = [LatentStage(latent_map(jacobian, dtype))]
    for number in range(len(synthesis.names) - 1):
        layer = synthesis.layer(number)
        x, stage = _filtered(layer, x, styles[number + 1].to(exact), dtype)  # pyright: ignore[reportArgumentType]
        stages.append(stage)
    last = synthesis.layer(len(synthesis.names) - 1)
    stages.append(_image(last, x, styles[-1].to(exact), synthesis.scale, dtype))  # pyright: ignore[reportArgumentType]
    return ChainLinearisation(stages, None, dtype)


def _filtered(
    layer: FilteredLayer, x: Tensor, style: Tensor, dtype: torch.dtype
) -> tuple[Tensor, ModulatedStage]:
    """Features of a layer, and the layer linearised."""
    scale = style.square().mean(dim=1, keepdim=True).rsqrt()
    unit = style * scale  # [1, I]
    weight = layer.weight.to(x)
    weight = weight * weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
    demodulate = demodulation(weight, unit)  # [1, O]
    # Derivative of t with respect to s.
    inner = scale * (torch.eye(unit.shape[1]).to(unit) - unit.T @ unit / unit.shape[1])  # [I, I]
    gain = demodulate[0] * layer.magnitude_ema.to(x).rsqrt()
    divisor = divisible(unit)[0]
    padding = (weight.shape[2] - 1, weight.shape[3] - 1)
    convolution = SharedConvolution(weight * divisor[:, None, None], padding).scaled(gain)
    y = F.conv2d(x * unit[:, :, None, None], weight, padding=padding) * gain[:, None, None]
    energy = weight.square().sum(dim=(2, 3))  # [O, I]
    dlogd_dt = -demodulate[0, :, None].square() * energy * unit
    after, rectifier = _rectified(layer, y + layer.bias.to(y)[:, None, None], dtype)
    return after, ModulatedStage(
        output_shape=(after.shape[1], after.shape[2], after.shape[3]),
        convolution=convolution.stored(dtype),
        x=stored(x, dtype),
        dlogt_ds=(inner / divisor[:, None]).to(dtype),
        dlogd_ds=(dlogd_dt @ inner).to(dtype),
        y=stored(y, dtype),
        rectifier=rectifier,
        clamp_mask=None,
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
    clamp_mask = None
    if layer.clamp is not None and bool((y.abs() > layer.clamp).any()):
        clamp_mask = (y.abs() <= layer.clamp).to(dtype)
    divisor = divisible(style)[0]
    convolution = SharedConvolution(weight * (scale * divisor[:, None, None]), (0, 0))
    return ModulatedStage(
        output_shape=(y.shape[1], y.shape[2], y.shape[3]),
        convolution=convolution.stored(dtype),
        x=stored(x, dtype),
        dlogt_ds=torch.diag(1 / divisor).to(dtype),
        dlogd_ds=None,
        y=None,
        rectifier=None,
        clamp_mask=clamp_mask,
    )
