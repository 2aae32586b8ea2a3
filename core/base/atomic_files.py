"""Atomic writes: a file is complete or absent, never half written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write bytes to a temporary file in the same folder, then rename it.

    Args:
        path: Destination; missing folders are created, an existing file is replaced.
        data: The complete content.

    Returns:
        The path.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    return write_by(path, lambda temporary: temporary.write_bytes(data))


def write_safetensors(
    path: str | os.PathLike[str], tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Path:
    """Write tensors and text metadata atomically as safetensors.

    Args:
        path: Destination; missing folders are created, an existing file is replaced.
        tensors: Names to tensors; copied to the CPU.
        metadata: Names to text.

    Returns:
        The path.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    ready = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}

    def write(temporary: Path) -> None:
        try:
            save_file(ready, temporary, dict(metadata))
        except SafetensorError as error:
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from None

    return write_by(path, write)


def write_by(path: str | os.PathLike[str], write: Callable[[Path], object]) -> Path:
    """Let a function write a temporary file in the same folder, then rename it.

    Args:
        path: Destination; missing folders are created, an existing file is replaced.
        write: Called with the temporary path, where an empty file is.

    Returns:
        The path.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o666 & ~_umask())  # mkstemp creates private files; results are not private
        temporary.replace(path)
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(temporary)):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _umask() -> int:
    """The process's umask; the only way to read it is to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def size(path: Path) -> int:
    """Size of a file, or of all files directly in a folder.

    Args:
        path: An existing file or folder.

    Returns:
        Bytes.
    """
    files = [path] if path.is_file() else [entry for entry in path.iterdir() if entry.is_file()]
    return sum(file.stat().st_size for file in files)
