"""Fourier features instead of a learned constant (StyleGAN3, NeurIPS 2021, section 3.2, F)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import Parameter

from .modulation.dense import EqualizedDense
from .reuse import AbstractPart


class FourierInput(AbstractPart):
    """Plane waves, rotated and shifted by a style and by the user, then mixed by a matrix.

    Lengths are in image widths, frequencies in cycles per image width; the image covers -0.5 to
    0.5, x to the right and y downwards; the features also cover a margin around it.

    Args:
        w_dim: Size of w.
        channels: Number of waves C.
        size: Height and width of the features in samples, margin included.
        rate: Samples per image width.
        bandwidth: Frequency from which waves fade out.
    """

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, w_dim: int, channels: int, size: int, rate: float, bandwidth: float) -> None:
        super().__init__()
        self.size, self.rate, self.bandwidth = size, rate, bandwidth
        self.weight = Parameter(torch.randn(channels, channels))
        self.affine = EqualizedDense(w_dim, 4)
        with torch.no_grad():  # training starts from (1, 0, 0, 0) for all w: no motion
            self.affine.weight.mul_(0.05)
            self.affine.bias[0] = 1
        # Random directions; frequencies uniform over a disc.
        angle = 2 * math.pi * torch.rand(channels)
        radius = bandwidth * torch.rand(channels).sqrt()
        waves = radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        self.register_buffer("freqs", waves)
        self.register_buffer("phases", torch.rand(channels) - 0.5)
        self.register_buffer("transform", torch.eye(3))

    def forward(self, styles: Tensor, transform: Tensor | None) -> Tensor:
        """`styles [N, 4]` and a sampling transform `[3, 3]`, or none, to `[N, C, H, W]`."""
        sampling = self.transform if transform is None else transform
        frame = self.frame(styles) @ sampling  # [N, 3, 3]
        waves = self.freqs @ frame[:, :2, :2]  # [N, C, 2]
        phases = self.phases[:, None] + self.freqs @ frame[:, :2, 2:]  # [N, C, 1]
        nyquist = self.rate / 2
        fading = 1 - (waves.norm(dim=2) - self.bandwidth) / (nyquist - self.bandwidth)  # [N, C]
        at = (torch.arange(self.size).to(styles) + 0.5 - self.size / 2) / self.rate
        across = waves[:, :, :1] * at  # [N, C, W]
        along = waves[:, :, 1:] * at + phases  # [N, C, H]
        turns = along[:, :, :, None] + across[:, :, None, :]  # [N, C, H, W], in periods
        features = (turns * (2 * math.pi)).sin() * fading.clamp(0, 1)[:, :, None, None]
        mixing = self.weight * (1 / math.sqrt(self.weight.shape[1]))
        return torch.einsum("oc,nchw->nohw", mixing, features)

    def frame(self, styles: Tensor) -> Tensor:
        """The sampling transform of each style: shift, then rotation; `[N, 3, 3]`."""
        t = styles / styles[:, :2].norm(dim=1, keepdim=True)  # [N, 4]: cosine, sine, x, y
        cosine, sine, x, y = t.unbind(dim=1)
        zero, one = torch.zeros_like(x), torch.ones_like(x)
        turn = torch.stack([cosine, -sine, zero, sine, cosine, zero, zero, zero, one], dim=1)
        shift = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], dim=1)
        return turn.unflatten(1, (3, 3)) @ shift.unflatten(1, (3, 3))
