"""Contexts for numerical code: no inference mode, no TF32, and chunks that fit into memory."""

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
    """Create ordinary tensors without recording gradients, also inside ComfyUI's inference mode.

    Tensors created in inference mode cannot be differentiated later, not even in forward mode;
    tensors created in this context can.

    Yields:
        Nothing.
    """
    with torch.inference_mode(False), torch.no_grad():
        yield


class _Tf32Switch:
    """TF32 for the whole process, on only while every thread that has a request allows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, list[bool]] = {}  # thread to its nested requests, innermost last
        self._before: list[bool] = []

    def push(self, tf32: bool) -> None:
        """Add a request of this thread; the first of all saves the settings."""
        with self._lock:
            if not self._requests:
                self._before = [backend.allow_tf32 for backend in _backends()]
            self._requests.setdefault(threading.get_ident(), []).append(tf32)
            self._apply()

    def pop(self) -> None:
        """Remove this thread's innermost request; the last of all restores the settings."""
        with self._lock:
            requests = self._requests[threading.get_ident()]
            requests.pop()
            if not requests:
                del self._requests[threading.get_ident()]
            self._apply()

    def _apply(self) -> None:
        """Allow TF32 where the innermost requests of all threads do; without any, restore."""
        allowed = all(requests[-1] for requests in self._requests.values())
        values = [allowed] * len(self._before) if self._requests else self._before
        for backend, value in zip(_backends(), values, strict=True):
            backend.allow_tf32 = value


def _backends() -> list[Any]:
    """The backends with an `allow_tf32` setting: matrix products and convolutions."""
    return [torch.backends.cuda.matmul, torch.backends.cudnn]


_TF32 = _Tf32Switch()


@contextlib.contextmanager
def full_precision(tf32: bool = False) -> Generator[None]:
    """Disable TF32 in the block: it would cost a Jacobian three of its seven digits.

    The setting belongs to the process. While several threads are in such a block, TF32 is on only
    if all of them allow it; when the last one leaves, the setting is restored.

    Args:
        tf32: Allow TF32 instead, where the caller requested that precision.

    Yields:
        Nothing.
    """
    _TF32.push(tf32)
    try:
        yield
    finally:
        _TF32.pop()


@contextlib.contextmanager
def torch_threads(count: int) -> Generator[None]:
    """Context in which torch computes with a number of threads.

    Args:
        count: The number.

    Yields:
        Nothing.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def float64_device(device: torch.device) -> torch.device:
    """Device for float64 computations on results of a network.

    Args:
        device: Device of the network.

    Returns:
        The same device, or the CPU for devices without float64 (MPS, DirectML, some XPU).
    """
    return device if device.type in ("cpu", "cuda") else torch.device("cpu")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out, on any backend.

    Args:
        error: The exception.

    Returns:
        True if a smaller chunk may succeed.
    """
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    # oneDNN, which convolves on a CPU, says only this where there is no memory for it.
    primitive = "could not create a primitive"
    words = ("out of memory", "not enough memory", "can't allocate memory", primitive)
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def in_chunks(
    total: int, chunk: int, work: Callable[[int, int], T], progress: Progress | None = None
) -> list[T]:
    """Call `work` on ranges that cover 0 to total, and halve the range whenever memory runs out.

    Args:
        total: Number of items.
        chunk: Number of items per call at first; at least 1.
        work: Called as `work(start, stop)`.
        progress: Called with (done, total) after each range; may raise to cancel.

    Returns:
        Results in order.

    Raises:
        RuntimeError: Memory runs out for a single item.
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
        _release_cached_memory()
    return results


def _release_cached_memory() -> None:
    """Release the memory that torch caches, for the smaller chunk."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
