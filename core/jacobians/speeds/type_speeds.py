"""How long tangents take in each precision on a device, beside the exact one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from ...base.precision import EXACT
from .device_names import device_name
from .probe import Measure, probe, probed
from .stored import cache_folder, load_shares, save_shares

_WORTH = 0.9
"""Share below which a precision counts as quicker: less is within what a measurement is off."""

_RANGE = 1.2
"""Factor by which float16 must be quicker than another type, since its range is small."""


@dataclass(frozen=True)
class TypeSpeeds:
    """Time of a push in each precision, divided by that in the exact one."""

    shares: Mapping[str, float]
    """By id of a precision; those that are not named count as slow."""

    @cached_property
    def quickest(self) -> str:
        """Id of the precision that takes the least time; the exact one unless another saves some.

        Where another type is nearly as quick as float16, that one is taken: its range is larger.
        """
        weighed = {
            name: share * (_RANGE if name == "float16" else 1.0)
            for name, share in self.shares.items()
            if share < _WORTH
        }
        return min(weighed, key=weighed.__getitem__) if weighed else EXACT

    def share(self, precision: str) -> float:
        """Time of a push beside that in the exact precision.

        Args:
            precision: Id of a precision.

        Returns:
            1 for the exact one; infinite for one that is not known.
        """
        return 1.0 if precision == EXACT else self.shares.get(precision, float("inf"))


_MEASURED: dict[str, TypeSpeeds] = {}
"""What this process knows, by device and folder."""

_MEASURING = threading.Lock()
"""Held while one thread measures."""


def type_speeds(
    device: torch.device, measure: Measure | None = None, folder: Path | None = None
) -> TypeSpeeds:
    """How quick each precision is on a device: known to this process, kept, or measured now.

    Args:
        device: The device.
        measure: Measures one push instead of `probe.measure_push`.
        folder: Where speeds are kept; none means the user's cache folder.

    Returns:
        The speeds.
    """
    place, name = folder or cache_folder(), device_name(device)
    key = f"{name} in {place}"
    with _MEASURING:
        if key not in _MEASURED:
            shares = load_shares(place, name)
            if shares is None or set(shares) != set(probed(device)):
                shares = probe(device, measure)
                save_shares(place, name, shares)
            _MEASURED[key] = TypeSpeeds(shares)
        return _MEASURED[key]
