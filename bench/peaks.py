"""Peak memory of a function beyond the memory before the call."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

T = TypeVar("T")

_STATUS, _COUNTERS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_mb(work: Callable[[], T], device: str = "cpu") -> tuple[T, float | None]:
    """Call a function and measure how far memory rises.

    On the CPU this is the memory of the whole process, which keeps freed memory: only the first
    measurement in a process is reliable.

    Args:
        work: The function.
        device: "cuda" for memory of the GPU, else memory of the process.

    Returns:
        Its return value, and megabytes; none if the system does not report them (not Linux).
    """
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        start = torch.cuda.memory_allocated()
        result = work()
        return result, (torch.cuda.max_memory_allocated() - start) / 1e6
    try:
        _COUNTERS.write_text("5")  # reset the peak
        before = _kib("VmRSS")
    except OSError:
        return work(), None
    result = work()
    return result, (_kib("VmHWM") - before) * 1024 / 1e6


def _kib(name: str) -> int:
    """Read a memory figure of this process, in KiB."""
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
