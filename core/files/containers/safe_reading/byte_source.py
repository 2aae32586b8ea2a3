"""A file as `pickletools` reads it: mapped from disk, with every read checked against the end."""

from __future__ import annotations

import mmap
from pathlib import Path

from .limits_and_refusals import TEXT_BYTES, Reading

_LINE = 1000
"""Longest line of a name or number; lines of text may be longer."""

_LONG_LINES = (b"V", b"S")
"""Opcodes of text and of byte strings in protocol 0."""

_IN_PLACE = (b"B", b"\x8e", b"\x96", b"X", b"\x8d")
"""Opcodes of long bytes and long text; `pickletools` accepts a view of them, without a copy."""


def map_file(path: Path) -> memoryview:
    """All bytes of a file, mapped from disk.

    The mapping is private: writes to it never reach the file.

    Args:
        path: An existing file.

    Returns:
        A writable view, since torch warns about tensors on read-only memory.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


class ByteSource:
    """A file object with the three methods that `pickletools.genops` needs.

    `genops` calls `tell` before each opcode and at no other time. So the first read after `tell` is
    an opcode, and the following reads are its argument. Long bytes are returned as views of the
    file.

    Args:
        view: All bytes of the file.
        reading: Limits, and the file name for errors.
        position: First byte to read.
    """

    def __init__(self, view: memoryview, reading: Reading, position: int = 0) -> None:
        self.view = view
        self.position = position
        self._reading = reading
        self._opcode: bytes | None = None

    def tell(self) -> int:
        """The current position; the next read is an opcode."""
        self._opcode = None
        return self.position

    def read(self, count: int) -> bytes | memoryview:
        """Read bytes; the count is checked before any memory is allocated.

        Args:
            count: Number of bytes.

        Returns:
            Exactly `count` bytes.

        Raises:
            CheckpointError: The file has fewer bytes left.
        """
        part = self.take(count)
        if self._opcode is None:
            self._opcode = bytes(part)
            return self._opcode
        if count > TEXT_BYTES and self._opcode not in (b"B", b"\x8e", b"\x96"):
            raise self._reading.excessive(f"holds one text of {count} bytes")
        return part if self._opcode in _IN_PLACE else bytes(part)

    def take(self, count: int) -> memoryview:
        """Read bytes as a view.

        Args:
            count: Number of bytes.

        Returns:
            Exactly `count` bytes.

        Raises:
            CheckpointError: The file has fewer bytes left.
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
        """Read up to and including the next line feed.

        Returns:
            The line.

        Raises:
            CheckpointError: There is no line feed, or the line is too long.
        """
        start = self.position
        longest = TEXT_BYTES if self._opcode in _LONG_LINES else _LINE
        for begin in range(start, min(len(self.view), start + longest), 4096):
            found = bytes(self.view[begin : begin + 4096]).find(b"\n")
            if found >= 0:
                return bytes(self.take(begin + found + 1 - start))
        raise self._reading.damaged(f"the line at byte {start} does not end: cut off")
