"""Jacobians that all nodes share, so that moving a box does not differentiate again."""

from __future__ import annotations

import threading

import torch

from ..core.base.memory import SHARE, Memory
from ..core.jacobians.cache import JacobianCache
from ..core.jacobians.options import JacobianOptions

PRECISIONS = {"exact": "float32", "fast": "fast"}
"""What the node calls them, and their ids in core."""

_KEPT = JacobianCache(limit=0)
"""One for the process: a graph and a live page may want the same images."""

_SIZING = threading.Lock()
"""Held while the limit is set anew, so that two threads do not count the same bytes as free."""


def effort(
    precision: str, device: torch.device, free: int, beside: bool = False
) -> JacobianOptions:
    """How Jacobians are had: in half of the memory that is free now, kept for later.

    What has been kept counts as free, since it is dropped, oldest first, when something else needs
    the room. Columns are made under `core.computing.plain_tensors`, so that none is a tensor of
    inference mode, which a later run could not use.

    Args:
        precision: "exact" or "fast".
        device: Where the generator lies.
        free: Bytes that are free there, as ComfyUI counts.
        beside: Whether this is beside a graph that may measure at the same time: then in half of
            that, so that both together fit.

    Returns:
        The effort, its cache among it.
    """
    with _SIZING:
        room = Memory.free(device)
        on_device = int(free * SHARE) if device.type != "cpu" else 0
        _KEPT.limit = on_device + room.host + int(_KEPT.nbytes * SHARE)
    part = SHARE if beside else 1.0
    sizes = (int(size * part) for size in (on_device, room.host, room.file))
    return JacobianOptions(precision=PRECISIONS[precision], memory=Memory(*sizes), cache=_KEPT)


def drop() -> None:
    """Give all of it back."""
    _KEPT.clear()
