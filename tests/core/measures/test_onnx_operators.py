"""The first operators of an ONNX file, and bytes that are none."""

from __future__ import annotations

import pytest
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.measures.onnx_operators import first_operators


def field(number: int, content: bytes) -> bytes:
    """A field of a protocol buffer that holds bytes, shorter than 128."""
    return bytes([number << 3 | 2, len(content)]) + content


def network(*operators: str) -> bytes:
    """A model: a version, a producer, and a graph of operators with inputs."""
    nodes = [field(1, field(1, b"x") + field(4, name.encode())) for name in operators]
    return b"\x08\x07" + field(2, b"test") + field(7, b"".join(nodes) + field(2, b"graph"))


def test_operators_are_listed_in_order() -> None:
    assert first_operators(network("Sub", "Mul", "Conv"), 8) == ["Sub", "Mul", "Conv"]
    assert first_operators(network("Sub", "Mul", "Conv"), 2) == ["Sub", "Mul"]
    assert first_operators(b"", 8) == []


@pytest.mark.parametrize(
    "data",
    [network("Sub")[:-3], b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 30, b"\x3b\x00"],
    ids=["cut", "long", "endless", "group"],
)
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="no ONNX network, or cut off"):
        first_operators(data, 8)
