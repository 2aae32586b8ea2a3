"""Memory budgets for stored tensors: on the device, on the host, on disk."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from torch import Tensor

from .execution import is_out_of_memory

SHARE = 0.5
"""Share of the free memory that is used by default: other programs need some, and estimates are
rough."""

_FILE_BYTES = 16 << 30
"""Largest temporary file by default."""


@dataclass(frozen=True)
class Memory:
    """Bytes that may be used in each place; a tensor that does not fit goes to the next place."""

    device: int
    """On the GPU; ignored where the network is on the CPU."""
    host: int
    """In main memory."""
    file: int = 0
    """In a memory-mapped temporary file."""

    @classmethod
    def free(cls, device: torch.device) -> Memory:
        """Half of the memory that is free now.

        Args:
            device: Device of the network.

        Returns:
            The budget, with a file of at most 16 GiB and at most a quarter of the free disk.
        """
        on_device = 0
        if device.type == "cuda":
            on_device = torch.cuda.mem_get_info(device)[0]
        elif device.type == "mps":
            used = torch.mps.driver_allocated_memory()
            on_device = max(0, torch.mps.recommended_max_memory() - used)
        disk = psutil.disk_usage(tempfile.gettempdir()).free
        return cls(
            int(on_device * SHARE),
            int(psutil.virtual_memory().available * SHARE),
            min(_FILE_BYTES, int(disk * SHARE / 2)),
        )

    @classmethod
    def of(cls, budget: Memory | int | None, device: torch.device) -> Memory:
        """The budget that a caller specified.

        Args:
            budget: A budget; or bytes, for the device and for the host each, without a file; or
                none for half of the free memory.
            device: Device of the network.

        Returns:
            The budget.
        """
        if isinstance(budget, int):
            return cls(budget, budget)
        return cls.free(device) if budget is None else budget

    def room(
        self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device
    ) -> Tensor | None:
        """An uninitialised tensor in the first place where it fits.

        Args:
            shape: Its shape.
            dtype: Its type.
            device: Device of the network.

        Returns:
            The tensor, on the device, on the host or in a file; none where it fits nowhere.

        Raises:
            RuntimeError: Allocation failed for another reason than lack of memory.
        """
        count = torch.Size(shape).numel()
        size = count * dtype.itemsize
        places: list[tuple[int, Callable[[], Tensor]]] = [
            (self.host, lambda: torch.empty(shape, dtype=dtype)),
            (self.file, lambda: _mapped_file(count, dtype).reshape(shape)),
        ]
        if device.type != "cpu":
            places.insert(0, (self.device, lambda: torch.empty(shape, dtype=dtype, device=device)))
        for limit, make in places:
            if size > limit:
                continue
            try:
                return make()
            except MemoryError:  # budgets are estimates; try the next place
                continue
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
        return None

    @property
    def largest(self) -> int:
        """Bytes of the largest tensor that fits in any place."""
        return max(self.device, self.host, self.file)


def _mapped_file(count: int, dtype: torch.dtype) -> Tensor:
    """A tensor in a memory-mapped file, which is deleted with the tensor."""
    handle, name = tempfile.mkstemp(prefix="latent_levers_", suffix=".columns")
    os.close(handle)
    tensor = torch.from_file(name, shared=True, size=count, dtype=dtype)
    try:
        Path(name).unlink()  # the mapping keeps the data
    except OSError:  # on Windows, only after the mapping is closed
        weakref.finalize(tensor.untyped_storage(), _remove, Path(name))
    return tensor


def _remove(path: Path) -> None:
    """Remove a file, if possible."""
    with contextlib.suppress(OSError):
        path.unlink()


_TRIM, _MAP = -1, -3
"""M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h."""

_KEPT, _MAPPED = 128 * 2**20, 32 * 2**20
"""Free bytes that the heap keeps, and the largest block that comes from it (glibc's own limit)."""


def keep_freed_memory() -> bool:
    """Let this process keep freed memory for the next image instead of handing it back each time.

    By default glibc returns the features of each image to the system, which fills every page with
    zeros before the next image gets it: a quarter of the time of small images on a CPU. For
    processes that only draw, since the setting is that of the whole process, which keeps up to
    128 MiB more.

    Returns:
        Whether the system's library has such a setting (Linux with glibc).
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl has none
        return False
    return bool(mallopt(_MAP, _MAPPED)) and bool(mallopt(_TRIM, _KEPT))
