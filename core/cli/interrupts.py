"""Ctrl-C while a command is imported."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator


@contextlib.contextmanager
def interrupts_deferred() -> Generator[None]:
    """Context in which Ctrl-C takes effect at the end: torch aborts if its import is interrupted.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed meanwhile; at once if it was pressed twice.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def remember(number: int, _: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)
    if pressed:
        raise KeyboardInterrupt
