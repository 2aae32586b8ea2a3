"""Settings of StyleGAN3, and how they are read from the names and shapes of its tensors."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ...layers.modulation.mapping import read_mapping

_LAYER = re.compile(r"(synthesis\.L(\d+)_(\d+)_\d+)\.weight")

_RANGES = {
    "img_resolution": (1, 1 << 14),
    "filter_size": (1, 64),
    "num_critical": (0, 1000),
    "first_cutoff": (1e-6, 1e6),
    "first_stopband": (1e-6, 1e6),
    "last_stopband_rel": (1e-6, 1e6),
    "margin_size": (0, 1 << 14),
    "lrelu_upsampling": (1, 16),
}
"""Ranges that include every known network; they detect damaged files early."""


@dataclass(frozen=True)
class StyleGAN3Settings:
    """Sizes and options of one StyleGAN3 network."""

    z_dim: int
    """Size of z."""
    w_dim: int
    """Size of w."""
    img_resolution: int
    """Height and width of the image in pixels."""
    channels: tuple[int, ...]
    """Output channels of each layer but ToRGB; the input has those of the first."""
    sizes: tuple[int, ...] = ()
    """Height and width of each of these layers' features, margins included; the last is that of
    the image. Empty means the sizes of the band plan."""
    numbers: tuple[int, ...] = ()
    """Numbers in the names of all layers, ToRGB last. Empty means 0, 1, 2 and so on; StyleGAN-XL
    skips one number where its superresolution begins."""
    c_dim: int = 0
    """Number of classes; 0 for none."""
    embed_features: int = 0
    """Size of the class embedding; used where `c_dim` is not 0."""
    class_table: tuple[int, int] | None = None
    """Rows and columns of StyleGAN-XL's table of class vectors; see `MappingNetwork`."""
    class_means: bool = False
    """Whether each class has a mean w, as in StyleGAN-XL."""
    mapping_widths: tuple[int, ...] = ()
    """Outputs of each mapping layer; the last is `w_dim`. Empty means two layers of `w_dim`."""
    img_channels: int = 3
    """Channels of the image."""
    conv_kernel: int = 3
    """Side of the convolutions: 3 in StyleGAN3-T, 1 in StyleGAN3-R."""
    use_radial_filters: bool = False
    """Whether layers that are not critical downsample with isotropic filters (StyleGAN3-R)."""
    filter_size: int = 6
    """Taps of the filters per factor of resampling."""
    num_critical: int = 2
    """Layers at the end whose cutoff is half their sampling rate."""
    first_cutoff: float = 2.0
    """Cutoff of the first layer, in cycles per image width; the band of the Fourier features."""
    first_stopband: float = 2**2.1
    """Stopband frequency of the first layer, in cycles per image width."""
    last_stopband_rel: float = 2**0.3
    """Stopband frequency of the last layer, as a multiple of its cutoff."""
    margin_size: int = 10
    """Samples on each side of the image, except in the last layers."""
    lrelu_upsampling: int = 2
    """Sampling rate of a layer's rectifier, as a multiple of the larger of its two rates."""
    output_scale: float = 0.25
    """Factor on the image."""
    conv_clamp: float | tuple[float | None, ...] | None = 256.0
    """Bound on features after the rectifiers, and on the image before its factor; a tuple has one
    for each layer, ToRGB last."""
    lr_multiplier: float = 0.01
    """Learning-rate multiplier of the mapping network; the file's weights are divided by it."""

    def __post_init__(self) -> None:
        """Validate the numbers.

        Raises:
            CheckpointError: A number is out of range.
        """
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise CheckpointError(
                    f"{name} is {getattr(self, name)}", f"a number from {least} to {most}"
                )
        if len(self.sizes) not in (0, len(self.channels)) or any(s < 1 for s in self.sizes):
            raise CheckpointError(
                f"Sizes {self.sizes} were given for {len(self.channels)} layers", "one for each"
            )
        if isinstance(self.conv_clamp, tuple) and len(self.conv_clamp) != len(self.channels) + 1:
            raise CheckpointError(
                f"conv_clamp {self.conv_clamp} was given for {len(self.channels) + 1} layers",
                "one number for all, or one for each",
            )

    def clamp(self, index: int) -> float | None:
        """The bound on the features of one layer.

        Args:
            index: From 0; the last is ToRGB.

        Returns:
            The bound; none where there is none.
        """
        bounds = self.conv_clamp
        return bounds[index] if isinstance(bounds, tuple) else bounds


def read_settings(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> StyleGAN3Settings:
    """Read the settings from the names and shapes of the tensors.

    Args:
        tensors: Canonical names to tensors.
        config: Values of the architecture's options, where known; others are ignored.

    Returns:
        The settings.

    Raises:
        CheckpointError: Layers are missing, their sizes match no band plan, or images are not
            square.
    """
    if config.get("square") is False:  # of StyleGAN-Human
        raise CheckpointError(
            "This StyleGAN3 draws images that are twice as high as wide (square is False)",
            "square images",
            "Its StyleGAN2 of the same images is read",
        )
    numbered = _layers(tensors)
    layers = list(numbered.values())
    mapping = read_mapping(tensors, config)
    sizes = tuple(size for size, _ in layers[:-1])
    kernel = layers[0][1].shape[2]
    upsampling = int(_number(config, "lrelu_upsampling"))
    radial, critical = _radial(tensors, list(numbered)[:-1], kernel, config)
    return StyleGAN3Settings(
        z_dim=mapping.z_dim,
        w_dim=tensors["synthesis.input.affine.weight"].shape[1],
        img_resolution=layers[-1][0],
        channels=tuple(weight.shape[0] for _, weight in layers[:-1]),
        sizes=sizes,
        numbers=() if max(numbered) < len(numbered) else tuple(numbered),
        c_dim=mapping.c_dim,
        embed_features=mapping.embed_features,
        class_table=mapping.class_table,
        class_means=mapping.class_means,
        mapping_widths=mapping.widths,
        img_channels=layers[-1][1].shape[0],
        conv_kernel=kernel,
        use_radial_filters=radial,
        filter_size=_filter_size(tensors, upsampling, config),
        num_critical=critical,
        first_cutoff=_number(config, "first_cutoff"),
        first_stopband=_number(config, "first_stopband"),
        last_stopband_rel=_number(config, "last_stopband_rel"),
        margin_size=_margin(sizes, int(_number(config, "margin_size"))),
        lrelu_upsampling=upsampling,
        output_scale=_number(config, "output_scale"),
        conv_clamp=_clamps(config, tensors),
        lr_multiplier=_number(config, "lr_multiplier"),
    )


def _number(config: Mapping[str, Any], name: str) -> float:
    """A declared setting, or NVIDIA's default."""
    value = config.get(name, getattr(StyleGAN3Settings, name))
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise CheckpointError(f"{name} is stated as {value!r}", "a number") from None


def _clamps(
    config: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> float | tuple[float | None, ...] | None:
    """The stated bound on features, or that of each layer where they differ."""

    def bound(stated: Any) -> float | None:
        return None if stated is None else _number({"conv_clamp": stated}, "conv_clamp")

    if isinstance(config.get("conv_clamp"), (list, tuple)):
        return tuple(bound(each) for each in config["conv_clamp"])
    if "conv_clamp" in config:
        return bound(config["conv_clamp"])
    found = {int(m[2]): m[1] for m in map(_LAYER.fullmatch, tensors) if m}
    names = [f"{found[number].partition('.')[2]}.conv_clamp" for number in sorted(found)]
    default = StyleGAN3Settings.conv_clamp
    if not any(name in config for name in names):
        return default
    return tuple(bound(config.get(name, default)) for name in names)


def _layers(tensors: Mapping[str, Tensor]) -> dict[int, tuple[int, Tensor]]:
    """Number, size and weight of every layer, ToRGB last."""
    found = {int(m[2]): m for m in map(_LAYER.fullmatch, tensors) if m}
    layers = {
        number: (int(found[number][3]), tensors[found[number][0]]) for number in sorted(found)
    }
    gaps = [
        after
        for before, after in itertools.pairwise(layers)
        if after != before + 1 and not _begins_superresolution(tensors, found[before], found[after])
    ]
    if gaps or 0 not in layers or len(layers) < 3:
        raise CheckpointError(
            f"Layers {', '.join(f'L{index}' for index in layers)} were found",
            "L0, L1, L2 and so on without a gap, ToRGB last",
            "The file may be cut off",
        )
    return layers


def _begins_superresolution(
    tensors: Mapping[str, Tensor], before: re.Match[str], after: re.Match[str]
) -> bool:
    """Whether StyleGAN-XL's superresolution begins at a layer, so that a number is skipped."""
    # Its first layer keeps the band of the layer before, so both have the same filter; within a
    # stage the band grows from layer to layer.
    first, second = (tensors.get(f"{layer[1]}.down_filter") for layer in (before, after))
    if first is None or second is None or first.shape != second.shape:
        return False
    skipped, same_size = int(after[2]) - int(before[2]), before[3] == after[3]
    return skipped == 2 and same_size and torch.allclose(first, second, atol=1e-5)


def _margin(sizes: tuple[int, ...], declared: int) -> int:
    """The margin for which all sampling rates are powers of two; the declared one if valid."""
    wide = sizes[:-1]  # the last two layers have the image's size
    fits = [m for m in range(min(wide) // 2) if all(_is_power(size - 2 * m) for size in wide)]
    if declared in fits:
        return declared
    if len(fits) == 1:
        return fits[0]
    raise CheckpointError(
        f"The sizes {', '.join(map(str, sizes))} of the layers fit no margin of {declared} samples",
        "powers of two and twice the margin",
        "Give the margin that the network was made with, «option margin_size=...»",
    )


def _is_power(number: int) -> bool:
    """Whether a number is a power of two."""
    return number > 0 and number & (number - 1) == 0


def _filter_size(
    tensors: Mapping[str, Tensor], lrelu_upsampling: int, config: Mapping[str, Any]
) -> int:
    """Taps per factor, from the first layer, which upsamples for its rectifier only."""
    taps = [t.shape[0] for name, t in tensors.items() if re.search(r"\.L0_.*\.up_filter$", name)]
    if taps and taps[0] % lrelu_upsampling == 0:
        return taps[0] // lrelu_upsampling
    return int(_number(config, "filter_size"))


def _radial(
    tensors: Mapping[str, Tensor], numbers: list[int], kernel: int, config: Mapping[str, Any]
) -> tuple[bool, int]:
    """Whether downsampling filters are radial, and how many layers are critical.

    In a network with radial filters only critical layers have one-dimensional ones, so that the
    shapes determine their number. Otherwise it is declared; filters in the file already follow it.

    Returns:
        `use_radial_filters` and `num_critical`.
    """
    axes = {
        int(m[1]): tensor.ndim
        for name, tensor in tensors.items()
        if (m := re.fullmatch(r"synthesis\.L(\d+)_.*\.down_filter", name))
    }
    both = [index for index, ndim in axes.items() if ndim == 2]
    if both:
        return True, sum(number > max(both) for number in numbers)
    radial = not axes and bool(config.get("use_radial_filters", kernel == 1))
    return radial, int(_number(config, "num_critical"))
