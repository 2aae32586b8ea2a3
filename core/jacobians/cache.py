"""Jacobians cached between calls, so that another region of the same image needs no derivative."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import torch

from ..concepts.latent_code import LatentCode
from .columns import StoredColumns


class JacobianCache:
    """The Jacobians used last, up to a number of bytes; safe to share between threads.

    `hits` counts how often one was found, and so how many derivatives were spared.

    Args:
        limit: Bytes of columns that are kept; what is older goes first.
    """

    def __init__(self, limit: int = 4 << 30) -> None:
        self.limit = limit
        self.hits = 0
        self._here = threading.local()
        self._kept: OrderedDict[str, StoredColumns] = OrderedDict()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Number of Jacobians that are kept."""
        return len(self._kept)

    @property
    def hits_here(self) -> int:
        """How often this thread found one, whatever others did meanwhile."""
        return getattr(self._here, "hits", 0)

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        with self._lock:
            return sum(columns.nbytes for columns in self._kept.values())

    def get(self, key: str) -> StoredColumns | None:
        """A Jacobian, which then counts as used last.

        Args:
            key: A digest computed by `cache_key`.

        Returns:
            The columns, or none.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                self.hits += 1
                self._here.hits = self.hits_here + 1
            return found

    def put(self, key: str, columns: StoredColumns) -> None:
        """Keep a Jacobian, and drop what no longer fits; one larger than the limit is not kept.

        Args:
            key: A digest computed by `cache_key`.
            columns: The columns.
        """
        with self._lock:
            self._kept.pop(key, None)
            if columns.nbytes <= self.limit:
                self._kept[key] = columns
            while self.nbytes > self.limit:
                self._kept.popitem(last=False)

    def make_room(self, size: int) -> None:
        """Drop what was used longest ago, until so many bytes fit beside the rest.

        Args:
            size: Bytes that are about to be kept; nothing is dropped for what is never kept.
        """
        with self._lock:
            while self._kept and self.nbytes > self.limit - size >= 0:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()


def cache_key(code: LatentCode, *facts: object) -> str:
    """Key under which a Jacobian is cached.

    Args:
        code: One code, of which every number counts.
        *facts: Generator's fingerprint, space, layers, noise, types and the like.

    Returns:
        A digest.
    """
    digest = hashlib.sha256(repr((code.space, code.truncation_psi, facts)).encode())
    digest.update(repr(code.truncation_cutoff).encode())
    for name in ("values", "labels", "z", "z_shift", "style_shift"):
        tensor = getattr(code, name)
        digest.update(name.encode())
        if tensor is not None:
            row = tensor.detach().to("cpu", torch.float64).contiguous()
            digest.update(repr(tuple(row.shape)).encode() + row.numpy().tobytes())
    return digest.hexdigest()
