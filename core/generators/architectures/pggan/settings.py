"""Settings of PGGAN, and how they are read from the names and shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError
from ...declared_config import declared_number, numbers_in_names
from ...layers.progressive_growing import growing_notes, read_images


@dataclass(frozen=True)
class PGGANSettings:
    """Sizes and options of one PGGAN network."""

    z_dim: int
    """Size of z."""
    channels: Mapping[int, int]
    """Resolution (4, 8, ...) to channels of that block."""
    c_dim: int = 0
    """Number of classes, whose vector is concatenated to z; 0 for none."""
    img_channels: int = 3
    """Channels of the image."""
    images: tuple[int, ...] = ()
    """Resolutions that have an image layer; empty means all."""
    fused_scale: bool = False
    """Whether upsampling kernels are stored in the layout of a transposed convolution: inputs
    before outputs, rotated by 180 degrees."""
    normalize_latents: bool = True
    """Whether z, with the class if there is one, is scaled to a mean square of one."""
    normalize_z_first: bool = False
    """Whether z is scaled before the class is concatenated, and then again with it."""
    lod: float = 0.0
    """Level of detail of a network that was saved while growing; 0 for a finished one."""
    final_tanh: bool = False
    """Whether a tanh follows the image layers."""

    def notes(self) -> dict[str, list[str]]:
        """Warning for a network that was saved while it was still growing.

        Returns:
            "warnings" with one text; empty at lod 0.
        """
        return growing_notes(self.lod, sorted(self.channels))


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> PGGANSettings:
    """Read the settings from the shapes of the tensors.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings.

    Raises:
        CheckpointError: There are at least as many classes as inputs of the first layer, an option
            is not a number, or there is no image layer.
    """
    resolutions = numbers_in_names(tensors, r"synthesis\.b(\d{1,5})\.layer1\.weight")
    channels = {r: tensors[f"synthesis.b{r}.layer1.weight"].shape[0] for r in resolutions}
    images = read_images(tensors, resolutions)
    inputs = tensors["synthesis.b4.layer0.weight"].shape[1]
    classes = int(declared_number(config, "c_dim", 0))
    if classes >= inputs:
        raise CheckpointError(
            f"{classes} classes were stated for a first layer of {inputs} inputs",
            "fewer, since z and the class are concatenated there",
            "Give the right number with «option c_dim=...»",
        )
    return PGGANSettings(
        z_dim=inputs - classes,
        channels=channels,
        c_dim=classes,
        img_channels=tensors[f"synthesis.b{images[-1]}.torgb.weight"].shape[0],
        images=images,
        fused_scale=_is_fused(tensors, channels, bool(config.get("fused_scale", False))),
        normalize_latents=bool(config.get("normalize_latents", True)),
        normalize_z_first=bool(config.get("normalize_z_first", False)),
        lod=declared_number(config, "lod", 0.0),
        final_tanh=bool(config.get("final_tanh", False)),
    )


def _is_fused(tensors: Mapping[str, Tensor], channels: Mapping[int, int], declared: bool) -> bool:
    """Whether weights have inputs before outputs, as the first block with unequal numbers shows."""
    for resolution, outputs in channels.items():
        inputs = channels.get(resolution // 2, outputs)
        if inputs != outputs:
            shape = tensors[f"synthesis.b{resolution}.layer0.weight"].shape
            return tuple(shape[:2]) == (inputs, outputs)
    return declared
