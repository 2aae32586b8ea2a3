"""The derivative of a network at one point, as a linear map that large batches pass through.

A network is run once, and what its linearisation needs is kept: where rectifiers let pass,
features, styles. Tangents then pass through ordinary convolutions with shared weights, which a
generic forward mode cannot do, since it does not know that the point is the same for all of them.

A network is linearised with respect to its *inputs*: the styles where it has them, since every
latent acts through a style, else the latents of its layers. Each input enters at some depth, and a
tangent of it meets nothing below.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor


class AbstractLinearisation(ABC):
    """`J = dG/ds` at one point, for batches of tangents of the inputs s."""

    image_shape: tuple[int, int, int]
    """Channels, height, width."""
    inputs: tuple[int, ...]
    """Size of each input, in order of depth: the styles of `GeneratorSpec.styles`, or one latent
    for each layer; n is their sum."""

    @abstractmethod
    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """Images of tangents: `J t`.

        Args:
            tangents: `[B, n]` on the network's device, any floating-point type.
            first: The inputs before this one have no tangent, so that their layers are passed over.

        Returns:
            `[B, C, H, W]`, at least float32.
        """

    @abstractmethod
    def pull(self, images: Tensor) -> Tensor:
        """Inputs of image cotangents: `J^T v`.

        Args:
            images: `[B, C, H, W]` on the network's device.

        Returns:
            `[B, n]`, at least float32.
        """

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """Images of unit changes of some numbers of one input: columns of J.

        Args:
            index: Which input.
            start: First number of the input.
            stop: One beyond the last.

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
        """Where tangents are expected."""


def primal_dtype(device: torch.device) -> torch.dtype:
    """Precision in which a network is run before it is linearised.

    A rectifier whose input is nearly zero may let pass in one formulation and not in another, which
    changes J by up to 1e-3 in float32; one run in float64 settles the signs for all.

    Args:
        device: Device of the network.

    Returns:
        float64, or float32 on devices without it (MPS, DirectML, some XPU).
    """
    return torch.float64 if device.type in ("cpu", "cuda") else torch.float32
