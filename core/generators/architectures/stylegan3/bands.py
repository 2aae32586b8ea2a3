"""The band plan of StyleGAN3: cutoff frequency and sampling rate of each layer.

Karras et al., NeurIPS 2021, section 3.2 and figure 4c. Cutoffs and stopbands grow geometrically
from the first layer to the last but the critical ones, sampling rates follow in powers of two.
Frequencies are in cycles per image width, rates in samples per image width.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from torch import Tensor, ones

from ....base.errors import CheckpointError
from ...layers.convolution.lowpass import lowpass_filter
from .settings import StyleGAN3Settings


@dataclass(frozen=True)
class Band:
    """Sampling and bandwidth of the output of a layer."""

    size: int
    """Height and width in samples, margins included."""
    rate: int
    """Samples per image width."""
    cutoff: float
    """Frequency at which the low-pass filter has half its gain."""
    half_width: float
    """Half the width of the transition band."""


def complete(settings: StyleGAN3Settings) -> StyleGAN3Settings:
    """Fill in empty sizes and mapping widths by the band plan.

    Args:
        settings: `sizes` and `mapping_widths` may be empty.

    Returns:
        The same with sizes and mapping layers.

    Raises:
        CheckpointError: All layers are critical, or there are fewer than two.
    """
    if len(settings.channels) <= max(settings.num_critical, 1):
        raise CheckpointError(
            f"{len(settings.channels)} layers with num_critical {settings.num_critical} were given",
            "more layers than critical ones, and at least two",
        )
    if not settings.mapping_widths:
        settings = replace(settings, mapping_widths=(settings.w_dim,) * 2)
    if not settings.sizes:
        count = len(settings.channels)
        wide = [
            _next_power(min(2 * _stopband(settings, index), settings.img_resolution))
            + 2 * settings.margin_size
            for index in range(count - 1)
        ]
        settings = replace(settings, sizes=(*wide, settings.img_resolution))
    return settings


def band_plan(settings: StyleGAN3Settings) -> tuple[Band, ...]:
    """The band of each layer's output, ToRGB last.

    Args:
        settings: Complete settings; the rates follow from the sizes.

    Returns:
        As many as there are channels, and one for ToRGB.

    Raises:
        CheckpointError: A layer has a lower rate than the one before it.
    """
    rates = [size - 2 * settings.margin_size for size in settings.sizes[:-1]]
    rates += [_next_power(settings.img_resolution)] * 2
    if rates != sorted(rates) or rates[0] < 1:
        raise CheckpointError(
            f"Sizes {settings.sizes} with a margin of {settings.margin_size} were found",
            "sizes that grow from layer to layer",
        )
    bands: list[Band] = []
    sizes = (*settings.sizes[:-1], settings.img_resolution, settings.img_resolution)
    for index, (size, rate) in enumerate(zip(sizes, rates, strict=True)):
        cutoff = _cutoff(settings, index)
        # A stopband may start above the Nyquist frequency; aliases stay above the cutoff.
        half_width = max(_stopband(settings, index), rate / 2) - cutoff
        bands.append(Band(size, rate, cutoff, half_width))
    return tuple(bands)


def _growth(settings: StyleGAN3Settings, index: int) -> float:
    """Position of a layer between the first (0) and the critical ones (1)."""
    return min(index / (len(settings.channels) - settings.num_critical), 1.0)


def _cutoff(settings: StyleGAN3Settings, index: int) -> float:
    """Cutoff f_c of a layer."""
    first, last = settings.first_cutoff, settings.img_resolution / 2
    return first * (last / first) ** _growth(settings, index)


def _stopband(settings: StyleGAN3Settings, index: int) -> float:
    """Minimum acceptable stopband frequency f_t of a layer."""
    first, last = settings.first_stopband, settings.img_resolution / 2 * settings.last_stopband_rel
    return first * (last / first) ** _growth(settings, index)


def _next_power(number: float) -> int:
    """The smallest power of two that is at least a number."""
    return 2 ** math.ceil(math.log2(number))


@dataclass(frozen=True)
class Resampling:
    """Resampling around a layer's rectifier, from the band before the layer to its own."""

    before: Band
    """Band of the input."""
    after: Band
    """Band of the output."""
    up: int
    """Factor from the input's rate to the rectifier's."""
    down: int
    """Factor from the rectifier's rate to the output's."""
    padding: tuple[int, int]
    """Zeros before and after at the rectifier's rate; margins shrink equally on both sides."""
    up_filter: Tensor
    """`[taps]` float64."""
    down_filter: Tensor
    """`[taps]`, or `[taps, taps]` for a radial filter."""


def layer_resampling(settings: StyleGAN3Settings, index: int) -> Resampling:
    """Factors, padding and filters of one layer, except ToRGB.

    Args:
        settings: Complete settings.
        index: From 0 to the number of channels less one.

    Returns:
        The resampling; for a factor of 1 the filter is `[1]`.
    """
    plan = band_plan(settings)
    before, after = plan[max(index - 1, 0)], plan[index]
    rate = max(before.rate, after.rate) * settings.lrelu_upsampling
    up, down = rate // before.rate, rate // after.rate
    up_taps = settings.filter_size * up if up > 1 else 1
    down_taps = settings.filter_size * down if down > 1 else 1
    critical = index >= len(settings.channels) - settings.num_critical
    radial = settings.use_radial_filters and not critical
    # The output size determines the number of samples at the higher rate.
    needed = (after.size - 1) * down + up_taps + down_taps - 1
    total = needed - (before.size + settings.conv_kernel - 1) * up
    first = (total + up) // 2  # zeros are inserted after samples, so the front gets more
    return Resampling(
        before,
        after,
        up,
        down,
        (first, total - first),
        _filter(up_taps, before, rate, False),
        _filter(down_taps, after, rate, radial),
    )


def require_filters(settings: StyleGAN3Settings, names: Collection[str]) -> None:
    """Refuse a file without filters whose layers do not follow the band plan.

    Args:
        settings: Complete settings.
        names: Names of the file's tensors.

    Raises:
        CheckpointError: The filters of a superresolution stage, or of layers whose sizes are not
            those of the band plan, are missing.
    """
    if not settings.numbers and complete(replace(settings, sizes=())).sizes == settings.sizes:
        return
    numbers = settings.numbers or range(len(settings.channels))
    for index, (size, channels) in enumerate(zip(settings.sizes, settings.channels, strict=True)):
        resampling = layer_resampling(settings, index)
        for factor, kind in ((resampling.up, "up_filter"), (resampling.down, "down_filter")):
            name = f"synthesis.L{numbers[index]}_{size}_{channels}.{kind}"
            if factor > 1 and name not in names:
                raise CheckpointError(
                    f"The file lacks the filter {name}, and its layers do not follow the plan of "
                    "StyleGAN3 from which it could be computed",
                    "filters in the file, as those of StyleGAN-XL and of NVIDIA have",
                    "Use the original checkpoint, or state the settings that it was made with",
                )


def _filter(taps: int, band: Band, rate: int, radial: bool) -> Tensor:
    """The low-pass filter of a band at a higher rate."""
    if taps == 1:
        return ones(1)
    return lowpass_filter(taps, band.cutoff, band.half_width, rate, radial)
