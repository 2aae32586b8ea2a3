"""Feature maps with a single non-zero channel each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SingleChannels:
    """K feature maps with one non-zero channel each."""

    planes: Tensor
    """`[K, H, W]`, the non-zero channels."""
    channels: Tensor
    """`[K]`, their numbers."""
    total: int
    """Number of channels of each map."""

    def select(self, part: slice) -> SingleChannels:
        """Some of the maps."""
        return SingleChannels(self.planes[part], self.channels[part], self.total)

    def dense(self) -> Tensor:
        """The maps with all channels, `[K, total, H, W]`."""
        count, height, width = self.planes.shape
        maps = self.planes.new_zeros(count, height, width, self.total).permute(0, 3, 1, 2)
        maps[torch.arange(count, device=self.planes.device), self.channels] = self.planes
        return maps
