"""What differs between kinds of devices, for measurements."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import latent_levers as ll
import torch

from bench.peaks import peak_mb
from bench.rows import processor

T = TypeVar("T")

KINDS = ("cuda", "mps", "xpu", "cpu")
"""Types of devices; ROCm's are "cuda" for torch."""


def present() -> list[str]:
    """The kinds that are here, the quickest first.

    Returns:
        Types of devices; "cpu" is the last.
    """
    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": hasattr(torch, "xpu") and torch.xpu.is_available(),
        "cpu": True,
    }
    return [kind for kind in KINDS if found[kind]]


def described(kind: str) -> str:
    """Name of the device and of its software.

    Args:
        kind: Type of the device.

    Returns:
        Such as "NVIDIA H200, 140 GB, CUDA 13.0, torch 2.13.0".
    """
    parts = [kind]
    if kind == "cuda":
        facts = torch.cuda.get_device_properties(0)
        hip = getattr(torch.version, "hip", None)
        runtime = f"ROCm {hip}" if hip else f"CUDA {torch.version.cuda}"
        parts = [facts.name, f"{facts.total_memory / 1e9:.0f} GB", runtime]
    elif kind == "mps":
        parts = ["Apple GPU (MPS)", f"{torch.mps.recommended_max_memory() / 1e9:.0f} GB"]
    elif kind == "xpu":
        parts = [torch.xpu.get_device_name()]
    else:
        parts = [processor(), f"{torch.get_num_threads()} threads"]
    return ", ".join([*parts, f"torch {torch.__version__}"])


def synchronise(kind: str) -> None:
    """Wait until a device has finished.

    Args:
        kind: Type of the device.
    """
    backend: Any = {"cuda": torch.cuda, "mps": torch.mps, "xpu": getattr(torch, "xpu", None)}
    if kind != "cpu":
        backend[kind].synchronize()


def seconds(work: Callable[[], object], kind: str, turns: int = 1) -> float:
    """Measure the wall-clock time of a call.

    Args:
        work: The function.
        kind: Type of the device, which is waited for.
        turns: Number of calls; the quickest counts.

    Returns:
        Seconds.
    """
    best = float("inf")
    for _ in range(turns):
        synchronise(kind)
        start = time.perf_counter()
        work()
        synchronise(kind)
        best = min(best, time.perf_counter() - start)
    return best


def peak(work: Callable[[], T], kind: str) -> tuple[T, float | None]:
    """Call a function and measure how far the memory of its device rises.

    Args:
        work: The function.
        kind: Type of the device.

    Returns:
        Its return value, and megabytes; none where the device does not report its peak.
    """
    if kind in ("cuda", "cpu"):
        return peak_mb(work, kind)
    return work(), None


def on_device(gan: ll.Generator, kind: str) -> ll.Generator:
    """A copy of a generator on a device.

    Args:
        gan: A generator on the CPU, which stays there.
        kind: Type of the device.

    Returns:
        The copy.
    """
    return replace(gan, network=copy.deepcopy(gan.network)).to(device=kind)
