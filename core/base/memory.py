"""How much memory may be used to keep things: on the device, on the host, on disk."""

from __future__ import annotations

import contextlib
import os
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
"""Part of what is free that is taken unless told: others want some, and estimates are rough."""

_FILE_BYTES = 16 << 30
"""Largest temporary file that is made unless told."""


@dataclass(frozen=True)
class Memory:
    """Bytes that may be used at each place; what does not fit one goes to the next."""

    device: int
    """On the GPU; of no account where the network lies on the CPU."""
    host: int
    """In main memory."""
    file: int = 0
    """In a temporary file that is mapped into memory."""

    @classmethod
    def free(cls, device: torch.device) -> Memory:
        """Half of what is free now.

        Args:
            device: Where the network lies.

        Returns:
            The budget; a file of at most 16 GiB.
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
        """A budget as people give it.

        Args:
            budget: A budget; or bytes, on the device and on the host alike, without a file; or none
                for half of what is free.
            device: Where the network lies.

        Returns:
            The budget.
        """
        if isinstance(budget, int):
            return cls(budget, budget)
        return cls.free(device) if budget is None else budget

    def room(
        self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device
    ) -> Tensor | None:
        """An uninitialised tensor at the first place where it fits.

        Args:
            shape: Its shape.
            dtype: Its type.
            device: Where the network lies.

        Returns:
            On the device, on the host or in a file; none where it fits nowhere.

        Raises:
            RuntimeError: Something else than memory was missing.
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
            except MemoryError:  # budgets are estimates; the next place may do
                continue
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
        return None

    @property
    def largest(self) -> int:
        """Bytes of the largest tensor that fits somewhere."""
        return max(self.device, self.host, self.file)


def _mapped_file(count: int, dtype: torch.dtype) -> Tensor:
    """A tensor in a temporary file, which goes when the tensor goes."""
    handle, name = tempfile.mkstemp(prefix="latent_levers_", suffix=".columns")
    os.close(handle)
    tensor = torch.from_file(name, shared=True, size=count, dtype=dtype)
    try:
        Path(name).unlink()  # the mapping keeps it alive
    except OSError:  # Windows keeps it until the mapping is closed
        weakref.finalize(tensor.untyped_storage(), _remove, Path(name))
    return tensor


def _remove(path: Path) -> None:
    """Remove a file if that can be done."""
    with contextlib.suppress(OSError):
        path.unlink()
