"""Medians with their tails and bootstrap intervals: one number of many images, honestly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.errors import PackError

RESAMPLES = 2000
"""Random resamples of the images behind each interval."""

_COVERED = 0.95
"""Probability that an interval covers."""


@dataclass(frozen=True)
class Summary:
    """One measure over N images."""

    median: float
    """Over the images."""
    low: float
    """Lower end of the 95% interval of the median."""
    high: float
    """Upper end of the 95% interval of the median."""
    tail: float
    """The quantile that ends the worse tenth of the images, such as the 90th percentile."""
    tail_at: float
    """Which quantile that is, in [0, 1]."""
    count: int
    """Number of images N."""


def summarise(values: Tensor, tail_at: float = 0.9, seed: int = 0) -> Summary:
    """Median, a tail quantile, and a percentile bootstrap interval of the median.

    Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13: images are drawn
    with replacement `RESAMPLES` times, and the interval is the middle 95% of the medians.

    Args:
        values: `[N]`, one number per image, finite, N at least 1.
        tail_at: Quantile of the worse tail in [0, 1]: 0.9 where less is better, 0.1 where more is.
        seed: Of the resamples, which use a random generator of their own.

    Returns:
        The summary; quantiles interpolate linearly.

    Raises:
        PackError: There is no value, or one is not finite.
    """
    numbers = values.detach().to("cpu", torch.float64).flatten()
    if not numbers.numel() or not bool(torch.isfinite(numbers).all()):
        raise PackError(
            f"{numbers.numel()} values were given for a median, of which "
            f"{int((~torch.isfinite(numbers)).sum())} are not finite",
            "at least one value, all finite",
        )
    count = len(numbers)
    source = torch.Generator().manual_seed(seed)
    drawn = torch.randint(count, (RESAMPLES, count), generator=source)
    medians = numbers[drawn].quantile(0.5, dim=1)
    low, high = (
        float(medians.quantile(share)) for share in ((1 - _COVERED) / 2, (1 + _COVERED) / 2)
    )
    median, tail = float(numbers.quantile(0.5)), float(numbers.quantile(tail_at))
    return Summary(median, low, high, tail, tail_at, count)
