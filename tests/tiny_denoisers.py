"""Small smooth denoisers of latents, whose Jacobian can be written down by autograd."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import Conv2d as Convolution
from torch.nn import Linear as Matrix
from torch.nn import functional as F

SHAPE = (1, 4, 6, 6)
"""Shape of the latents."""


class TinyDenoiser(nn.Module):
    """Two convolutions and an attention over pixels, with a skip; in any type.

    Args:
        seed: Seed of the weights.
        width: Channels inside.
        turn: Applied to queries and keys, such as a position embedding.
    """

    def __init__(
        self, seed: int = 0, width: int = 8, turn: Callable[[Tensor], Tensor] = lambda t: t
    ) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.turn = turn
        self.first = Convolution(4, width, 3, padding=1)
        self.mix = Matrix(width, 3 * width)
        self.last = Convolution(width, 4, 3, padding=1)
        for weight in self.parameters():
            scale = 1.6 / weight[0].numel() ** 0.5
            weight.data = torch.randn(weight.shape, generator=draw) * scale
            weight.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """The denoised picture."""
        features = F.silu(self.first(x.to(self.first.weight.dtype)))
        tokens = features.flatten(2).transpose(1, 2)  # [1, L, width]
        q, k, v = self.mix(tokens).chunk(3, dim=-1)
        seen = F.scaled_dot_product_attention(self.turn(q), self.turn(k), v)
        features = features + 2 * seen.transpose(1, 2).reshape(features.shape)
        return 0.3 * x + self.last(F.silu(features)).to(x.dtype)


class SymmetricDenoiser(TinyDenoiser):
    """A denoiser whose Jacobian is symmetric, as that of an ideal denoiser is: a covariance."""

    def forward(self, x: Tensor) -> Tensor:
        """The gradient of a potential."""
        weight = self.first.weight
        features = F.conv2d(x.to(weight.dtype), weight, padding=1)
        return (0.3 * x + F.conv_transpose2d(torch.tanh(features), weight, padding=1)).to(x.dtype)


def noisy_latent(seed: int = 1, shape: tuple[int, ...] = SHAPE) -> Tensor:
    """A latent of unit noise."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """`[n, n]` float64 by autograd, in float64 where the function allows it."""
    full = torch.autograd.functional.jacobian(function, point)
    n = point.numel()
    return full.reshape(n, n).double()


def quadrant(size: int = 6) -> Tensor:
    """`[size, size]`: the upper left quarter is inside."""
    mask = torch.zeros(size, size)
    mask[: size // 2, : size // 2] = 1
    return mask
