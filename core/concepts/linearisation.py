"""The derivative of a network at one point, as a linear map for large batches of tangents.

The network is run once, and the values that its derivative depends on are stored: signs of
rectifiers, features, styles. Tangents then pass through ordinary convolutions with shared weights.
A generic forward mode cannot do that, since it does not know that all tangents share one point.

A network is linearised with respect to its *inputs*: the styles where it has them, since every
latent acts through a style, else the latents of its layers. Each input enters at some depth, and
its tangents skip the layers before that depth.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor


class AbstractLinearisation(ABC):
    """`J = dG/ds` at one point; multiplies batches of tangents and cotangents."""

    image_shape: tuple[int, int, int]
    """Channels, height, width."""
    inputs: tuple[int, ...]
    """Size of each input, in order of depth: the styles of `GeneratorSpec.styles`, or one latent
    for each layer; n is their sum."""

    @abstractmethod
    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """Jacobian-vector products: `J t`.

        Args:
            tangents: `[B, n]` on the network's device, any floating-point type.
            first: Index of the first input with a nonzero tangent; layers before it are skipped.

        Returns:
            `[B, C, H, W]`, at least float32.
        """

    @abstractmethod
    def pull(self, images: Tensor) -> Tensor:
        """Vector-Jacobian products: `J^T v`.

        Args:
            images: `[B, C, H, W]` on the network's device.

        Returns:
            `[B, n]`, at least float32.
        """

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """Columns of J that belong to some entries of one input.

        Args:
            index: Index of the input.
            start: First entry of the input.
            stop: One beyond the last entry.

        Returns:
            `[stop - start, C, H, W]`, at least float32.
        """
        before = sum(self.inputs[:index])
        tangents = torch.zeros(stop - start, sum(self.inputs), device=self.device)
        tangents[range(stop - start), range(before + start, before + stop)] = 1.0
        return self.push(tangents, index)

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Device on which tangents are expected."""


def primal_dtype(device: torch.device) -> torch.dtype:
    """Floating-point type in which a network is run before it is linearised.

    Near zero, rounding decides the sign of a rectifier's input, so that two formulations of a layer
    may disagree; in float32 that changes J by up to 1e-3. One run in float64 fixes the signs for
    all formulations.

    Args:
        device: Device of the network.

    Returns:
        float64, or float32 on devices without it (MPS, DirectML, some XPU).
    """
    return torch.float64 if device.type in ("cpu", "cuda") else torch.float32
