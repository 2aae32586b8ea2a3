"""SHA-256 of files, and fingerprints of generators."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor


def content_hash(path: Path) -> str:
    """SHA-256 of a file; for a folder, of its largest file, which holds the weights.

    Args:
        path: An existing file or folder.

    Returns:
        64 hex digits.
    """
    if path.is_dir():
        path = max((entry for entry in path.iterdir() if entry.is_file()), key=_bytes)
    status = path.stat()
    return _file_hash(path, status.st_mtime_ns, status.st_size)


def _bytes(path: Path) -> int:
    """Size of a file."""
    return path.stat().st_size


@lru_cache(maxsize=64)
def _file_hash(path: Path, modified: int, length: int) -> str:
    """SHA-256, cached by path, modification time and size: a gigabyte takes a second or two."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """Identify a generator by its weights, whatever the file is called and its format.

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


def network_fingerprint(state: Mapping[str, Tensor]) -> str:
    """Identify a network by its weights.

    Args:
        state: Its `state_dict`.

    Returns:
        As `fingerprint`, without the mean w, which follows from the weights and some files lack.
    """
    return fingerprint({n: t for n, t in state.items() if not n.endswith("w_avg")})
