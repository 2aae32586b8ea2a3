"""A StyleGAN2 as its published code differentiates it: weights modulated for each image.

The style goes into the weights, which are demodulated as a whole (Karras et al., CVPR 2020,
section 2.2); the gradient of a pixel then passes through a tensor as large as the weights in every
layer. Our network scales features instead: the same sums in another order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from latent_levers.core.generators.architectures.stylegan2.network import (
    StyledConvolution,
    StyleGAN2,
    ToRGB,
)
from latent_levers.core.generators.layers.convolution.resampling import (
    upsample,
    upsampling_convolution,
)
from latent_levers.core.generators.layers.modulation.dense import leaky_relu
from torch import Tensor
from torch.nn import functional as F

_EPSILON = 1e-8


def draw(network: StyleGAN2, ws: Tensor) -> Tensor:
    """The image of one latent per layer, noise as stored.

    Args:
        network: Of the "skip" architecture, without clamps.
        ws: `[1, num_ws, w_dim]`.

    Returns:
        `[1, C, H, W]`.
    """
    synthesis = network.synthesis
    styles = iter(
        network.styles(ws).split([len(m.affine.weight) for m in synthesis.style_maps()], 1)
    )
    x = synthesis.block(4).const[None]
    image: Tensor | None = None
    for resolution in synthesis.resolutions:
        block = synthesis.block(resolution)
        if hasattr(block, "conv0"):
            x = _convolved(block.conv0, x, styles)
        x = _convolved(block.conv1, x, styles)
        seen = _picture(block.torgb, x, styles)
        image = seen if image is None else upsample(image, block.resample_filter) + seen
    assert image is not None  # there is a block of 4 pixels
    return image


def _convolved(layer: StyledConvolution, x: Tensor, styles: Iterator[Tensor]) -> Tensor:
    """Features after one styled convolution."""
    weight = layer.weight * next(styles)[0, :, None, None]  # [O, I, 3, 3], this image's own
    weight = weight * (weight.square().sum((1, 2, 3), keepdim=True) + _EPSILON).rsqrt()
    if layer.up:
        y = upsampling_convolution(x, weight, layer.resample_filter)
    else:
        y = F.conv2d(x, weight, padding=1)
    noise = layer.noise("const", [], y)
    return leaky_relu((y if noise is None else y + noise) + layer.bias[:, None, None])


def _picture(layer: ToRGB, x: Tensor, styles: Iterator[Tensor]) -> Tensor:
    """The image of some features."""
    gain = 1 / math.sqrt(layer.weight.shape[1])
    return F.conv2d(x, layer.weight * (next(styles)[0, :, None, None] * gain), layer.bias)


def pixel_rows(image: Tensor, point: Tensor, first: int, count: int) -> list[Tensor]:
    """Rows of J one pixel after the other, by reverse mode, the graph being kept.

    Args:
        image: `[1, C, H, W]`, drawn with gradients.
        point: What it was drawn from.
        first: Number of the first pixel, over channels, rows and columns.
        count: How many; they lie far apart.

    Returns:
        One gradient per pixel.
    """
    with torch.enable_grad():
        flat = image.flatten()
        step = 1 + len(flat) * 5 // 13  # some pixels here, some there
        picked = [flat[(first + n) * step % len(flat)] for n in range(count)]
    return [torch.autograd.grad(pixel, point, retain_graph=True)[0] for pixel in picked]
