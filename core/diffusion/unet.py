"""A U-Net of residual blocks and self-attention, with the tensor names of Stable Diffusion's.

Its state dict loads into ComfyUI's `UNetModel`, which then computes the same: a model that was
trained with this file alone runs there as any other. Ronneberger et al., "U-Net" (2015); for the
blocks, Dhariwal and Nichol, "Diffusion Models Beat GANs on Image Synthesis" (2021), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import (
    AvgPool2d,
    Conv2d,
    GroupNorm,
    Linear,
    Module,
    ModuleList,
    Sequential,
    SiLU,
    Upsample,
)

from ..base.errors import FieldError
from .unet_blocks import GROUPS, ResidualBlock, SpatialTransformer, Stage, embed_times, zeroed


@dataclass(frozen=True)
class UNetSettings:
    """What decides a network's tensors."""

    in_channels: int = 12
    """Channels of the latent picture, and of the output."""
    model_channels: int = 64
    """Width at full size."""
    channel_mult: tuple[int, ...] = (1, 2, 2)
    """Width of each level over `model_channels`; each level has half the side of the one before."""
    num_res_blocks: tuple[int, ...] = (1, 1, 1)
    """Residual blocks of each level on the way down; one more on the way up."""
    attention: tuple[bool, ...] = (False, False, True)
    """Whether a level's blocks are followed by self-attention; in the middle there always is."""
    num_head_channels: int = 32
    """Channels of each head."""

    def __post_init__(self) -> None:
        """Check the lists once.

        Raises:
            FieldError: They differ in length, or a width cannot be split into groups and heads.
        """
        levels = {len(self.channel_mult), len(self.num_res_blocks), len(self.attention)}
        if len(levels) != 1:
            raise FieldError(
                f"The lists of a network have {sorted(levels)} levels", "as many in each"
            )
        for part in (GROUPS, self.num_head_channels):
            if self.model_channels % part:
                raise FieldError(
                    f"A network has {self.model_channels} channels", f"a multiple of {part}"
                )

    def unet_model_arguments(self) -> dict[str, Any]:
        """What the class `UNetModel` of Stable Diffusion's code is made with for the same network.

        Returns:
            Named arguments. Its second attention is to itself where it is given no text, which the
            width of the text allows: all attending levels must have the same width.

        Raises:
            FieldError: They differ in width.
        """
        levels = list(zip(self.channel_mult, self.num_res_blocks, self.attention, strict=True))
        widths = {factor for factor, _, attends in levels if attends} | {self.channel_mult[-1]}
        if len(widths) > 1:
            raise FieldError(
                f"Attending levels are {sorted(widths)} times as wide as the first", "one width"
            )
        return {
            "image_size": None,
            "in_channels": self.in_channels,
            "out_channels": self.in_channels,
            "model_channels": self.model_channels,
            "channel_mult": self.channel_mult,
            "num_res_blocks": list(self.num_res_blocks),
            "conv_resample": False,
            "num_head_channels": self.num_head_channels,
            "use_scale_shift_norm": True,
            "use_spatial_transformer": True,
            "transformer_depth": [int(a) for _, blocks, a in levels for _ in range(blocks)],
            "transformer_depth_output": [
                int(a) for _, blocks, a in levels for _ in range(blocks + 1)
            ],
            "transformer_depth_middle": 1,
            "context_dim": widths.pop() * self.model_channels,
        }


class UNet(Module):
    """Predicts from a noisy picture and its time."""

    def __init__(self, settings: UNetSettings) -> None:
        """Make the tensors.

        Args:
            settings: What decides them.
        """
        super().__init__()
        self.settings = settings
        base, time_width = settings.model_channels, 4 * settings.model_channels
        self.time_embed = Sequential(
            Linear(base, time_width), SiLU(), Linear(time_width, time_width)
        )

        def stage(channels: int, out_channels: int, attends: bool) -> list[Module]:
            block = ResidualBlock(channels, out_channels, time_width)
            return (
                [block, SpatialTransformer(out_channels, settings.num_head_channels)]
                if attends
                else [block]
            )

        self.input_blocks = ModuleList([Stage(Conv2d(settings.in_channels, base, 3, padding=1))])
        skipped, channels = [base], base
        levels = list(
            zip(settings.channel_mult, settings.num_res_blocks, settings.attention, strict=True)
        )
        for level, (factor, blocks, attends) in enumerate(levels):
            for _ in range(blocks):
                self.input_blocks.append(Stage(*stage(channels, factor * base, attends)))
                channels = factor * base
                skipped.append(channels)
            if level < len(levels) - 1:
                self.input_blocks.append(Stage(AvgPool2d(2)))
                skipped.append(channels)
        self.middle_block = Stage(
            *stage(channels, channels, True), ResidualBlock(channels, channels, time_width)
        )
        self.output_blocks = ModuleList()
        for level, (factor, blocks, attends) in reversed(list(enumerate(levels))):
            for number in range(blocks + 1):
                layers = stage(channels + skipped.pop(), factor * base, attends)
                channels = factor * base
                if level and number == blocks:
                    layers.append(Upsample(scale_factor=2, mode="nearest"))
                self.output_blocks.append(Stage(*layers))
        last = Conv2d(channels, settings.in_channels, 3, padding=1)
        self.out = Sequential(GroupNorm(GROUPS, channels), SiLU(), zeroed(last))

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """Predict.

        Args:
            x: `[N, in_channels, H, W]`; sides can be halved once per level but the first.
            times: `[N]`, 0 to 1000.

        Returns:
            `[N, in_channels, H, W]`.
        """
        emb = self.time_embed(embed_times(times, self.settings.model_channels).to(x.dtype))
        skipped: list[Tensor] = []
        for block in self.input_blocks:
            x = block(x, emb)
            skipped.append(x)
        x = self.middle_block(x, emb)
        for block in self.output_blocks:
            x = block(torch.cat([x, skipped.pop()], dim=1), emb)
        return self.out(x)
