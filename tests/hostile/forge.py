"""Raw materials of hostile files: opcodes by hand, and the wrappings around them."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

LEGACY_HEAD = (
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}."
)
"""Magic number, version and system of a torch file in the older layout."""


def text(value: str) -> bytes:
    """Opcodes of a text."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def octets(value: bytes) -> bytes:
    """Opcodes of bytes."""
    return b"B" + struct.pack("<I", len(value)) + value


def number(value: int) -> bytes:
    """Opcodes of an integer."""
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(path: str) -> bytes:
    """Opcodes of a global; the last dot parts module and attribute."""
    module, _, attribute = path.rpartition(".")
    return f"c{module}\n{attribute}\n".encode()


def tuple_of(*parts: bytes) -> bytes:
    """Opcodes of a tuple."""
    return b"(" + b"".join(parts) + b"t"


def call(path: str, *arguments: bytes) -> bytes:
    """Opcodes that call a global."""
    return name(path) + tuple_of(*arguments) + b"R"


def entry(key: str, value: bytes) -> bytes:
    """Opcodes of a dictionary with one entry."""
    return b"}" + text(key) + value + b"s"


def pickled(body: bytes) -> bytes:
    """A pickle of protocol 2."""
    return b"\x80\x02" + body + b"."


def legacy(body: bytes, keys: tuple[str, ...] = (), data: bytes = b"") -> bytes:
    """A torch file in the older layout."""
    listed = b"]" + b"".join(text(key) + b"a" for key in keys)
    return LEGACY_HEAD + pickled(body) + pickled(listed) + data


def zipped(body: bytes, storages: dict[str, bytes] | None = None) -> bytes:
    """A torch file in the layout of today."""
    members = {f"x/data/{key}": data for key, data in (storages or {}).items()}
    return archive({"x/data.pkl": pickled(body), "x/version": b"3\n", **members})


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for path, data in members.items():
            file.writestr(zipfile.ZipInfo(path), data, method)
    return buffer.getvalue()


def nested(body: bytes) -> bytes:
    """A call that reads an archive within bytes."""
    return call("torch.storage._load_from_bytes", octets(legacy(body)))


def storage(count: int, key: str = "0", kind: str = "FloatStorage") -> bytes:
    """Opcodes of a storage by its persistent id."""
    parts = (text("storage"), name(f"torch.{kind}"), text(key), text("cpu"), number(count))
    return tuple_of(*parts) + b"Q"


def numbers(*values: int) -> bytes:
    """Opcodes of a tuple of integers."""
    return tuple_of(*map(number, values))


def tensor(stored: bytes, size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> bytes:
    """Opcodes of a tensor on a storage."""
    hooks = name("collections.OrderedDict") + b")R"
    return call(
        "torch._utils._rebuild_tensor_v2",
        stored, number(offset), numbers(*size), numbers(*stride), b"\x89", hooks,
    )  # fmt: skip


def array(shape: bytes, data: bytes, kind: str = "f4") -> bytes:
    """Opcodes of a numpy array."""
    dtype = call("numpy.dtype", text(kind), b"\x89", b"\x88")
    made = call("numpy.core.multiarray._reconstruct", name("numpy.ndarray"), numbers(0), text("b"))
    return made + tuple_of(number(1), shape, dtype, b"\x89", data) + b"b"


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file; the length of its header may lie."""
    text_ = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text_) if length is None else length) + text_ + data
