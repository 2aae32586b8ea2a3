"""Writing files so that nothing is ever half written."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write a file whole or not at all: to a temporary file beside it, then rename.

    Args:
        path: Where to; missing folders are made, an existing file is replaced.
        data: All its bytes.

    Returns:
        The path.
    """
    return _replace(Path(path), lambda temporary: temporary.write_bytes(data))


def write_safetensors(
    path: str | os.PathLike[str], tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Path:
    """Write tensors and text metadata whole or not at all.

    Args:
        path: Where to; missing folders are made, an existing file is replaced.
        tensors: Names to tensors; moved to the CPU.
        metadata: Names to text.

    Returns:
        The path.
    """
    ready = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    return _replace(Path(path), lambda temporary: save_file(ready, temporary, dict(metadata)))


def _replace(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a temporary file, then put it in place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o666 & ~_umask())  # temporary files are private, results are not
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _umask() -> int:
    """What the user forbids to others; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def size(path: Path) -> int:
    """Bytes of a file, or of all files that lie in a folder.

    Args:
        path: An existing file or folder.

    Returns:
        Their number.
    """
    files = [path] if path.is_file() else [entry for entry in path.iterdir() if entry.is_file()]
    return sum(file.stat().st_size for file in files)


def content_hash(path: Path) -> str:
    """SHA-256 of a file; of a folder, that of its largest file, which holds the weights.

    Args:
        path: An existing file or folder.

    Returns:
        64 hex digits.
    """
    if path.is_dir():
        path = max((entry for entry in path.iterdir() if entry.is_file()), key=_bytes)
    status = path.stat()
    return _hash_of(path, status.st_mtime_ns, status.st_size)


def _bytes(path: Path) -> int:
    """Size of a file."""
    return path.stat().st_size


@lru_cache(maxsize=64)
def _hash_of(path: Path, changed: int, length: int) -> str:
    """SHA-256 of a file, remembered until time or size change: a gigabyte takes a second or two."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """Tell generators apart by what they hold, not by file name or format.

    Args:
        tensors: Canonical names to tensors.

    Returns:
        First 16 hex digits of the SHA-256 over names, shapes and float32 values in name order.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu()
        value = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(value.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]
