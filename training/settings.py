"""Settings of a training run, as stored in its checkpoints, and the schedule of its learning rate."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.generators.architectures.stylegan2.settings import StyleGAN2Settings


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a run, besides the data and the number of images."""

    z_dim: int = 128
    """Size of z."""
    w_dim: int = 128
    """Size of w."""
    mapping_layers: int = 4
    """Depth of the mapping network."""
    generator_channels: tuple[int, ...] = (128, 128, 96, 64, 32)
    """Channels at resolutions 4, 8, 16 and so on; their number sets the image's side."""
    discriminator_channels: tuple[int, ...] = (128, 128, 96, 64)
    """Likewise, ending at half the image's side."""
    batch: int = 32
    """Real images, and generated ones, per step, over all processes."""
    learning_rate: float = 2.5e-3
    """Of both networks, Adam with betas 0 and 0.99."""
    r1_gamma: float = 0.3
    """Weight of the gradient penalty."""
    r1_interval: int = 16
    """Steps between penalties."""
    style_mixing: float = 0.5
    """Share of samples whose later layers take a second w."""
    attribute_weight: float = 3.0
    """Weight of the discriminator's second task, the attributes of real images; 0 turns it off."""
    moment_weight: float = 0.25
    """Weight of the generator's second task, mean and covariance of the attributes; 0 turns it off."""
    grown: int = 0
    """Blocks trained above frozen ones, 1 for a generator that grows by one resolution; 0 trains all."""
    consistency_weight: float = 0.0
    """Weight of the grown generator's second task: the smaller one's picture, once averaged to its size."""
    taught_images: int = 0
    """Images that the grown generator draws for the enlarger alone, before the discriminator joins in."""
    enlarger_weight: float = 0.0
    """Weight of the absolute error to the enlarger's pictures; 0 turns it off."""
    detail_weight: float = 0.0
    """Weight of the sharpness, square by square, against that of the enlarger's pictures; 0 turns it off."""
    detail_gain: float = 1.0
    """Factor on the enlarger's sharpness, which is below that of renders."""
    average_half_life: float = 10_000.0
    """Half-life of the average generator, in images."""
    average_ramp: float = 0.05
    """The half-life is at most this share of the images seen."""
    seed: int = 0
    """Of the initial weights and of every batch."""

    @property
    def side(self) -> int:
        """Side of the images in pixels."""
        return 2 << len(self.generator_channels)

    def generator_settings(self) -> StyleGAN2Settings:
        """The generator's settings."""
        return StyleGAN2Settings(
            z_dim=self.z_dim,
            w_dim=self.w_dim,
            channels={4 << i: width for i, width in enumerate(self.generator_channels)},
            mapping_widths=(self.w_dim,) * self.mapping_layers,
        )


GROWN = TrainingSettings(
    generator_channels=(128, 128, 96, 64, 32, 32),
    discriminator_channels=(96, 96, 96, 64, 24),
    batch=4,
    learning_rate=2e-3,
    moment_weight=0.0,
    grown=1,
    consistency_weight=30.0,
    taught_images=50_000,
    enlarger_weight=1.0,
    detail_weight=2.0,
    detail_gain=1.15,
)
"""Settings of a generator of 128 px, grown from the one of 64 px."""


def read_settings(state: Mapping[str, Any]) -> TrainingSettings:
    """The settings inside a checkpoint.

    Args:
        state: As `read_checkpoint` returns it.

    Returns:
        The settings.
    """
    values = json.loads(state["settings"])
    return TrainingSettings(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})


def decay(images: int, total: int, start: float = 0.7, end: float = 0.05) -> float:
    """Factor of the learning rate: 1, then along a cosine to `end` over the run's last part.

    Args:
        images: Images seen.
        total: Images planned.
        start: Share of the run at which the rate begins to fall.
        end: Factor at the run's end.

    Returns:
        Factor in [end, 1].
    """
    progress = min(max((images / total - start) / (1 - start), 0.0), 1.0)
    return end + (1 - end) * (1 + math.cos(math.pi * progress)) / 2
