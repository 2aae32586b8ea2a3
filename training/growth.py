"""A generator grown by one resolution: a new last block is trained above layers that stay as they are.

The new block begins by adding nothing, so that the first images are those of the smaller generator, enlarged. First it
learns to draw what an enlarger (`enlarger.py`) makes of the small picture; then a discriminator at full resolution
joins in. All along it is held to the smaller generator's picture: averaged back to its size, the large picture shall be
the small one. So a seed, a region and an attribute mean the same in both.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, autocast
from torch.nn import functional as F

from core.generators.architectures.stylegan2.network import StyleGAN2
from core.generators.layers.modulation.styles import each_style

from .adversary import Adversary, Portraits
from .enlarger import Enlarger
from .evaluation import laplacian
from .parallel import rank, world_size
from .settings import TrainingSettings


def grow(network: StyleGAN2, channels: int, seed: int = 0) -> StyleGAN2:
    """Add a block that doubles the image's side and, untrained, changes nothing but the size.

    Args:
        network: The smaller generator, of the skip architecture.
        channels: Channels of the new block.
        seed: Of the new block's weights.

    Returns:
        The larger generator; all else has the smaller one's values.

    Raises:
        ValueError: The image of the network is not summed over resolutions.
    """
    small = network.settings
    if small.architecture != "skip":
        raise ValueError(
            f"a generator of the architecture {small.architecture!r} was found, expected 'skip': only its images "
            "are summed over resolutions, so that a new block can begin by adding nothing"
        )
    side = 2 * max(small.channels)
    torch.manual_seed(seed)
    settings = {**vars(small), "channels": {**small.channels, side: channels}}
    grown = StyleGAN2(type(small)(**settings))
    grown.load_state_dict({**grown.state_dict(), **network.state_dict()})
    torgb = grown.synthesis.block(side).torgb
    with torch.no_grad():
        torgb.weight.zero_()
    return grown


def local_detail(images: Tensor, side: int = 8) -> Tensor:
    """How sharp images are, square by square: the root mean square of their Laplacian there.

    Args:
        images: `[N, C, H, W]`.
        side: Pixels per side of a square.

    Returns:
        `[N, 1, H / side, W / side]`.
    """
    # Zeros around an image would count as an edge, and its outermost pixels would be sharpened.
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    found = laplacian(padded)[:, :, 1:-1, 1:-1]
    return F.avg_pool2d(found.square().mean(dim=1, keepdim=True) + 1e-4, side).sqrt()


class GrowingAdversary(Adversary):
    """Trains the last block of a grown generator; everything below it is frozen.

    Args:
        settings: What decides the run; `generator_channels` are those of the grown generator.
        device: Where to train.
        small: The smaller generator; none when a checkpoint is loaded next.
        enlarger: What the block learns from first; none where the settings give that no weight.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        device: str = "cpu",
        small: StyleGAN2 | None = None,
        enlarger: Enlarger | None = None,
    ) -> None:
        super().__init__(settings, device)
        if small is not None:
            grown = grow(small, settings.generator_channels[-1], settings.seed)
            for ours in (self.generator, self.average):
                ours.load_state_dict(grown.state_dict())
        self._side = max(self.generator.settings.channels)
        last = self.generator.synthesis.block(self._side)
        self.generator.requires_grad_(False)
        last.requires_grad_(True)
        self.generator_optimizer = torch.optim.Adam(
            last.parameters(), settings.learning_rate, betas=(0.0, 0.99), eps=1e-8, fused=True
        )
        self._small_picture: Tensor | None = None
        self._enlarger = None if enlarger is None else enlarger.to(self.device)

    def step(self, portraits: Portraits) -> dict[str, float]:
        """See `Adversary.step`; the first images are for the enlarger's lessons alone."""
        if self._enlarger is None or self.images >= self.settings.taught_images:
            return super().step(portraits)
        batch = self.settings.batch // world_size()
        rng = np.random.default_rng([self.settings.seed, self.steps, rank()])
        codes = torch.from_numpy(rng.standard_normal((2, batch, self.settings.z_dim), np.float32)).to(self.device)
        report: dict[str, float] = {}
        with autocast(self.device.type, torch.bfloat16):
            fake = self._draw(self._mixed(codes, rng))
        loss = self._further_loss(fake, report)
        self._update_generator(loss)
        self._count(batch)
        return report

    def _draw(self, ws: Tensor) -> Tensor:
        """See `Adversary._draw`; remembers the smaller generator's picture."""
        synthesis = self.generator.synthesis
        styles = iter(each_style(self.generator.style_maps(), ws))
        x = synthesis.block(4).const.expand(len(ws), -1, -1, -1)
        image: Tensor | None = None
        with torch.no_grad():
            for resolution in synthesis.resolutions[:-1]:
                x, image = synthesis.block(resolution)(x, image, styles, "none", [])
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        self._small_picture = cast(Tensor, image).float()
        # In autocast a bias of full precision would turn the largest features back into full precision.
        block = synthesis.block(self._side)
        half = {name: parameter.to(x.dtype) for name, parameter in block.named_parameters()}
        return torch.func.functional_call(block, half, (x, image, styles, "none", []))[1]

    def _further_loss(self, fake: Tensor, report: dict[str, float]) -> Tensor:
        """See `Adversary._further_loss`: averaged to half its size, the smaller picture; and the enlarger's."""
        assert self._small_picture is not None  # `_draw` ran
        difference = F.avg_pool2d(fake.float(), 2) - self._small_picture
        loss = difference.square().mean()
        report["consistency"] = loss.item()
        loss = self.settings.consistency_weight * loss
        if self._enlarger is None or self.settings.enlarger_weight == 0:
            return loss
        with torch.no_grad(), autocast(self.device.type, torch.bfloat16):
            lesson = self._enlarger(self._small_picture.clamp(-1, 1)).float()
        error = (fake.float() - lesson).abs().mean()
        report["enlarger"] = error.item()
        loss = loss + self.settings.enlarger_weight * error
        if self.settings.detail_weight == 0:
            return loss
        wanted = self.settings.detail_gain * local_detail(lesson)
        detail = (local_detail(fake.float()) - wanted).abs().mean()
        report["detail"] = detail.item()
        return loss + self.settings.detail_weight * detail
