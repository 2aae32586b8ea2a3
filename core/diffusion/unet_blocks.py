"""Parts of the U-Net, with the tensor names of Stable Diffusion's."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import (
    Conv2d,
    GroupNorm,
    Identity,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    Sequential,
    SiLU,
    init,
)
from torch.nn import functional as F

GROUPS = 32
"""Of every group normalisation; widths are multiples of it."""
LONGEST_PERIOD = 10_000.0
"""Of the sines and cosines that encode a time."""


def embed_times(times: Tensor, width: int) -> Tensor:
    """Times as cosines and sines of falling frequency.

    Args:
        times: `[N]`, 0 to about 1000; fractions count.
        width: Of the embedding, even.

    Returns:
        `[N, width]` float32, cosines first.
    """
    half = width // 2
    exponents = torch.arange(half, dtype=torch.float32, device=times.device) / half
    angles = times.float()[:, None] * torch.exp(-math.log(LONGEST_PERIOD) * exponents)
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class ResidualBlock(Module):
    """Two convolutions around a scale and shift that depend on time, added to the input."""

    def __init__(self, channels: int, out_channels: int, time_width: int) -> None:
        """Make the tensors; the last convolution begins at 0, and the block as its shortcut.

        Args:
            channels: Of the input.
            out_channels: Of the output.
            time_width: Of the time's embedding.
        """
        super().__init__()
        self.in_layers = Sequential(
            GroupNorm(GROUPS, channels),
            SiLU(),
            Conv2d(channels, out_channels, 3, padding=1),
        )
        self.emb_layers = Sequential(SiLU(), Linear(time_width, 2 * out_channels))
        last = Conv2d(out_channels, out_channels, 3, padding=1)
        self.out_layers = Sequential(
            GroupNorm(GROUPS, out_channels), SiLU(), Identity(), zeroed(last)
        )
        same = channels == out_channels
        self.skip_connection = Identity() if same else Conv2d(channels, out_channels, 1)

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        """`[N, channels, H, W]` and `[N, time_width]` to `[N, out_channels, H, W]`."""
        scale, shift = self.emb_layers(emb)[:, :, None, None].chunk(2, dim=1)
        hidden = self.out_layers[0](self.in_layers(x)) * (1 + scale) + shift
        return self.skip_connection(x) + self.out_layers[1:](hidden)


class SelfAttention(Module):
    """Softmax attention of a sequence to itself."""

    def __init__(self, width: int, heads: int) -> None:
        """Make the tensors.

        Args:
            width: Of each entry of the sequence.
            heads: That share it.
        """
        super().__init__()
        self.heads = heads
        self.to_q = Linear(width, width, bias=False)
        self.to_k = Linear(width, width, bias=False)
        self.to_v = Linear(width, width, bias=False)
        self.to_out = Sequential(Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """`[N, L, width]` to the same shape."""
        layers = (self.to_q, self.to_k, self.to_v)
        q, k, v = (layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in layers)
        # Not the fused attention, which has no forward derivative.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(2, 3)
        return self.to_out((scores.softmax(dim=-1) @ v).transpose(1, 2).flatten(2))


class GatedLinear(Module):
    """A linear map times the GELU of another."""

    def __init__(self, width: int, out_width: int) -> None:
        """Make the tensors.

        Args:
            width: Of the input.
            out_width: Of the output.
        """
        super().__init__()
        self.proj = Linear(width, 2 * out_width)

    def forward(self, x: Tensor) -> Tensor:
        """`[..., width]` to `[..., out_width]`."""
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(Module):
    """Each entry of a sequence through a hidden layer of four times its width."""

    def __init__(self, width: int) -> None:
        """Make the tensors.

        Args:
            width: Of the input and output.
        """
        super().__init__()
        self.net = Sequential(GatedLinear(width, 4 * width), Identity(), Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """`[..., width]` to the same shape."""
        return self.net(x)


class TransformerBlock(Module):
    """Two self-attentions, the second in place of one to a text, and a feed-forward layer."""

    def __init__(self, width: int, heads: int) -> None:
        """Make the tensors.

        Args:
            width: Of each entry of the sequence.
            heads: Of the attention.
        """
        super().__init__()
        self.attn1 = SelfAttention(width, heads)
        self.ff = FeedForward(width)
        self.attn2 = SelfAttention(width, heads)
        self.norm1, self.norm2, self.norm3 = (LayerNorm(width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """`[N, L, width]` to the same shape."""
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x))
        return x + self.ff(self.norm3(x))


class SpatialTransformer(Module):
    """A transformer block over the pixels of a picture, added to it."""

    def __init__(self, channels: int, head_channels: int) -> None:
        """Make the tensors; the last begins at 0.

        Args:
            channels: Of the picture.
            head_channels: Channels of each head.
        """
        super().__init__()
        self.norm = GroupNorm(GROUPS, channels, eps=1e-6)
        self.proj_in = Conv2d(channels, channels, 1)
        self.transformer_blocks = ModuleList(
            [TransformerBlock(channels, channels // head_channels)]
        )
        self.proj_out = zeroed(Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """`[N, channels, H, W]` to the same shape."""
        height, width = x.shape[2:]
        sequence = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            sequence = block(sequence)
        return x + self.proj_out(sequence.transpose(1, 2).unflatten(2, (height, width)))


class Stage(Sequential):
    """Layers one after another; residual blocks are given the time as well."""

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """`[N, C, H, W]` and `[N, time_width]` to `[N, C', H', W']`."""
        for layer in self:
            x = layer(x, emb) if isinstance(layer, ResidualBlock) else layer(x)
        return x


def zeroed(layer: Conv2d) -> Conv2d:
    """A layer whose output begins at 0.

    Args:
        layer: Changed in place.

    Returns:
        The layer.
    """
    init.zeros_(layer.weight)
    if layer.bias is not None:
        init.zeros_(layer.bias)
    return layer
