"""The lines of some files that a run goes through."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Generator, Iterable
from pathlib import Path
from types import FrameType
from typing import Any


@contextlib.contextmanager
def lines_reached(root: Path, files: Iterable[str]) -> Generator[set[str]]:
    """Note the lines that are run, in every thread that starts meanwhile.

    Args:
        root: Folder of the repository.
        files: Paths below it.

    Yields:
        A set that fills with lines such as "core/base/memory.py:51".
    """
    names = {str((root / file).resolve()): file for file in files}
    known: dict[str, str | None] = {}
    found: set[str] = set()

    def name_of(path: str) -> str | None:
        if path not in known:
            known[path] = names.get(str(Path(path).resolve()))
        return known[path]

    def line(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            found.add(f"{known[frame.f_code.co_filename]}:{frame.f_lineno}")
        return line

    def call(frame: FrameType, event: str, argument: object) -> Any:
        return None if name_of(frame.f_code.co_filename) is None else line

    before = sys.gettrace()
    sys.settrace(call)
    threading.settrace(call)
    try:
        yield found
    finally:
        sys.settrace(before)
        threading.settrace(before)  # pyright: ignore[reportArgumentType]
