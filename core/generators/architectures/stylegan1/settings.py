"""All that distinguishes one StyleGAN (v1) from another, read off the shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError
from ...declared_config import declared_number, numbers_in_names
from ...layers.modulation.mapping import read_mapping
from ...layers.progressive_growing import growing_notes, read_images

_FUSED_FROM = 128
"""Side in pixels from which on fused_scale "auto" fuses, as in every published network."""


@dataclass(frozen=True)
class StyleGAN1Settings:
    """All that distinguishes one StyleGAN (v1) from another."""

    z_dim: int
    """Size of z."""
    w_dim: int
    """Size of w."""
    channels: Mapping[int, int]
    """Nominal resolution (4, 8, ...) to channels of that block."""
    c_dim: int = 0
    """Number of classes; 0 for none."""
    embed_features: int = 0
    """Size of the class embedding; used where `c_dim` is not 0."""
    mapping_widths: tuple[int, ...] = ()
    """Outputs of each mapping layer; the last is `w_dim`. Empty means eight layers of `w_dim`."""
    const_size: tuple[int, int] | None = (4, 4)
    """Height and width of the learned constant; none where the first layer takes w instead."""
    img_channels: int = 3
    """Channels of the image."""
    images: tuple[int, ...] = ()
    """Nominal resolutions that have an image layer; empty means all."""
    noise: bool = True
    """Whether layers add noise."""
    blur_size: int = 3
    """Taps of the low-pass filter after upsampling; 1 for none."""
    lr_multiplier: float = 0.01
    """Learning-rate multiplier of the mapping network; the file's weights are divided by it."""
    fused_scale: bool | str = "auto"
    """Where upsampling kernels are stored turned by 180 degrees, as a transposed convolution takes
    them: everywhere, nowhere, or "auto" for outputs of 128 pixels and more."""
    lod: float = 0.0
    """Level of detail at which growing stood; 0 when it was finished."""
    final_tanh: bool = False
    """Whether the image is bounded by a tanh."""

    def __post_init__(self) -> None:
        """Check what a person may have given.

        Raises:
            CheckpointError: `fused_scale` is none of its three values, `lr_multiplier` is 0.
        """
        if not self.lr_multiplier:
            raise CheckpointError("lr_multiplier is 0", "a number above 0")
        if self.fused_scale not in (True, False, "auto"):
            raise CheckpointError(
                f"fused_scale {self.fused_scale!r} was given", 'true, false or "auto"'
            )

    def is_fused(self, size: tuple[int, int]) -> bool:
        """Whether the kernel that upsamples to a size is stored turned.

        Args:
            size: Height and width of the output in pixels.

        Returns:
            See `fused_scale`.
        """
        return min(size) >= _FUSED_FROM if self.fused_scale == "auto" else bool(self.fused_scale)

    def size(self, resolution: int) -> tuple[int, int]:
        """Height and width at a nominal resolution.

        Args:
            resolution: 4, 8, and so on.

        Returns:
            Pixels.
        """
        height, width = self.const_size or (4, 4)
        return height * resolution // 4, width * resolution // 4

    def notes(self) -> dict[str, list[str]]:
        """What a person should know: that the network was still growing.

        Returns:
            "warnings", or nothing.
        """
        return growing_notes(self.lod, sorted(self.channels))


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> StyleGAN1Settings:
    """Read the settings off the shapes.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known.

    Returns:
        The settings.

    Raises:
        CheckpointError: No image layer belongs to a resolution, an option is no number, or see
            `StyleGAN1Settings`.
    """
    resolutions = numbers_in_names(tensors, r"synthesis\.b(\d{1,5})\.layer1\.weight")
    images = read_images(tensors, resolutions)
    mapping = read_mapping(tensors)
    const = tensors.get("synthesis.b4.layer0.const")
    blur = tensors.get("synthesis.resample_filter")
    return StyleGAN1Settings(
        z_dim=mapping.z_dim,
        w_dim=tensors["synthesis.b4.layer0.affine.weight"].shape[1],
        channels={r: tensors[f"synthesis.b{r}.layer1.weight"].shape[0] for r in resolutions},
        c_dim=mapping.c_dim,
        embed_features=mapping.embed_features,
        mapping_widths=mapping.widths,
        const_size=None if const is None else (const.shape[1], const.shape[2]),
        img_channels=tensors[f"synthesis.b{images[-1]}.torgb.weight"].shape[0],
        images=images,
        noise="synthesis.b4.layer0.noise_strength" in tensors,
        blur_size=3 if blur is None else blur.shape[0],
        lr_multiplier=declared_number(config, "lr_multiplier", 0.01),
        fused_scale=config.get("fused_scale", "auto"),
        lod=declared_number(config, "lod", 0.0),
        final_tanh=bool(config.get("final_tanh", False)),
    )
