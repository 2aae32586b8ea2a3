"""The figures of an evaluated generator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

RENDERS = 2_000
"""Held-out renders that generated images are compared with."""
SAMPLES = 1_000
"""Generated images, of seeds 20,000 upwards; grids show seeds 0 upwards."""
SHARPNESS_RENDERS = 500
"""Held-out renders of the generator's own size, for the energy of the Laplacian."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of a generator."""

    frechet: float
    """Distance of `SAMPLES` generated images to the renders, in the attribute network's features."""
    frechet_untrained: float
    """Likewise of as many images of the untrained generator."""
    frechet_renders: float
    """Likewise of as many other renders: what a perfect generator would score."""
    spread: dict[str, tuple[float, float, float]]
    """By attribute: deviation as read off generated images, as read off renders, and the reading's R^2 on renders."""
    energy: float
    """Energy of the Laplacian of generated images at their own size; see `laplacian_energy`."""
    energy_renders: float
    """Likewise of renders of that size."""
    drift: float | None = None
    """Of a grown generator: root mean square, in grey levels of 255, by which images averaged to half their size
    differ from the smaller generator's images of the same seeds."""

    @property
    def sharpness(self) -> float:
        """Energy of the Laplacian as a share of the renders'."""
        return self.energy / self.energy_renders

    @property
    def ratio(self) -> float:
        """Distance as a share of the untrained generator's."""
        return self.frechet / self.frechet_untrained

    @property
    def narrow(self) -> list[str]:
        """Attributes whose spread is below half the renders'."""
        return [name for name, (ours, renders, _) in self.spread.items() if ours < 0.5 * renders]


def laplacian(images: Tensor) -> Tensor:
    """The Laplacian by four neighbours, with zeros around.

    Args:
        images: `[N, C, H, W]`.

    Returns:
        `[N, C, H, W]`.
    """
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]).to(images)
    channels = images.shape[1]
    return F.conv2d(images, kernel.expand(channels, 1, 3, 3), padding=1, groups=channels)


def laplacian_energy(images: Tensor) -> float:
    """How sharp images are: the mean square of their Laplacian, away from the border.

    Args:
        images: `[N, C, H, W]`, clipped to [-1, 1].

    Returns:
        0 for flat images; blur lowers it.
    """
    found = laplacian(images.float().clamp(-1, 1))
    return found[:, :, 1:-1, 1:-1].square().mean().item()
