"""Members of a zip archive as views of the file: nothing is written to disk.

torch stores its members uncompressed, so compressed members are refused, which rules out zip bombs.
NumPy's archives may be compressed: a member is unpacked to the size that the directory states,
which counts against the limits of the file. So may downloads, which may have a comment, too.
Archives that two zip readers could interpret differently are refused: bytes before or after the
archive, two members of one name, overlapping members.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from .limits_and_refusals import Reading

ZIP_MAGIC = b"PK\x03\x04"
"""First bytes of every zip archive."""

_END, _END64, _LOCATOR64, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_DEFLATED = 8
"""Compression method of zip files, the only one that is unpacked."""

_COMMENT = 0xFFFF
"""Longest comment in bytes."""

_FULL = 0xFFFFFFFF
"""Value of a 32-bit field whose number is stored in 64 bits in the extra field."""


@dataclass(frozen=True)
class Member:
    """One member of an archive."""

    content: memoryview
    """Its bytes as they are stored."""
    size: int | None = None
    """Its size in bytes once unpacked; none where it is stored uncompressed."""


def zip_members(view: memoryview, reading: Reading, unpack: bool = False) -> dict[str, memoryview]:
    """The bytes of every member by its name; names are never used as paths.

    Args:
        view: The whole archive.
        reading: Limits, and the file name for errors.
        unpack: Whether members may be compressed.

    Returns:
        At least one member, in the order of the archive's directory.

    Raises:
        CheckpointError: The archive is cut off, compressed or ambiguous, or exceeds a limit.
    """
    return {
        name: member.content
        if member.size is None
        else _unpacked(member.content, member.size, name, reading)
        for name, member in zip_directory(view, reading, unpack).items()
    }


def zip_directory(
    view: memoryview, reading: Reading, unpack: bool = True, comment: bool = False
) -> dict[str, Member]:
    """Every member by its name, none of them unpacked.

    Args:
        view: The whole archive.
        reading: Limits, and the file name for errors.
        unpack: Whether members may be compressed.
        comment: Whether the archive may have a comment.

    Returns:
        At least one member, in the order of the archive's directory.

    Raises:
        CheckpointError: The archive is cut off or ambiguous, or exceeds a limit.
    """
    try:
        entries = _entries(view, reading, unpack, comment)
    except (struct.error, UnicodeDecodeError):
        raise reading.damaged("the archive's directory makes no sense: cut off") from None
    members: dict[str, Member] = {}
    lowercase: set[str] = set()
    end = 0
    for name, offset, packed, size in sorted(entries, key=lambda entry: entry[1]):
        header = bytes(view[offset : offset + 30])
        if (
            len(header) < 30
            or header[:4] != ZIP_MAGIC
            or (offset != 0 if not members else offset < end)
        ):
            raise reading.damaged("members of the archive overlap or lie outside of it")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start = offset + 30 + name_length + extra_length
        if bytes(view[offset + 30 : offset + 30 + name_length]) != name.encode():
            raise reading.damaged("a member of the archive has two names")
        end = start + packed
        if end > len(view):
            raise reading.damaged("members of the archive overlap or lie outside of it")
        if name.casefold() in lowercase:
            raise reading.damaged(f"the archive holds {name[:80]!r} twice")
        lowercase.add(name.casefold())
        members[name] = Member(view[start:end], size)
    if not members:
        raise reading.damaged("the archive is empty")
    return {name: members[name] for name, *_ in entries}


def _unpacked(packed: memoryview, size: int, name: str, reading: Reading) -> memoryview:
    """A compressed member; no more than its stated size is ever unpacked."""
    reading.spend_bytes(size)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(packed, size + 1)  # 0 would mean without limit
    except zlib.error as error:
        raise reading.damaged(f"its member {name[:80]!r} cannot be unpacked: {error}") from None
    if len(content) != size or not stream.eof:
        raise reading.damaged(f"its member {name[:80]!r} is not of the size that is stated")
    return memoryview(content)


def _comment_length(view: memoryview) -> int:
    """Bytes of the comment behind the archive's end record; 0 where there is none."""
    tail = bytes(view[-22 - _COMMENT :])
    place = tail.rfind(_END)
    length = len(tail) - place - 22
    if place < 0 or length < 1 or tail[place + 20 : place + 22] != struct.pack("<H", length):
        return 0
    return length


def _directory(view: memoryview, reading: Reading, comment: bool) -> tuple[int, int, int]:
    """Number of entries of the central directory, and where it begins and ends."""
    length = _comment_length(view) if comment else 0
    view = view[: len(view) - length]
    tail = bytes(view[-22:])
    if tail[:4] != _END or tail[20:] != struct.pack("<H", length):
        raise reading.damaged("the archive has no end: cut off")
    count, size, start = struct.unpack("<HII", tail[10:20])
    end = len(view) - 22
    locator = bytes(view[-42:-22])
    if locator[:4] == _LOCATOR64:
        (end,) = struct.unpack("<Q", locator[8:16])
        record = bytes(view[end : end + 56])
        if record[:4] != _END64:
            raise reading.damaged("the archive has no end: cut off")
        count, size, start = struct.unpack("<QQQ", record[32:56])
    if start + size != end:
        raise reading.damaged("there are bytes around the archive")
    return count, start, end


def _entries(
    view: memoryview, reading: Reading, unpack: bool, comment: bool
) -> list[tuple[str, int, int, int | None]]:
    """Name, offset, stored size and, if compressed, size of every member, from the directory."""
    count, position, end = _directory(view, reading, comment)
    entries: list[tuple[str, int, int, int | None]] = []
    while position < end:
        reading.spend_steps(3)
        fields = struct.unpack("<4s6H3I5H2I", view[position : position + 46])
        flags, method, packed, size = fields[3], fields[4], fields[8], fields[9]
        name_length, extra_length, comment_length, offset = *fields[10:13], fields[16]
        place = position + 46
        name = bytes(view[place : place + name_length]).decode()
        extra = view[place + name_length : place + name_length + extra_length]
        size, packed, offset = _wide(extra, (size, packed, offset))
        if fields[0] != _ENTRY or position + 46 > end:
            raise reading.damaged("the archive's directory makes no sense: cut off")
        # Source code of a TorchScript program is not read; its bytes stay packed.
        is_code = method != 0 and "/code/" in name
        is_packed = unpack and method == _DEFLATED and not is_code
        plain = method == 0 and packed == size
        if flags & 1 or not (is_code or is_packed or plain):
            raise reading.excessive(f"is an archive with a packed member {name[:80]!r}")
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise reading.excessive(f"is an archive with a member {name[:80]!r} outside of itself")
        entries.append((name, offset, packed, size if is_packed else None))
        position = place + name_length + extra_length + comment_length
    if len(entries) != count or position != end:
        raise reading.damaged("the archive's directory makes no sense: cut off")
    return entries


def _wide(extra: memoryview, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Sizes and offset, with 64-bit values taken from the entry's extra field."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[position : position + 4])
        if kind == 1:
            count = sum(value == _FULL for value in values)
            wide = iter(struct.unpack(f"<{count}Q", extra[position + 4 : position + 4 + 8 * count]))
            size, packed, offset = (next(wide) if v == _FULL else v for v in values)
            return size, packed, offset
        position += 4 + length
    return values
