"""Pickles that exhaust memory, time, or the stack of the reader."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from forge import call, name, number, pickled, text, zipped
from hostile_file import Case


def pickles() -> Iterator[tuple[str, Case]]:
    """Pickles that take all memory, all time, or the reader's stack."""
    none = "holds no tensors"
    steps = "more than 400000 steps"
    keys = "keys are not text or numbers"
    laughs = b")" + b"2\x86" * 100
    dictionaries = b"}" + b"".join(b"q\x00}" + text("a") + b"h\x00s" + text("b") + b"h\x00s"
                                   for _ in range(25))  # fmt: skip
    yield "nine bytes", Case(b"\x80\x02Nr\xff\xff\xff\x7f.", none)
    yield (
        "memo of large numbers",
        Case(
            pickled(b"N" + b"".join(b"r" + struct.pack("<I", i << 12) for i in range(90_000))), none
        ),
    )
    yield "memo grown by one opcode", Case(b"\x80\x04N" + b"\x94" * 450_000 + b".", steps)
    yield "laughing tuples", Case(pickled(laughs), none)
    yield "laughing tuples as a key", Case(pickled(b"}" + laughs + b"Ns"), keys)
    yield "laughing tuples in a set", Case(b"\x80\x04\x8f(" + laughs + b"\x90.", none)
    yield "laughing dictionaries", Case(pickled(dictionaries), steps)
    yield "laughing lists in a zip", Case(zipped(b"]" + b"q\x00]h\x00ah\x00a" * 60), none)
    yield (
        "colliding keys",
        Case(
            pickled(
                b"}(" + b"".join(number((2**61 - 1) * i * 2**60) + b"N" for i in range(1, 9)) + b"u"
            ),
            keys,
        ),
    )
    yield "lists nested deep", Case(pickled(b"(" * 190_000 + b"l" * 190_000), none)
    yield "tuples nested deep", Case(pickled(b")" + b"\x85" * 300_000), none)
    yield (
        "dictionaries nested deep",
        Case(
            pickled(b"}" + text("a") * 1 + (b"}" + text("a")) * 5000 + b"N" + b"s" * 5001), "deep"
        ),
    )
    yield "marks alone", Case(b"(" * 5_000_000, steps)
    yield "stack of nothing", Case(b"\x80\x02" + b"N" * 5_000_000, steps)
    yield "copies of the top", Case(pickled(b"]" + b"2" * 5_000_000), steps)
    yield (
        "dictionary that holds itself",
        Case(pickled(b"}q\x00" + text("a") + b"h\x00s"), "deep"),
    )
    yield "text that never comes", Case(pickled(b"X\xff\xff\xff\xff"), "cut off")
    yield "bytes that never come", Case(pickled(b"B\xff\xff\xff\xff"), "cut off")
    yield "exabytes", Case(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b".", "cut off")
    yield "more than can be counted", Case(b"\x80\x04\x8e" + b"\xff" * 8 + b".", "maxsize")
    yield (
        "bytearray that never comes",
        Case(b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".", "cut off"),
    )
    yield (
        "string of Python 2 that never comes",
        Case(pickled(b"T\xff\xff\xff\x7f"), "cut off"),
    )
    yield "string of a negative length", Case(pickled(b"T\xff\xff\xff\xff"), "count < 0")
    yield "frame that never comes", Case(b"\x80\x04\x95" + b"\xff" * 8 + b"N.", none)
    yield (
        "integer of a million bits",
        Case(pickled(b"\x8b" + struct.pack("<I", 125_000) + b"\x7f" * 125_000), "999999 bits"),
    )
    yield (
        "integer of a million digits",
        Case(b"(L" + b"9" * 1_000_000 + b"L\n.", "does not end"),
    )
    yield (
        "bytearray of a number",
        Case(pickled(call("builtins.bytearray", number(1 << 33))), "making of bytes"),
    )
    yield (
        "bytearray in a torch file",
        Case(zipped(call("builtins.bytearray", number(1 << 33))), "making of bytes"),
    )
    yield "bytes copied over and over", Case(
        pickled(name("_codecs.encode") + b"q\x00" + text("a" * (1 << 20)) + b"q\x01"
                + text("latin1") + b"q\x02" + b"h\x00h\x01h\x02\x86R" * 5000),
        "far more memory",
    )  # fmt: skip
    yield (
        "list copied over and over",
        Case(
            pickled(
                b"](" + b"N" * 50_000 + b"eq\x00" + (name("builtins.set") + b"h\x00\x85R") * 9000
            ),
            steps,
        ),
    )
    yield (
        "settings from a persistent object without end",
        Case(
            pickled(call("torch_utils.persistence._reconstruct_persistent_obj", b"}")),
            "never there",
        ),
    )
    yield "unhashable key", Case(pickled(b"}]Ns"), keys)
    yield "nothing at all", Case(b"\x80\x02.", "lacks its operands")
    yield "newest protocol but one", Case(b"\x80\x05\x97.", "NEXT_BUFFER")
