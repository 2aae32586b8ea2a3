"""The Jacobians that all nodes share, so that moving a box does not differentiate again."""

from __future__ import annotations

import threading

import torch

from ..core.base.memory import SHARE, Memory
from ..core.explorer.holding import Holds
from ..core.generators.layers.reuse import PartOutputs
from ..core.jacobians.cache import JacobianCache
from ..core.jacobians.options import JacobianOptions

PRECISIONS = {"exact": "float32", "fast": "fast"}
"""The node's names of precisions, and their ids in core."""

_CACHE = JacobianCache(limit=0)
"""One for the process: a graph and an explorer may need the same images."""

HOLDS = Holds()
"""The images that explorers held last, with their Jacobians; for pages and runs alike."""

PARTS = PartOutputs()
"""The features of the picture that an explorer drew last, on a CPU."""

_SIZING = threading.Lock()
"""Held while the limit is updated, so that two threads do not count the same bytes as free."""


def jacobian_options(
    precision: str, device: torch.device, free: int, beside: bool = False
) -> JacobianOptions:
    """Options that store columns in half of the free memory, and in the shared cache.

    Bytes in the cache count as free: the cache drops its oldest entries when other work needs the
    memory. Columns must be computed under `execution.plain_tensors`: a later run could not use
    tensors of inference mode.

    Args:
        precision: "exact" or "fast".
        device: The generator's device.
        free: Free bytes there, as ComfyUI counts them.
        beside: Whether a graph may measure at the same time; the options then use half of that,
            so that both fit.

    Returns:
        The options, with the shared cache.
    """
    with _SIZING:
        room = Memory.free(device)
        on_device = int(free * SHARE) if device.type != "cpu" else 0
        _CACHE.limit = on_device + room.host + int(_CACHE.nbytes * SHARE)
    part = SHARE if beside else 1.0
    sizes = (int(size * part) for size in (on_device, room.host, room.file))
    return JacobianOptions(precision=PRECISIONS[precision], memory=Memory(*sizes), cache=_CACHE)


def clear() -> None:
    """Free all memory of the cache, of the holds and of the last picture."""
    _CACHE.clear()
    HOLDS.clear()
    PARTS.clear()
