""".npy files: a text header and one array of numbers; pickled objects are never read."""

from __future__ import annotations

import math
import tokenize
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...base.errors import CheckpointError
from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.byte_source import map_file

NUMPY_MAGIC = b"\x93NUMPY"
"""First bytes of every .npy file."""

_HEADER = 16384
"""Bytes within which a header must end; headers of NumPy take 128."""

_LARGEST = 1 << 40
"""Largest axis that a header may state."""

_UNREADABLE = (
    ValueError, TypeError, SyntaxError, LookupError, OverflowError, RecursionError, MemoryError,
    EOFError, tokenize.TokenError,
)  # fmt: skip
"""Errors of NumPy's header parser for damaged or malicious headers."""

_REMEDY = "Download it again, or save it with numpy.save as an array of floating-point numbers"


class NumpyFile(AbstractContainer):
    """An array of floating-point numbers, as `numpy.save` writes it."""

    id = "numpy"
    title = "NumPy array"
    suffixes = (".npy",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`."""
        return head.startswith(NUMPY_MAGIC)

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`."""
        return Checkpoint({"": read_array(path.name, map_file(path))}, str(path), self.id)


def read_array(name: str, view: memoryview) -> Tensor:
    """The array of a .npy file; its shape is compared with the file size before it is read.

    Args:
        name: File name for messages.
        view: All bytes of the file.

    Returns:
        Its numbers, float64.

    Raises:
        CheckpointError: The header cannot be read, the array is not of floating-point numbers, or
            its shape does not fit the file size.
    """
    shape, fortran, kind, start = _header(name, bytes(view[:_HEADER]))
    count, stored = math.prod(shape), len(view) - start
    if count < 1 or min(shape, default=1) < 1 or stored != count * kind.itemsize:
        raise CheckpointError(
            f"{name} holds {stored} bytes of numbers for an array of shape {list(shape)} in "
            f"{kind.name}",
            f"{count * kind.itemsize} bytes" if count > 0 else "an array that is not empty",
            _REMEDY,
        )
    numbers = np.frombuffer(view[start:], dtype=kind)
    array = numbers.astype(np.float64).reshape(shape, order="F" if fortran else "C")
    return torch.from_numpy(np.ascontiguousarray(array))


def _header(name: str, head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[np.generic], int]:
    """Parse the header of a .npy file.

    Returns:
        Shape, whether the order is Fortran's, dtype, and the offset of the numbers in bytes.

    Raises:
        CheckpointError: It cannot be read, or the array is not of floating-point numbers.
    """
    stream = BytesIO(head)
    try:
        version = np.lib.format.read_magic(stream)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        # Version 3 adds field names in UTF-8; arrays of latents or directions have no fields.
        shape, fortran, kind = readers[version](stream)
    except _UNREADABLE as error:
        reason = str(error).split("\n", 1)[0][:100]
        raise CheckpointError(
            f"The header of {name} cannot be read ({type(error).__name__}: {reason})",
            "the header that numpy.save writes",
            _REMEDY,
        ) from None
    if kind.kind != "f" or kind.itemsize not in (2, 4, 8):
        what = "Python objects, which are never read" if kind.hasobject else f"{kind}"
        raise CheckpointError(
            f"{name} holds {what}", "floating-point numbers of 16, 32 or 64 bits", _REMEDY
        )
    if max(shape, default=1) > _LARGEST:  # before sizes are multiplied or printed
        raise CheckpointError(f"{name} asks for more than {_LARGEST} rows", "fewer", _REMEDY)
    return shape, fortran, kind, stream.tell()
