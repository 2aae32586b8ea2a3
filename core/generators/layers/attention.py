"""Self-attention over the positions of a feature map (Zhang et al., ICML 2019), as in BigGAN.

Keys and values are pooled by two, so that each position attends to a quarter of the positions.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from .reuse import AbstractPart


class SelfAttention(AbstractPart):
    """`x + gamma * out(attention(x))`, all convolutions 1x1 without biases.

    Args:
        channels: Channels C of the features.
        keys: Channels of queries and keys.
        values: Channels of the values.
    """

    def __init__(self, channels: int, keys: int, values: int) -> None:
        super().__init__()
        self.queries = Convolution1x1(channels, keys)
        self.keys = Convolution1x1(channels, keys)
        self.values = Convolution1x1(channels, values)
        self.out = Convolution1x1(values, channels)
        self.gamma = Parameter(torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer.

        The attention matrix has a row per position and a quarter as many columns. It is computed in
        blocks of rows that are no larger than the features, so that the memory depends on the size
        of the features alone.

        Args:
            x: `[N, C, H, W]`.

        Returns:
            `[N, C, H, W]`.
        """
        queries = self.queries(x).flatten(2).transpose(1, 2)  # [N, P, K] with P = H W
        keys = F.max_pool2d(self.keys(x), 2).flatten(2)  # [N, K, P / 4]
        values = F.max_pool2d(self.values(x), 2).flatten(2).transpose(1, 2)  # [N, P / 4, V]
        rows = max(1, x[0].numel() // keys.shape[2])
        parts = [
            torch.softmax(part @ keys, dim=-1) @ values  # [N, rows, V]
            for part in queries.split(rows, dim=1)
        ]
        attended = torch.cat(parts, dim=1).transpose(1, 2).unflatten(2, x.shape[2:])  # [N, V, H, W]
        return x + self.gamma * self.out(attended)


class Convolution1x1(Module):
    """A matrix applied to the channels of each position.

    Args:
        inputs: Input channels.
        outputs: Output channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = Parameter(torch.randn(outputs, inputs, 1, 1) * inputs**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, inputs, H, W]` to features `[N, outputs, H, W]`."""
        return F.conv2d(x, self.weight)
