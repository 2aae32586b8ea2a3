"""Zip archives and safetensors headers that are false, and files of no kind."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from forge import archive, entry, pickled, safetensors, storage, tensor
from hostile_file import Case


def archives() -> Iterator[tuple[str, Case]]:
    """Zip archives that unpack without end, lead outside, or look different to two readers."""
    good = {"x/data.pkl": pickled(entry("a", tensor(storage(4), (4,), (1,)))),
            "x/data/0": b"\0" * 16}  # fmt: skip
    whole = archive(good)
    yield (
        "zip bomb",
        Case(archive({"x/data.pkl": b"\0" * 10_000_000}, zipfile.ZIP_DEFLATED), "packed member"),
    )
    for title, path in {
        "zip slip": "../../evil", "zip slip from the root": "/etc/evil",
        "zip slip of Windows": "x\\..\\evil", "zip slip to a drive": "c:evil",
    }.items():  # fmt: skip
        yield title, Case(archive({**good, path: b"x"}), "outside of itself")
    yield "no data.pkl", Case(archive({"x/other": b""}), "holds no model")
    yield (
        "empty archive",
        Case(b"PK\x03\x04" + archive({}), "bytes around|is empty|makes no sense"),
    )
    yield (
        "one name twice",
        Case(
            archive({**good, "x/DATA.pkl": pickled(b"N")}), "'x/data.pkl' twice|'x/DATA.pkl' twice"
        ),
    )
    yield "bytes behind the archive", Case(whole + b"\0" * 100, "has no end")
    yield (
        "bytes before the archive",
        Case(b"PK\x03\x04" + b"\0" * 96 + whole, "bytes around|overlap"),
    )
    yield "comment", Case(whole[:-2] + b"\x04\0abcd", "has no end")
    place = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", place + 4)
    lying = bytearray(whole)
    lying[second + 42 : second + 46] = struct.pack("<I", 0)
    yield "two members in one place", Case(bytes(lying), "overlap|two names")
    lying = bytearray(whole)
    lying[second + 20 : second + 28] = struct.pack("<II", 1 << 31, 1 << 31)
    yield "member of gigabytes", Case(bytes(lying), "overlap or lie outside")
    lying = bytearray(whole)
    lying[-12:-6] = struct.pack("<HI", 60_000, 46 * 60_000)[:6]
    yield "directory of thousands", Case(bytes(lying), "makes no sense|bytes around")
    lying = bytearray(whole)
    lying[place + 46] = 0xFF
    yield "name that is no text", Case(bytes(lying), "makes no sense")
    lying = bytearray(whole)
    lying[place + 46] = ord("y")
    yield "member of two names", Case(bytes(lying), "two names")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 1 << 60, 1)
    yield "directory beyond the end", Case(whole[:-22] + locator + whole[-22:], "has no end")
    entries = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 16) * 150_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entries), 4, 0)
    yield "directory of a hundred thousand", Case(b"PK\x03\x04" + entries + tail, "steps")
    yield "big-endian", Case(archive({**good, "x/byteorder": b"big"}), "big-endian")
    yield "head of a zip alone", Case(b"PK\x03\x04", "has no end")


def other_files() -> Iterator[tuple[str, Case]]:
    """Headers of safetensors files that lie, and files of no kind."""
    data = b"\0" * 16

    def stated(shape: list[int], begin: int, end: int, kind: str = "F32") -> dict[str, object]:
        return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}

    cannot = "cannot be read as safetensors"
    headers = {
        "overlapping": ({"a": stated([4], 0, 16), "b": stated([2], 8, 16)}, cannot),
        "beyond the end": ({"a": stated([1 << 38], 0, 1 << 40)}, cannot),
        "absurd": ({"a": stated([1 << 62, 4], 0, 16)}, cannot),
        "absurd and empty": (
            {"a": stated([1 << 62, 0], 0, 0), "b": stated([4], 0, 16)}, "tensor 'a' of shape"
        ),
        "with a hole": ({"a": stated([2], 8, 16)}, cannot),
        "negative": ({"a": stated([-4], 0, 16)}, cannot),
        "backwards": ({"a": stated([4], 16, 0)}, cannot),
        "of no type": ({"a": stated([4], 0, 16, "F99")}, cannot),
        "nested deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, cannot),
        "no text": (b"{\xff\xfe", cannot),
        "no object": (b"{" * 10, cannot),
        "longer than any": (
            {f"tensor {i}": stated([0], 0, 0) for i in range(200_000)}, "a header of"
        ),
        "of too many": ({f"t{i}": stated([0], 0, 0) for i in range(60_000)}, "60000 tensors"),
    }  # fmt: skip
    for title, (header, words) in headers.items():
        held = b"" if title.startswith(("longer", "of too")) else data
        yield f"safetensors header {title}", Case(safetensors(header, held), words)
    yield (
        "safetensors header of exabytes",
        Case(safetensors({}, data, 1 << 62), "more than the file"),
    )
    yield "text", Case(b"<html></html>", "is a web page")
    yield "nothing", Case(b"", "is empty")
