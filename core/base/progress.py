"""Progress of long computations, with which any front shows and cancels them, and their pauses.

A derivative of a large network takes seconds between two reports of progress. Whoever runs it may
be called more often, between layers, for instance to draw a picture that somebody waits for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from contextvars import ContextVar

Progress = Callable[[int, int], None]
"""Called with (done, total) after each step; raise an exception in it to cancel."""


def no_progress(done: int, total: int) -> None:
    """Ignore the report.

    Args:
        done: Number of steps done.
        total: Number of steps.
    """


_PAUSE: ContextVar[Callable[[], object] | None] = ContextVar("pause", default=None)
"""What the running computation calls between layers, if anything."""


@contextlib.contextmanager
def pausing(call: Callable[[], object] | None) -> Generator[None]:
    """In the block, `pause` calls a function; an outer one is not called.

    Args:
        call: The function; may raise to cancel. None means nothing.

    Yields:
        Nothing.
    """
    token = _PAUSE.set(call)
    try:
        yield
    finally:
        _PAUSE.reset(token)


def pause() -> None:
    """Let something shorter run, or cancel; costs nothing where nobody asked for it."""
    call = _PAUSE.get()
    if call is not None:
        call()
