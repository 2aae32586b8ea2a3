"""Jacobians cached between calls: another region of the same image needs no derivative."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import torch

from ..concepts.latent_code import LatentCode
from .columns import StoredColumns


class JacobianCache:
    """The most recently used Jacobians, up to a number of bytes; thread-safe.

    `hits` counts successful look-ups; each saves the computation of one Jacobian.

    Args:
        limit: Most bytes of columns to store; the least recently used are evicted first.
    """

    def __init__(self, limit: int = 4 << 30) -> None:
        self.limit = limit
        self.hits = 0
        self._here = threading.local()
        self._entries: OrderedDict[str, StoredColumns] = OrderedDict()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """Number of stored Jacobians."""
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        """Whether a Jacobian is stored; counts no look-up, and leaves the order as it is."""
        with self._lock:
            return key in self._entries

    @property
    def hits_here(self) -> int:
        """Successful look-ups of the current thread."""
        return getattr(self._here, "hits", 0)

    @property
    def nbytes(self) -> int:
        """Bytes of the stored columns."""
        with self._lock:
            return sum(columns.nbytes for columns in self._entries.values())

    def get(self, key: str) -> StoredColumns | None:
        """Look up a Jacobian and mark it as the most recently used.

        Args:
            key: A digest computed by `cache_key`.

        Returns:
            The columns; none where they are not cached.
        """
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                self.hits += 1
                self._here.hits = self.hits_here + 1
            return found

    def put(self, key: str, columns: StoredColumns) -> None:
        """Store a Jacobian and evict old ones; one larger than the limit is not stored.

        Args:
            key: A digest computed by `cache_key`.
            columns: The columns.
        """
        with self._lock:
            self._entries.pop(key, None)
            if columns.nbytes <= self.limit:
                self._entries[key] = columns
            while self.nbytes > self.limit:
                self._entries.popitem(last=False)

    def make_room(self, size: int) -> None:
        """Evict the least recently used Jacobians until some more bytes fit.

        Args:
            size: Bytes to be stored; nothing is evicted where they exceed the limit.
        """
        with self._lock:
            while self._entries and self.nbytes > self.limit - size >= 0:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Remove all Jacobians."""
        with self._lock:
            self._entries.clear()


def cache_key(code: LatentCode, *facts: object) -> str:
    """Key under which a Jacobian is cached.

    Args:
        code: One code; a change of any of its numbers changes the key.
        *facts: What else the Jacobian depends on: the generator's fingerprint, space, layers, noise
            mode, types.

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
