"""Bytes of a file as `pickletools` wants to read them: mapped from disk, never beyond the end."""

from __future__ import annotations

import mmap
from pathlib import Path

from .inert import TEXT_BYTES, Reading

_LINE = 1000
"""Longest line of a name or number; text and old strings may be longer."""

_LONG_LINES = (b"V", b"S")
"""Opcodes of text and of strings, in protocol 0."""

_IN_PLACE = (b"B", b"\x8e", b"\x96", b"X", b"\x8d")
"""Opcodes of long bytes and long text: their reader does with a view, so nothing is copied."""


def map_file(path: Path) -> memoryview:
    """All bytes of a file, mapped from disk.

    The mapping is private: what is written to it never reaches the file.

    Args:
        path: An existing file.

    Returns:
        A writable view, since torch warns about tensors on any other.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


class ByteSource:
    """A file object of three methods, which `pickletools.genops` reads opcodes from.

    `genops` calls `tell` before each opcode and at no other time, which tells opcodes from their
    arguments. Long bytes are handed over as views of the file.

    Args:
        view: All bytes.
        reading: For errors.
        position: Where to begin.
    """

    def __init__(self, view: memoryview, reading: Reading, position: int = 0) -> None:
        self.view = view
        self.position = position
        self._reading = reading
        self._opcode: bytes | None = None

    def tell(self) -> int:
        """See the class."""
        self._opcode = None
        return self.position

    def read(self, count: int) -> bytes | memoryview:
        """So many bytes, checked before any memory is taken.

        Args:
            count: How many.

        Returns:
            Exactly so many.

        Raises:
            CheckpointError: The file ends before.
        """
        part = self.take(count)
        if self._opcode is None:
            self._opcode = bytes(part)
            return self._opcode
        if count > TEXT_BYTES and self._opcode not in (b"B", b"\x8e", b"\x96"):
            raise self._reading.excessive(f"holds one text of {count} bytes")
        return part if self._opcode in _IN_PLACE else bytes(part)

    def take(self, count: int) -> memoryview:
        """So many bytes as a view.

        Args:
            count: How many.

        Returns:
            Exactly so many.

        Raises:
            CheckpointError: The file ends before.
        """
        left = len(self.view) - self.position
        if count > left:
            raise self._reading.damaged(
                f"byte {self.position} asks for {count} more where {left} are left: cut off"
            )
        part = self.view[self.position : self.position + count]
        self.position += count
        return part

    def readline(self) -> bytes:
        """Bytes up to and with the next line feed.

        Returns:
            The line.

        Raises:
            CheckpointError: There is none, or the line is longer than it may be.
        """
        start = self.position
        longest = TEXT_BYTES if self._opcode in _LONG_LINES else _LINE
        for begin in range(start, min(len(self.view), start + longest), 4096):
            found = bytes(self.view[begin : begin + 4096]).find(b"\n")
            if found >= 0:
                return bytes(self.take(begin + found + 1 - start))
        raise self._reading.damaged(f"the line at byte {start} does not end: cut off")
