"""The most memory that something takes beyond what was there before."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

T = TypeVar("T")

_STATUS, _COUNTERS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_mb(work: Callable[[], T], device: str = "cpu") -> tuple[T, float | None]:
    """Do something and see how far memory rises.

    On the CPU that is the memory of the whole process, which keeps what it has freed: only the
    first measurement of a process can be trusted.

    Args:
        work: What to do.
        device: "cuda" for memory of the GPU, else that of the process.

    Returns:
        What it returns, and megabytes; none where the system does not tell (not Linux).
    """
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        start = torch.cuda.memory_allocated()
        result = work()
        return result, (torch.cuda.max_memory_allocated() - start) / 1e6
    try:
        _COUNTERS.write_text("5")  # forget earlier peaks
        before = _kib("VmRSS")
    except OSError:
        return work(), None
    result = work()
    return result, (_kib("VmHWM") - before) * 1024 / 1e6


def _kib(what: str) -> int:
    """One of the kernel's figures on this process."""
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))
