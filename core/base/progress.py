"""Progress of long work: a plain callable, so that any front can draw it and cancel by raising."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called as `progress(done, total)` after each step; an exception raised in it ends the work."""


def no_progress(done: int, total: int) -> None:
    """Ignore the report.

    Args:
        done: Steps done.
        total: Steps in all.
    """
