"""Settings of StyleGAN2, and how they are read from the names and shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError
from ...declared_config import declared_number, numbers_in_names
from ...layers.modulation.mapping import read_mapping


@dataclass(frozen=True)
class StyleGAN2Settings:
    """Sizes and options of one StyleGAN2 network."""

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
    label_concat: bool = False
    """Whether the class embedding is a plain matrix whose row is normalised together with z, as in
    the first release; else it has a bias and is normalised on its own."""
    class_table: tuple[int, int] | None = None
    """Rows and columns of a table of class vectors, as in StyleGAN-XL; see `MappingNetwork`."""
    class_means: bool = False
    """Whether each class has a mean w."""
    mapping_widths: tuple[int, ...] = ()
    """Outputs of each mapping layer; the last is `w_dim`. Empty means eight layers of `w_dim`."""
    const_size: tuple[int, int] = (4, 4)
    """Height and width of the learned constant; not square for a non-square generator."""
    img_channels: int = 3
    """Channels of the image."""
    architecture: str = "skip"
    """"skip" (an image summed over resolutions), "resnet" (one image, residual blocks) or "orig"
    (one image, plain blocks)."""
    lr_multiplier: float = 0.01
    """Learning-rate multiplier of the mapping network; the file's weights are divided by it."""
    conv_clamp: float | None = None
    """Bound on features before the gain; 256 in mixed-precision training, usually not reached."""
    filter_shape: tuple[int, ...] = (4, 4)
    """Taps of the resampling filters; one number for filters of one axis."""
    has_noise: bool = True
    """Whether convolutions add noise."""
    activation: str = "lrelu"
    """Activation of the convolutions; see `scaled_activation`."""
    mapping_activation: str = "lrelu"
    """Activation of the mapping network."""


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> StyleGAN2Settings:
    """Read the settings from the shapes of the tensors.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings.

    Raises:
        CheckpointError: The shapes contradict each other, or an activation is unknown.
    """
    resolutions = numbers_in_names(tensors, r"synthesis\.b(\d+)\.conv1\.weight")
    channels = {r: tensors[f"synthesis.b{r}.conv1.weight"].shape[0] for r in resolutions}
    mapping = read_mapping(tensors, config)
    height, width = tensors["synthesis.b4.const"].shape[1:]
    clamped = config.get("conv_clamp") is not None
    if any(name.endswith(".skip.weight") for name in tensors):
        architecture = "resnet"
    else:
        architecture = "skip" if "synthesis.b4.torgb.weight" in tensors else "orig"
    return StyleGAN2Settings(
        z_dim=mapping.z_dim,
        w_dim=tensors["synthesis.b4.conv1.affine.weight"].shape[1],
        channels=channels,
        c_dim=mapping.c_dim,
        embed_features=mapping.embed_features,
        label_concat=mapping.label_concat,
        class_table=mapping.class_table,
        class_means=mapping.class_means,
        mapping_widths=mapping.widths,
        const_size=(height, width),
        img_channels=tensors[f"synthesis.b{resolutions[-1]}.torgb.weight"].shape[0],
        architecture=architecture,
        lr_multiplier=float(config.get("lr_multiplier", 0.01)),
        conv_clamp=declared_number(config, "conv_clamp", 0.0) if clamped else None,
        filter_shape=_filter_shape(tensors),
        has_noise=any(name.endswith(".noise_strength") for name in tensors),
        activation=_activation(config, "activation"),
        mapping_activation=_activation(config, "mapping_activation", "mapping_kwargs.activation"),
    )


def _activation(config: Mapping[str, Any], *names: str) -> str:
    """The activation that is stated under one of some names; "lrelu" where none is."""
    stated = next((config[name] for name in names if config.get(name) is not None), "lrelu")
    return "lrelu" if stated == "fused_lrelu" else str(stated)  # as rosinality's modules state it


def _filter_shape(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Shape of the filter of the first upsampling convolution; `(4, 4)` where it is absent.

    Args:
        tensors: Canonical names to tensors.

    Returns:
        `(k, k)` or `(k,)`.

    Raises:
        CheckpointError: The filter is neither a row nor a square matrix, or is empty.
    """
    found = tensors.get("synthesis.b8.conv0.resample_filter")
    if found is None:
        return (4, 4)
    shape = tuple(found.shape)
    if len(shape) not in (1, 2) or shape[0] < 1 or shape[0] != shape[-1]:
        raise CheckpointError(f"A filter of shape {list(shape)} was found", "[k] or [k, k]")
    return shape
