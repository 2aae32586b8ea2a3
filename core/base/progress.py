"""Progress of long computations: a callable with which any front can show and cancel them."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total) after each step; raise an exception in it to cancel."""


def no_progress(done: int, total: int) -> None:
    """Ignore the report.

    Args:
        done: Number of steps done.
        total: Number of steps.
    """
