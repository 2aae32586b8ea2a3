"""StyleGAN2 as in the published code, with weights modulated per image.

The style multiplies the weights, which are then demodulated (Karras et al., CVPR 2020,
section 2.2); the gradient of a pixel then passes through a tensor as large as the weights in every
layer. The network of this pack scales features instead: the same sums in another
order.
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
from torch import Tensor
from torch.nn import functional as F

_EPSILON = 1e-8


def draw(network: StyleGAN2, ws: Tensor) -> Tensor:
    """Render one latent per layer with the stored noise.

    Args:
        network: A network with the "skip" architecture and without clamps.
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
        rgb = _to_rgb(block.torgb, x, styles)
        image = rgb if image is None else upsample(image, block.resample_filter) + rgb
    assert image is not None  # every network has a block of 4 pixels
    return image


def _convolved(layer: StyledConvolution, x: Tensor, styles: Iterator[Tensor]) -> Tensor:
    """Features after one styled convolution."""
    weight = layer.weight * next(styles)[0, :, None, None]  # [O, I, 3, 3], modulated for this image
    weight = weight * (weight.square().sum((1, 2, 3), keepdim=True) + _EPSILON).rsqrt()
    if layer.up:
        y = upsampling_convolution(x, weight, layer.resample_filter)
    else:
        y = F.conv2d(x, weight, padding=1)
    noise = layer.noise("const", [], y)
    return layer.activation((y if noise is None else y + noise) + layer.bias[:, None, None])


def _to_rgb(layer: ToRGB, x: Tensor, styles: Iterator[Tensor]) -> Tensor:
    """Convert features to an image."""
    gain = 1 / math.sqrt(layer.weight.shape[1])
    return F.conv2d(x, layer.weight * (next(styles)[0, :, None, None] * gain), layer.bias)


def pixel_rows(image: Tensor, point: Tensor, first: int, count: int) -> list[Tensor]:
    """Rows of J by reverse mode, one pixel after the other; the graph is retained.

    Args:
        image: `[1, C, H, W]`, with a graph.
        point: The input of the graph.
        first: Number of the first pixel, over channels, rows and columns.
        count: Number of pixels; they are far apart from each other.

    Returns:
        One gradient per pixel.
    """
    with torch.enable_grad():
        flat = image.flatten()
        step = 1 + len(flat) * 5 // 13  # spreads the pixels over the image
        picked = [flat[(first + n) * step % len(flat)] for n in range(count)]
    return [torch.autograd.grad(pixel, point, retain_graph=True)[0] for pixel in picked]
