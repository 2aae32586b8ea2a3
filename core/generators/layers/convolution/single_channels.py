"""Feature maps of which all channels but one are zero."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SingleChannels:
    """K feature maps, each with one channel that is not zero."""

    planes: Tensor
    """`[K, H, W]`, these channels."""
    channels: Tensor
    """`[K]`, their numbers."""
    total: int
    """Channels of each map."""

    def some(self, part: slice) -> SingleChannels:
        """Some of the maps."""
        return SingleChannels(self.planes[part], self.channels[part], self.total)

    def spread(self) -> Tensor:
        """The maps with all their channels, `[K, total, H, W]`."""
        count, height, width = self.planes.shape
        whole = self.planes.new_zeros(count, height, width, self.total).permute(0, 3, 1, 2)
        whole[torch.arange(count, device=self.planes.device), self.channels] = self.planes
        return whole
