"""Tensors and arrays whose shapes, strides or storages are false."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from forge import (
    array,
    call,
    entry,
    legacy,
    name,
    number,
    numbers,
    octets,
    pickled,
    storage,
    tensor,
    text,
    tuple_of,
    zipped,
)
from hostile_file import Case


def tensors() -> Iterator[tuple[str, Case]]:
    """Tensors and arrays that are not what they say."""
    bad = {
        "terabytes": (tensor(storage(4), (1 << 40,), (1,)), "lies on a storage of 4 numbers"),
        "gigabytes beyond the storage": (
            tensor(storage(4), (1 << 28,), (1,)), "lies on a storage of 4"
        ),
        "terabytes by repeating": (
            tensor(storage(4), (1 << 40,), (0,)), "lies on a storage of 4"
        ),
        "more axes than can be counted": (
            tensor(storage(4), (1 << 40, 1 << 40, 0), (1, 1, 1)), "more than 2.48"
        ),
        "negative strides": (tensor(storage(4), (2,), (-1,)), "strides of a tensor"),
        "negative axes": (tensor(storage(4), (-2,), (1,)), "shape of a tensor"),
        "negative offset": (tensor(storage(4), (2,), (1,), -1), "offset of a tensor"),
        "offset beyond the end": (tensor(storage(4), (2,), (1,), 3), "lies on a storage of 4"),
        "strides beyond the end": (tensor(storage(4), (2, 2), (3, 1)), "lies on a storage of 4"),
        "a thousand axes": (tensor(storage(4), (1,) * 1000, (1,) * 1000), "at most 32"),
        "fewer strides than axes": (tensor(storage(4), (1, 1), (1,)), "zip"),
        "integers beyond all": (tensor(storage(4), (1 << 600,), (1,)), "from 0 to 2.48"),
        "storage that is none": (tensor(b"N", (1,), (1,)), "no storage"),
        "storage of no type": (
            tensor(storage(4, kind="system"), (1,), (1,)), "no type that torch has"
        ),
        "storage stated twice": (storage(4) + storage(5) + b"\x86", "stated twice"),
        "storage of a negative length": (storage(-4), "length of a storage"),
    }  # fmt: skip
    for title, (body, words) in bad.items():
        yield f"{title} in a zip", Case(zipped(entry("a", body), {"0": b"\0" * 16}), words)
        data = struct.pack("<q", 4) + b"\0" * 16
        yield (
            f"{title} in a legacy file",
            Case(legacy(entry("a", body), ("0",), data), words),
        )
    good = entry("a", tensor(storage(4), (4,), (1,)))
    for title, body, words in (
        ("tensor of gigabytes", name("torch.Tensor") + numbers(1 << 31) + b"\x81", "no tensors"),
        ("tensor of gigabytes by a call", call("torch.Tensor", number(1 << 31)), "torch.Tensor"),
        ("storage of gigabytes", name("torch.UntypedStorage") + numbers(1 << 33) + b"\x81", "no t"),
        (
            "tensor that grows",
            tensor(storage(4), (4,), (1,))
            + tuple_of(storage(4), number(0), numbers(1 << 31), numbers(1))
            + b"b",
            "filled in twice",
        ),
        ("laughing set", call("builtins.set", b"])" + b"2\x86" * 100 + b"a"), "no tensors"),
        (
            "attributes copied over and over",
            name("collections.OrderedDict")
            + b")R}("
            + b"".join(number(i) + b"N" for i in range(20_000))
            + b"uq\x01b"
            + b"h\x01b" * 50_000,
            "more than 400000 steps",
        ),
    ):
        yield f"{title} in a zip", Case(zipped(entry("a", body), {"0": b"\0" * 16}), words)
    yield (
        "storage larger than its member",
        Case(
            zipped(entry("a", tensor(storage(1 << 40), (4,), (1,))), {"0": b"\0" * 16}),
            "no such member",
        ),
    )
    yield "storage without a member", Case(zipped(good), "no such member")
    yield (
        "storage as a path",
        Case(
            zipped(entry("a", tensor(storage(4, "../../../etc/passwd"), (4,), (1,)))),
            "no such member",
        ),
    )
    yield (
        "storage of terabytes in a legacy file",
        Case(
            legacy(
                entry("a", tensor(storage(1 << 40), (4,), (1,))), ("0",), struct.pack("<q", 1 << 40)
            ),
            "cut off",
        ),
    )
    yield (
        "storage of another length in a legacy file",
        Case(legacy(good, ("0",), struct.pack("<q", -1) + b"\0" * 16), "has -1"),
    )
    yield "storage left out of a legacy file", Case(legacy(good), "numbers are missing")
    yield (
        "storage that nobody has in a legacy file",
        Case(legacy(good, ("9",)), "no tensor lies on"),
    )
    many = b"q\x070}(" + b"".join(text(f"n{i}") + b"h\x07" for i in range(1000)) + b"u"
    shared = tensor(storage(1 << 20), (1 << 20,), (1,))
    yield (
        "one tensor under many names",
        Case(zipped(shared + many, {"0": b"\0" * (4 << 20)}), "far more memory"),
    )
    yield (
        "name of a million letters",
        Case(
            zipped(entry("a" * 1_000_000, tensor(storage(4), (4,), (1,))), {"0": b"\0" * 16}),
            "a name of 1000000 letters",
        ),
    )
    arrays = {
        "array of terabytes": (array(numbers(1 << 40), octets(b"\0" * 16)), "has 16 bytes"),
        "array of a negative length": (array(numbers(-4), octets(b"\0" * 16)), "shape of an array"),
        "array of a few bytes": (array(numbers(4), octets(b"\0" * 15)), "has 15 bytes"),
        "array of a number": (array(numbers(4), number(1 << 33)), "cannot act on"),
        "array of an enormous type": (
            array(numbers(4), octets(b"\0" * 16), "V99999999999999"), "holds no tensors"
        ),
        "scalar of no bytes": (
            call("numpy.core.multiarray.scalar", call("numpy.dtype", text("f8")), octets(b"")),
            "has 0 bytes",
        ),
    }  # fmt: skip
    for title, (body, words) in arrays.items():
        yield title, Case(pickled(entry("a", body)), words)
