"""Measure how quick a device is at each precision, by small pushes through convolutions."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

from ...base.execution import full_precision, plain_tensors
from ...base.precision import EXACT, PRECISIONS, Precision

Measure = Callable[[torch.device, Precision, tuple[int, int, int]], float]
"""From a device, a precision, and tangents, channels and side of the features to the seconds of one
push through a layer."""

SIZES = ((2, 64, 16), (2, 256, 16), (2, 64, 64))
"""Tangents, channels and side: a fifth of a millisecond of one core, then some; the last two are
typical for the layers in which a network of 256 pixels spends its time."""

_TYPICAL = SIZES[1:]

_TURNS = 3
"""Pushes of each kind and size, in turns, after the first of each; the best counts, so that other
work on the machine matters little."""

_HOPELESS = 1.6
"""Time over that of the exact precision at which larger sizes are not tried: on a processor without
instructions for a type, they would take ten times as long."""


def probe(device: torch.device, measure: Measure | None = None) -> dict[str, float]:
    """Measure the time of a push in each precision, over that in the exact one.

    Args:
        device: The device.
        measure: Measures one push; none means `measure_push`.

    Returns:
        The share by id of each precision that the device knows; infinite where it cannot compute in
        one. The worst of the typical sizes counts.
    """
    measure = measure or measure_push
    return {name: _share(device, PRECISIONS[name], measure) for name in probed(device)}


def probed(device: torch.device) -> list[str]:
    """The precisions that are measured on a device.

    Args:
        device: The device.

    Returns:
        The ids of all but the exact one, and of TF32 on CUDA devices alone.
    """
    return [
        each.id
        for each in PRECISIONS
        if not each.chosen and each.id != EXACT and (not each.tf32 or device.type == "cuda")
    ]


def _share(device: torch.device, precision: Precision, measure: Measure) -> float:
    """The worst share of the typical sizes, or the first that is hopeless."""
    worst = 0.0
    for size in SIZES:
        share = _of_size(device, precision, size, measure)
        if share > _HOPELESS:
            return share
        if size in _TYPICAL:
            worst = max(worst, share)
    return worst


def _of_size(
    device: torch.device, precision: Precision, size: tuple[int, int, int], measure: Measure
) -> float:
    """The share at one size."""
    best: dict[str, float] = {}
    for turn in range(_TURNS + 1):
        for one in (PRECISIONS[EXACT], precision):
            try:
                seconds = measure(device, one, size)
            except (RuntimeError, NotImplementedError):  # the device has no such convolution
                return float("inf")
            if turn:  # the first prepares kernels and weights
                best[one.id] = min(best.get(one.id, float("inf")), seconds)
    return best[precision.id] / max(best[EXACT], 1e-9)


def measure_push(device: torch.device, precision: Precision, size: tuple[int, int, int]) -> float:
    """Push tangents through a layer as linearisations do: convolution, slopes, convolution.

    Args:
        device: The device.
        precision: Precision of the tangents.
        size: Tangents, channels and side of the features.

    Returns:
        Seconds.
    """
    count, channels, side = size
    dtype = precision.tangents(torch.float32)
    draw = torch.Generator().manual_seed(0)
    shapes = ((count, channels, side, side), (1, channels, side, side), (channels, channels, 3, 3))
    with plain_tensors(), full_precision(precision.tf32):
        tangents, slopes, weight = (
            torch.randn(shape, generator=draw)
            .to(device, dtype)
            .contiguous(memory_format=torch.channels_last)
            for shape in shapes
        )
        clock = _clock(device)
        _synchronise(device)
        start = clock()
        features = F.conv2d(tangents, weight, padding=1).mul_(slopes)
        F.conv2d(features, weight, padding=1)
        _synchronise(device)
        return clock() - start


def _clock(device: torch.device) -> Callable[[], float]:
    """Processor time where it is fine, since other work does not change it; else that of a wall."""
    processors = device.type == "cpu" and sys.platform != "win32"
    return time.process_time if processors else time.perf_counter


def _synchronise(device: torch.device) -> None:
    """Wait until a device that works in the background has finished."""
    if device.type != "cpu":
        backend = getattr(torch, device.type, None)
        if backend is not None and hasattr(backend, "synchronize"):
            backend.synchronize()
