"""A real limit on the memory of a device, in this process alone."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Generator
from pathlib import Path

import torch

_STATUS = Path("/proc/self/status")


def can_limit(kind: str) -> bool:
    """Whether the allocator of a device takes a limit.

    Args:
        kind: Type of the device.

    Returns:
        True for CUDA, ROCm and MPS, and for a CPU under Linux.
    """
    return kind in ("cuda", "mps") or (kind == "cpu" and sys.platform == "linux")


@contextlib.contextmanager
def limited(kind: str, more: int) -> Generator[None]:
    """Let the allocator give out only some bytes beyond those in use.

    Args:
        kind: A kind that `can_limit` names.
        more: Bytes beyond those in use now.

    Yields:
        Nothing.
    """
    gc.collect()
    if kind == "cpu":
        import resource  # of Unix alone

        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_mapped() + more, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
        return
    if kind == "cuda":
        torch.cuda.empty_cache()
        total = torch.cuda.get_device_properties(0).total_memory
        share, give = (torch.cuda.memory_reserved() + more) / total, _cuda_share
    else:
        torch.mps.empty_cache()
        total = torch.mps.recommended_max_memory()
        share = (torch.mps.driver_allocated_memory() + more) / total
        give = torch.mps.set_per_process_memory_fraction
    give(min(share, 1.0))
    try:
        yield
    finally:
        give(1.0)


def _cuda_share(share: float) -> None:
    """Set the share of the first device that this process may use."""
    torch.cuda.set_per_process_memory_fraction(share, 0)


def refusals(kind: str) -> int | None:
    """How often the allocator has run out of memory so far.

    Args:
        kind: Type of the device.

    Returns:
        The number; none where the allocator does not count.
    """
    if kind != "cuda":
        return None
    return int(torch.cuda.memory_stats().get("num_ooms", 0))


def _mapped() -> int:
    """Bytes of addresses that this process uses."""
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmSize")) * 1024
