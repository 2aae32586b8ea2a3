"""Timing in rounds, so that load on the machine affects all methods alike; the best counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Contender:
    """A method that is timed."""

    work: Callable[[], object]
    """Computes one batch."""
    count: int
    """Columns (or rows) per batch."""


def seconds(work: Callable[[], object], device: str = "cpu") -> float:
    """Measure the wall-clock time of one call.

    Args:
        work: The function; its return value is freed before the measurement ends.
        device: Type of the device, which is synchronised.

    Returns:
        Seconds.
    """
    _synchronise(device)
    start = time.perf_counter()
    work()
    _synchronise(device)
    return time.perf_counter() - start


def _synchronise(device: str) -> None:
    """Wait until the GPU has finished."""
    if device == "cuda":
        torch.cuda.synchronize()


def best_size(work: Callable[[int], object], sizes: Sequence[int], device: str = "cpu") -> int:
    """Find the batch size with the least time per column.

    Args:
        work: Computes a batch of a given size.
        sizes: Sizes to try; each is run once as a warm-up and once timed.
        device: Type of the device.

    Returns:
        The best of the sizes.
    """
    if len(sizes) == 1:
        work(sizes[0])
        return sizes[0]

    def cost(size: int) -> float:
        work(size)
        return seconds(lambda: work(size), device) / size

    return min(sizes, key=cost)


def affordable(work: Callable[[int], object], sizes: Sequence[int], longest: float) -> list[int]:
    """Leave out batches that take too long, such as those of a type that a processor is slow at.

    Args:
        work: Computes a batch of a given size.
        sizes: Sizes to choose from, smallest first.
        longest: Most seconds of a batch, judged by one of a single column.

    Returns:
        Those of the sizes that fit; where none does, the largest size that does, at least 1.
    """
    most = max(1, int(longest / seconds(lambda: work(1))))
    return [size for size in sizes if size <= most] or [most]


def take_turns(
    contenders: Mapping[str, Contender], budget: float, least: int = 2, device: str = "cpu"
) -> dict[str, float]:
    """Time all methods in rounds, one batch per method and round.

    Args:
        contenders: The methods by name, already warmed up.
        budget: Seconds after which no new round starts.
        least: Smallest number of rounds.
        device: Type of the device.

    Returns:
        Seconds per column (or row) in the best round of each method.
    """
    best = dict.fromkeys(contenders, float("inf"))
    start, done = time.perf_counter(), 0
    while done < least or time.perf_counter() - start < budget:
        for name, contender in contenders.items():
            best[name] = min(best[name], seconds(contender.work, device) / contender.count)
        done += 1
    return best
