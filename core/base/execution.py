"""How the numerical heart runs: outside inference mode, without TF32, in chunks that fit."""

from __future__ import annotations

import contextlib
import threading
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


class _Rounding:
    """TF32 switched for the whole process, though several threads may want it off at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wishes: dict[int, list[bool]] = {}
        self._before: list[bool] = []

    def begin(self, tf32: bool) -> None:
        """Set the switches; a thread that asks for full precision gets it."""
        with self._lock:
            if not self._wishes:
                self._before = [switch.allow_tf32 for switch in _switches()]
            self._wishes.setdefault(threading.get_ident(), []).append(tf32)
            self._settle()

    def end(self) -> None:
        """Take the thread's last wish back; the last one of all sets the switches as they were."""
        with self._lock:
            wishes = self._wishes[threading.get_ident()]
            wishes.pop()
            if not wishes:
                del self._wishes[threading.get_ident()]
            self._settle()

    def _settle(self) -> None:
        """Do what all threads want, each as it said last."""
        together = all(wishes[-1] for wishes in self._wishes.values())
        self._set([together] * len(self._before) if self._wishes else self._before)

    def _set(self, values: list[bool]) -> None:
        """Turn them."""
        for switch, value in zip(_switches(), values, strict=True):
            switch.allow_tf32 = value


def _switches() -> list[Any]:
    """What torch has for products and for convolutions."""
    return [torch.backends.cuda.matmul, torch.backends.cudnn]


_ROUNDING = _Rounding()


@contextlib.contextmanager
def full_precision(tf32: bool = False) -> Generator[None]:
    """Switch TF32 off while measuring: it would cost a Jacobian three of its seven digits.

    The switches belong to the process. While several threads are in here, TF32 is on only if all
    of them want it; when the last one leaves, they are as before.

    Args:
        tf32: Switch it on instead, where that price has been asked for.

    Yields:
        Nothing.
    """
    _ROUNDING.begin(tf32)
    try:
        yield
    finally:
        _ROUNDING.end()


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
