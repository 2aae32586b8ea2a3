"""The inverters of the last generators: a second photograph, or a second graph, need not wait."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ...core.base.progress import Progress
from ...core.concepts.generator import Generator
from ...core.photos.inverter import Inverter, options_of, prepare_inversion

_MOST = 4
"""Inverters that are kept, of some megabytes each."""

_kept: OrderedDict[tuple[str, str, int | None], Inverter] = OrderedDict()
"""By fingerprint, options and class of the generator; the one used last is the last."""

_LOCK = threading.Lock()
"""Held while one is looked up or added."""


def inverter_for(gan: Generator, label: int | None, progress: Progress) -> Inverter:
    """The inverter of a generator, prepared where it is not yet known.

    Args:
        gan: The generator, on its device.
        label: The class of a conditional one.
        progress: Called with (done, total) while it is prepared.

    Returns:
        The inverter.
    """
    key = (gan.spec.fingerprint, options_of(gan), label)
    with _LOCK:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
            return known
    made = prepare_inversion(gan, label=label, progress=progress)
    if gan.spec.fingerprint:
        with _LOCK:
            _kept[key] = made
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return made
