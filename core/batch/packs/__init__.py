"""What a shard becomes on disk: a line per pack."""

from __future__ import annotations

from collections.abc import Iterable

from ...base.registry import Registry
from .pack import AbstractPack


def _packs() -> Iterable[AbstractPack]:
    from .files import FILES

    return (FILES,)


PACKS: Registry[AbstractPack] = Registry("pack", deferred=_packs)
"""Ways to store the pictures of a shard."""
