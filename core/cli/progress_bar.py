"""A progress bar on stderr, so that stdout stays for results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_CELLS = 28
_PAUSE = 0.1
"""Seconds between two drawings; terminals gain nothing from more."""


class Bar:
    """Draws `progress(done, total)` as one line; silent where nobody watches.

    Args:
        label: What is being done.
        shown: Whether to draw; none asks whether stderr is a terminal.
        clock: Seconds, for tests.
    """

    def __init__(
        self,
        label: str,
        shown: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label = label
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._clock = clock
        self._start = clock()
        self._last = -1.0

    def __call__(self, done: int, total: int) -> None:
        """Draw the state.

        Args:
            done: Steps done.
            total: Steps in all.
        """
        now = self._clock()
        if not self._shown or (done < total and now - self._last < _PAUSE):
            return
        self._last = now
        share = done / max(total, 1)
        full = round(share * _CELLS)
        spent = now - self._start
        ahead = f", {spent / share - spent:.0f} s left" if 0 < share < 1 else ""
        line = f"{self._label} [{'#' * full}{'.' * (_CELLS - full)}] {done}/{total}, {spent:.0f} s"
        sys.stderr.write(f"\r{line + ahead:<79}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line, so that what is printed next stands alone."""
        if self._shown:
            sys.stderr.write(f"\r{'':<79}\r")
            sys.stderr.flush()
