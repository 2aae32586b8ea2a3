"""How the numerical heart runs: outside inference mode, without TF32, in chunks that fit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import torch

from .progress import Progress, no_progress

T = TypeVar("T")


@contextlib.contextmanager
def plain_tensors() -> Generator[None]:
    """Make ordinary tensors without recording gradients, also inside ComfyUI's inference mode.

    Tensors made in inference mode can never be differentiated later, not even in forward mode;
    codes and weights made here can.

    Yields:
        Nothing.
    """
    with torch.inference_mode(False), torch.no_grad():
        yield


@contextlib.contextmanager
def full_precision(tf32: bool = False) -> Generator[None]:
    """Switch TF32 off while measuring: it would cost a Jacobian three of its seven digits.

    Args:
        tf32: Switch it on instead, where that price has been asked for.

    Yields:
        Nothing.
    """
    switches: list[Any] = [torch.backends.cuda.matmul, torch.backends.cudnn]
    before = [switch.allow_tf32 for switch in switches]
    for switch in switches:
        switch.allow_tf32 = tf32
    try:
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.allow_tf32 = value


def wide(device: torch.device) -> torch.device:
    """Where float64 work for tensors of a device is done: there, or on the CPU where it cannot.

    Args:
        device: Device of the network.

    Returns:
        The same device, or the CPU for those without float64 (MPS, DirectML, some XPU).
    """
    return device if device.type in ("cpu", "cuda") else torch.device("cpu")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell memory shortage from other failures, on every backend.

    Args:
        error: What was raised.

    Returns:
        True when a smaller chunk may succeed.
    """
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    words = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def in_chunks(
    total: int, chunk: int, work: Callable[[int, int], T], progress: Progress | None = None
) -> list[T]:
    """Do work on ranges that cover 0 to total, halving the range whenever memory runs out.

    Args:
        total: Items in all.
        chunk: Items to try at once; at least 1.
        work: Called as `work(start, stop)`.
        progress: Told after each range; may raise to cancel.

    Returns:
        Results in order.

    Raises:
        RuntimeError: Memory runs out even for a single item.
        MemoryError: Likewise, on the CPU.
    """
    report = progress or no_progress
    results: list[T] = []
    start = 0
    while start < total:
        stop = min(start + max(chunk, 1), total)
        try:
            results.append(work(start, stop))
        except (RuntimeError, MemoryError) as error:
            if stop - start == 1 or not is_out_of_memory(error):
                raise
            chunk = (stop - start) // 2
        else:
            start = stop
            report(start, total)
            continue
        _give_back_memory()
    return results


def _give_back_memory() -> None:
    """Return cached blocks to the device, so that a smaller chunk finds room."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
