"""Noise images for files that hold none, of the seed 0, so that they are always the same.

The public code draws new noise for each image, so that any noise is valid.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.errors import CheckpointError

_LARGEST = 4096
"""Side of the largest square of pixels; a small hostile file could else request any memory."""


class DrawnNoise:
    """A source of noise images."""

    def __init__(self) -> None:
        self._source = torch.Generator().manual_seed(0)

    def image(self, height: int, width: int) -> Tensor:
        """The next image.

        Args:
            height: In pixels.
            width: In pixels.

        Returns:
            `[height, width]`, standard normal.

        Raises:
            CheckpointError: It has more than 4096 x 4096 pixels.
        """
        if height * width > _LARGEST**2:
            raise CheckpointError(
                f"The names of the tensors promise images of {width} x {height} pixels",
                f"at most {_LARGEST} x {_LARGEST}",
                "The file is damaged",
            )
        return torch.randn(height, width, generator=self._source)
