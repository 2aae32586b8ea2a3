"""The first operators of an ONNX file, which show whether a network scales its input itself.

An ONNX file is a protocol buffer: fields of a number, a type and content. Field 7 of the model is
the graph, field 1 of the graph an operator, field 4 of an operator its type.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..base.errors import CheckpointError

_GRAPH, _OPERATOR, _TYPE = 7, 1, 4
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def first_operators(data: bytes, count: int) -> list[str]:
    """Types of the first operators of a network.

    Args:
        data: Content of an .onnx file.
        count: How many at most.

    Returns:
        Such as `["Sub", "Mul", "Conv"]`, in file order.

    Raises:
        CheckpointError: The data is no protocol buffer.
    """
    found: list[str] = []
    content = memoryview(data)
    for graph in _contents(content, _GRAPH):
        for operator in _contents(graph, _OPERATOR):
            names = [bytes(name) for name in _contents(operator, _TYPE)]
            found.extend(name.decode("utf-8", "replace") for name in names[:1])
            if len(found) >= count:
                return found
    return found


def _contents(data: memoryview, wanted: int) -> Iterator[memoryview]:
    """Content of each field of one number that holds bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == _VARINT:
            _, place = _varint(data, place)
            continue
        if kind not in (_FIXED64, _BYTES, _FIXED32):
            raise _damaged()
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind, 0)
        if kind == _BYTES:
            size, place = _varint(data, place)
        if size > len(data) - place:
            raise _damaged()
        if kind == _BYTES and key >> 3 == wanted:
            yield data[place : place + size]
        place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise _damaged()


def _damaged() -> CheckpointError:
    """The error for bytes that are no protocol buffer."""
    return CheckpointError(
        "The file is no ONNX network, or cut off", "an .onnx file", "Download it again"
    )
