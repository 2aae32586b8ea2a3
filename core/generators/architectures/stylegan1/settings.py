"""Settings of StyleGAN (v1), and how they are read from the names and shapes of its tensors."""

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
"""Smallest side in pixels at which fused_scale "auto" is true, as in every published network."""


@dataclass(frozen=True)
class StyleGAN1Settings:
    """Sizes and options of one StyleGAN (v1) network."""

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
    """Height and width of the learned constant; none where the input of the first layer is w."""
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
    """Where upsampling kernels are stored rotated by 180 degrees, in the layout of a transposed
    convolution: everywhere, nowhere, or "auto" for outputs of 128 pixels and more."""
    lod: float = 0.0
    """Level of detail of a network that was saved while growing; 0 for a finished one."""
    final_tanh: bool = False
    """Whether a tanh follows the image layers."""
    norm_epsilon: float = 1e-8
    """Number that the adaptive instance norm adds to the variance."""
    blurred_bias: bool = False
    """Whether the biases of upsampling layers are added before the low-pass filter, not after it;
    they then fade towards the border of the image."""

    def __post_init__(self) -> None:
        """Validate the options.

        Raises:
            CheckpointError: `fused_scale` is not one of its three values, or `lr_multiplier` is 0.
        """
        if not self.lr_multiplier:
            raise CheckpointError("lr_multiplier is 0", "a number above 0")
        if self.fused_scale not in (True, False, "auto"):
            raise CheckpointError(
                f"fused_scale {self.fused_scale!r} was given", 'true, false or "auto"'
            )

    def is_fused(self, size: tuple[int, int]) -> bool:
        """Whether the upsampling kernel of an output size is stored rotated by 180 degrees.

        Args:
            size: Height and width of the output in pixels.

        Returns:
            The value of `fused_scale`, "auto" resolved.
        """
        return min(size) >= _FUSED_FROM if self.fused_scale == "auto" else bool(self.fused_scale)

    def size(self, resolution: int) -> tuple[int, int]:
        """Height and width at a nominal resolution.

        Args:
            resolution: 4, 8, and so on.

        Returns:
            Height and width in pixels.
        """
        height, width = self.const_size or (4, 4)
        return height * resolution // 4, width * resolution // 4

    def notes(self) -> dict[str, list[str]]:
        """Warning for a network that was saved while it was still growing.

        Returns:
            "warnings" with one text; empty at lod 0.
        """
        return growing_notes(self.lod, sorted(self.channels))


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> StyleGAN1Settings:
    """Read the settings from the shapes of the tensors.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings.

    Raises:
        CheckpointError: There is no image layer, or an option is invalid.
    """
    resolutions = numbers_in_names(tensors, r"synthesis\.b(\d{1,5})\.layer1\.weight")
    images = read_images(tensors, resolutions)
    mapping = read_mapping(tensors, config)
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
        norm_epsilon=declared_number(config, "norm_epsilon", 1e-8),
        blurred_bias=bool(config.get("blurred_bias", False)),
    )
