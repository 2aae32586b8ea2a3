"""Jacobians that all nodes share, so that moving a box does not differentiate again."""

from __future__ import annotations

import torch

from ..core.caching import JacobianCache
from ..core.measuring import Effort
from ..core.memory import SHARE, Memory

PRECISIONS = {"exact": "float32", "fast": "fast"}
"""What the node calls them, and their ids in core."""

_KEPT = JacobianCache(limit=0)
"""One for the process: graphs run one after the other, and all may want the same images."""


def effort(precision: str, device: torch.device, free: int) -> Effort:
    """How a node has its Jacobians: in half of the memory that is free now, kept for later.

    What has been kept counts as free, since it is dropped, oldest first, when something else needs
    the room. Columns are made under `core.computing.plain_tensors`, so that none is a tensor of
    inference mode, which a later run could not use.

    Args:
        precision: "exact" or "fast".
        device: Where the generator lies.
        free: Bytes that are free there, as ComfyUI counts.

    Returns:
        The effort, its cache among it.
    """
    room = Memory.free(device)
    on_device = int(free * SHARE) if device.type != "cpu" else 0
    _KEPT.limit = on_device + room.host + int(_KEPT.nbytes * SHARE)
    memory = Memory(on_device, room.host, room.file)
    return Effort(precision=PRECISIONS[precision], memory=memory, cache=_KEPT)


def drop() -> None:
    """Give all of it back."""
    _KEPT.clear()
