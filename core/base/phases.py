"""Seconds of a long computation, by phase."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from contextvars import ContextVar


class _Clock:
    """Adds up the seconds of phases; those of an inner phase do not count for the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[str] = []
        self._since = 0.0

    def switch(self, name: str | None) -> None:
        """Enter a phase, or leave the innermost one.

        Args:
            name: The phase to enter; none leaves.
        """
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now
        if name is None:
            self._open.pop()
        else:
            self._open.append(name)
            self.seconds.setdefault(name, 0.0)


_CLOCK: ContextVar[_Clock | None] = ContextVar("phases", default=None)
"""The clock of the running computation, if any."""


@contextlib.contextmanager
def record_phases() -> Generator[dict[str, float]]:
    """Record how long the phases inside a `with` block take.

    Yields:
        Seconds by name of the phase, in the order of their beginnings; filled while the block
        runs. Time outside of all phases is not recorded.
    """
    clock = _Clock()
    token = _CLOCK.set(clock)
    try:
        yield clock.seconds
    finally:
        _CLOCK.reset(token)


@contextlib.contextmanager
def phase(name: str) -> Generator[None]:
    """Mark a phase; costs nothing where nobody records.

    Args:
        name: Such as "jacobian", "solve" or "correction".
    """
    clock = _CLOCK.get()
    if clock is None:
        yield
        return
    clock.switch(name)
    try:
        yield
    finally:
        clock.switch(None)
