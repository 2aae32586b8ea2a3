"""Files of drawn pictures, encoded in threads of their own, each whole or absent."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from .drawing import Drawer, DrawnRow
from .facts import manifest_line
from .manifest import append_lines
from .parts import parts_folder

_MOST_THREADS = 4
"""Threads that encode; at 1024 pixels a PNG takes longer than its image."""

_LINES_AT_ONCE = 32
"""Lines of the manifest that are appended at once; a kill may take as many, which are written anew
when the batch resumes."""


class PictureWriter:
    """Writes pictures of one shard, whose lock the caller holds; for a `with` block.

    Args:
        drawer: Encodes them.
        folder: The folder of the batch.
        shard: Number of the shard.
        threads: Threads that encode; none chooses them by the cores.
    """

    def __init__(
        self, drawer: Drawer, folder: Path, shard: int, threads: int | None = None
    ) -> None:
        self._drawer, self._folder = drawer, folder
        self._parts = parts_folder(folder, shard)
        count = threads or max(1, min(_MOST_THREADS, os.cpu_count() or 1))
        self._pool = ThreadPoolExecutor(count, "encode")
        self._waiting: deque[tuple[DrawnRow, Future[str]]] = deque()
        self._room = 2 * count + 2
        self._lines: list[str] = []

    def __enter__(self) -> PictureWriter:
        """Make room for unfinished files."""
        while not self._parts.is_dir():  # another process may remove the empty folder above it
            with contextlib.suppress(FileNotFoundError):
                self._parts.mkdir(parents=True, exist_ok=True)
        return self

    def add(self, drawn: DrawnRow) -> None:
        """Begin to write a picture; waits while many are unfinished.

        Args:
            drawn: From `Drawer.draw`.

        Raises:
            OSError: An earlier one could not be written.
        """
        self._waiting.append((drawn, self._pool.submit(self._write, drawn)))
        while len(self._waiting) > self._room:
            self._finish_first()

    def _write(self, drawn: DrawnRow) -> str:
        """Encode a picture, write it under another name, and rename it; SHA-256 of its file."""
        name = self._drawer.plan.file_name(drawn.number)
        part = self._parts / name
        data = self._drawer.encode(drawn)
        try:
            with part.open("wb", buffering=0) as file:
                file.write(data)
            part.replace(self._folder / name)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(self._folder / name)) from None
        return hashlib.sha256(data).hexdigest()

    def _finish_first(self) -> None:
        """Wait for the picture that waits longest, and note it."""
        drawn, future = self._waiting.popleft()
        digest = future.result()
        line = manifest_line(self._drawer.plan, drawn.number, drawn.variation, digest)
        self._lines.append(line)
        if len(self._lines) >= _LINES_AT_ONCE:
            self._note()

    def _note(self) -> None:
        """Append lines to the manifest."""
        lines, self._lines = self._lines, []
        append_lines(self._folder, lines)

    def __exit__(self, *_: object) -> None:
        """Finish what was begun, also where an exception ends the block."""
        failed: BaseException | None = None
        while self._waiting:
            try:
                self._finish_first()
            except OSError as error:  # the others may fit on the disk
                failed = failed or error
        self._pool.shutdown()
        self._note()
        with contextlib.suppress(OSError):
            self._parts.rmdir()
            self._parts.parent.rmdir()
        if failed is not None:
            raise failed


def write_rows(
    drawer: Drawer,
    drawn: Iterable[DrawnRow],
    folder: Path,
    shard: int,
    saved: Callable[[DrawnRow], None] | None = None,
) -> int:
    """Write drawn pictures of one shard.

    Args:
        drawer: Encodes them.
        drawn: From `Drawer.draw`.
        folder: The folder of the batch.
        shard: Number of the shard.
        saved: Called with each as soon as its file is begun, such as for a preview.

    Returns:
        How many there were.
    """
    count = 0
    with PictureWriter(drawer, folder, shard) as writer:
        for one in drawn:
            writer.add(one)
            count += 1
            if saved is not None:
                saved(one)
    return count
