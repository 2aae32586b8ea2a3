"""Timing in rounds, so that load on the machine affects all methods alike; the best counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Contender:
    """A method, ready to do a piece of its work."""

    work: Callable[[], object]
    """One piece."""
    count: int
    """Columns (or rows) in it."""


def seconds(work: Callable[[], object], device: str = "cpu") -> float:
    """How long one call takes.

    Args:
        work: What to call; what it returns is dropped before the clock stops.
        device: Type of the device, which is waited for.

    Returns:
        Seconds of the wall clock.
    """
    _wait(device)
    start = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: str) -> None:
    """Wait for what a GPU still does."""
    if device == "cuda":
        torch.cuda.synchronize()


def best_size(work: Callable[[int], object], sizes: Sequence[int], device: str = "cpu") -> int:
    """The number of columns at once that makes one of them cheapest.

    Args:
        work: Makes so many.
        sizes: What to try, each once to warm up and once for the clock.
        device: Type of the device.

    Returns:
        One of them.
    """
    if len(sizes) == 1:
        work(sizes[0])
        return sizes[0]

    def cost(size: int) -> float:
        work(size)
        return seconds(lambda: work(size), device) / size

    return min(sizes, key=cost)


def take_turns(
    contenders: Mapping[str, Contender], budget: float, least: int = 2, device: str = "cpu"
) -> dict[str, float]:
    """Let all do one piece after the other, again and again.

    Args:
        contenders: By name; each has been warmed up.
        budget: Seconds after which no new round begins.
        least: Rounds at least.
        device: Type of the device.

    Returns:
        Seconds per column (or row) in each one's best turn.
    """
    best = dict.fromkeys(contenders, float("inf"))
    start, done = time.perf_counter(), 0
    while done < least or time.perf_counter() - start < budget:
        for name, contender in contenders.items():
            best[name] = min(best[name], seconds(contender.work, device) / contender.count)
        done += 1
    return best
