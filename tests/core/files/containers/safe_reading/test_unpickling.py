"""The interpreter of pickle opcodes against Python's own pickler, and at its limits."""

from __future__ import annotations

import collections
import datetime
import pickle
import struct
import types
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.files.containers.safe_reading.array_plans import ArrayPlan
from latent_levers.core.files.containers.safe_reading.limits_and_refusals import STEPS, Reading
from latent_levers.core.files.containers.safe_reading.plain_data import Name, Record
from latent_levers.core.files.containers.safe_reading.unpickling import is_pickle, read_pickle

PROTOCOLS = pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))


def read(data: bytes, folder: Path) -> tuple[Any, Reading]:
    """What our interpreter makes of some bytes."""
    path = folder / "x.pkl"
    path.write_bytes(data)
    return read_pickle(path, "a pickle")


class Thing:
    """A class that only exists here."""

    def __init__(self, value: int = 0) -> None:
        self.value = value


class Slotted:
    """One without a dictionary."""

    __slots__ = ("value",)


class Made:
    """One whose instances are made with arguments."""

    def __new__(cls, *args: int, **kwargs: int) -> Made:
        return super().__new__(cls)

    def __getnewargs_ex__(self) -> tuple[tuple[int, ...], dict[str, int]]:
        return (1, 2), {"key": 3}


class Numbers(list):
    """A list of a class of its own."""


PLAIN = [
    None, True, False, 0, 1, -1, 255, 256, 65536, -(2**31), 2**40, -(2**70), 1.5, float("inf"),
    "", "text", "ünïcödé \u2603\U0001f600", "line\nfeed", b"", b"bytes \x00\xff", b"x" * 300, (),
    (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1, [2, [3]]], {}, {"a": 1, 2: "b", None: (1, 2)},
    {"deep": {"er": [{"x": (1,)}]}}, "x" * 70_000, list(range(3000)), {i: i for i in range(3000)},
]  # fmt: skip


@PROTOCOLS
@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:20])
def test_plain_data_as_python_reads_it(value: Any, protocol: int, tmp_path: Path) -> None:
    assert read(pickle.dumps(value, protocol), tmp_path)[0] == value


@PROTOCOLS
def test_identity_survives(protocol: int, tmp_path: Path) -> None:
    """What a pickle states once and names twice is one thing, cycles included."""
    inner = [1]
    cycle: list[Any] = [inner, inner]
    cycle.append(cycle)
    found, _ = read(pickle.dumps(cycle, protocol), tmp_path)
    assert found[0] is found[1]
    assert found[2] is found


@PROTOCOLS
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        ({1}, [1]),
        (frozenset({1}), [1]),
        (collections.deque([1, 2]), [1, 2]),
        (bytearray(b"ab"), b"ab"),
        (1 + 2j, 1 + 2j),
        (PurePosixPath("a/b"), "a/b"),
        (np.float32(0.5), 0.5),
        (np.int64(-3), -3),
        (np.bool_(True), True),
        (torch.Size([1, 2]), (1, 2)),
        (torch.device("cuda", 1), "cuda:1"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_harmless_calls(value: Any, expected: Any, protocol: int, tmp_path: Path) -> None:
    assert read(pickle.dumps(value, protocol), tmp_path)[0] == expected


@PROTOCOLS
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6, dtype=">i4").reshape(3, 2),
        np.arange(4, dtype=np.float16),
        np.array([True, False]),
        np.array(3.0),
        np.zeros((0, 4), np.float32),
    ],
    ids=lambda a: f"{a.dtype.str}{a.shape}",
)
def test_arrays(array: np.ndarray, protocol: int, tmp_path: Path) -> None:
    """Any order of axes and bytes, as tensors."""
    plan, reading = read(pickle.dumps(array, protocol), tmp_path)
    assert isinstance(plan, ArrayPlan)
    native = array.astype(array.dtype.newbyteorder("="))
    assert torch.equal(plan.tensor(reading), torch.from_numpy(native))


@PROTOCOLS
def test_arrays_of_objects_are_no_tensors(protocol: int, tmp_path: Path) -> None:
    plan, _ = read(pickle.dumps(np.array([{}, "a"], dtype=object), protocol), tmp_path)
    assert not plan.is_tensor
    plan, _ = read(pickle.dumps(np.array(["a", "bc"]), protocol), tmp_path)
    assert not plan.is_tensor


@PROTOCOLS
def test_tensors_and_parameters(protocol: int, tmp_path: Path) -> None:
    """Storages are archives within the pickle."""
    base = torch.arange(12.0).reshape(3, 4)
    content = {"view": base[:, 1::2], "parameter": torch.nn.Parameter(base.T)}
    found, reading = read(pickle.dumps(content, protocol), tmp_path)
    assert torch.equal(found["view"].tensor(reading), base[:, 1::2])
    assert torch.equal(found["parameter"].tensor(reading), base.T)


@PROTOCOLS
@pytest.mark.parametrize("value", [Thing(5), types.SimpleNamespace(value=5)])
def test_objects_become_records(value: Any, protocol: int, tmp_path: Path) -> None:
    record, _ = read(pickle.dumps(value, protocol), tmp_path)
    assert isinstance(record, Record)
    assert record.name.attribute == type(value).__name__
    assert record.attributes()["value"] == 5


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_objects_with_slots_arguments_and_elements(protocol: int, tmp_path: Path) -> None:
    slotted = Slotted()
    slotted.value = 6
    found, _ = read(pickle.dumps([slotted, Numbers([1, 2])], protocol), tmp_path)
    assert found[0].attributes() == {"value": 6}
    assert found[1].elements == [1, 2]


@pytest.mark.parametrize("protocol", [4, 5])
def test_objects_with_arguments(protocol: int, tmp_path: Path) -> None:
    record, _ = read(pickle.dumps(Made(), protocol), tmp_path)
    assert record.arguments == (1, 2, {"key": 3})


def test_classes_of_old_opcodes(tmp_path: Path) -> None:
    """INST and OBJ, which Python 2 wrote for its old classes."""
    record, _ = read(b"(imodule\nThing\n(dS'a'\nI1\nsb.", tmp_path)
    assert record.name == Name("module", "Thing")
    assert record.attributes() == {"a": 1}
    record, _ = read(b"(cmodule\nThing\nI5\no.", tmp_path)
    assert record.arguments == (5,)


def test_dates_are_records(tmp_path: Path) -> None:
    record, _ = read(pickle.dumps(datetime.datetime(2020, 1, 1)), tmp_path)
    assert record.name.path == "datetime.datetime"


def test_small_opcodes(tmp_path: Path) -> None:
    """POP, POP_MARK, DUP, PUT and GET, sets, floats and integers as text."""
    assert read(b"I1\nI2\n0.", tmp_path)[0] == 1
    assert read(b"I1\n(I2\nI3\n1.", tmp_path)[0] == 1
    assert read(b"]I1\na2\x86.", tmp_path)[0] == ([1], [1])
    assert read(b"F1.5\np0\ng0\n\x86.", tmp_path)[0] == (1.5, 1.5)
    assert read(b"\x8f(K\x01K\x02\x90.", tmp_path)[0] == [1, 2]
    assert read(b"(K\x01\x91.", tmp_path)[0] == [1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"cos\nsystem\n.", "asks to run os.system, and nothing in a file is ever run"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "asks to run os.system"),
        (b"cforeign\nThing\n}b.", "changes to foreign.Thing"),
        (b"(V rm\nios\nsystem\n.", "asks to run os.system"),
        (b"c__builtin__\neval\n.", "asks to run builtins.eval"),
        (b"\x82\x01.", "opcode EXT1"),
        (b"\x97.", "opcode NEXT_BUFFER"),
        (b"P7\n.", "objects outside the file"),
        (b"K\x01Q.", "objects outside the file"),
        (b"\x80\x06N.", "protocol 6, where 5 is the newest"),
        (b"c_codecs\nencode\nVx\nVzlib\n\x86R.", "_codecs.encode with 'zlib'"),
        (b"cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R.", "the making of bytes"),
        (b"cforeign\nThing\n)\x81}b}b.", "filled in twice"),
        (b"})\x85)s.", "keys"),
        (b"}((((tttt)s.", "keys"),
        (b"\x8b\x00\x02\x00\x00" + b"\x7f" * 512 + b".", "an integer of 4095 bits"),
        (b"h\x07.", "a key that was never there before byte 2"),
        (b"0.", "lacks its operands"),
        (b"K\x01a.", "lacks its operands"),
        (b"K\x01K\x01a.", "cannot act on"),
        (b"K\x01}b.", "cannot act on"),
        (b"}K\x01\x85u.", "lacks its operands"),
        (b"}(K\x01u.", "cannot be read as a pickle (zip() argument"),
        (b"\xff", "unknown"),
        (b"X\xff\xff\xff\xff.", "asks for 4294967295 more where 1 are left: cut off"),
        (b"\x8e" + b"\xff" * 8, "> sys.maxsize"),
        (b"I" + b"1" * 2000, "does not end"),
        (b"(" * 10, "asks for 1 more where 0 are left"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as error:
        read(data, tmp_path)
    assert words in str(error.value)


def test_the_limit_of_steps(tmp_path: Path) -> None:
    read(b"N0" * (STEPS // 2 - 1) + b"N.", tmp_path)
    with pytest.raises(CheckpointError, match=f"more than {STEPS} steps"):
        read(b"N0" * (STEPS // 2) + b"N.", tmp_path)


def test_the_limit_of_memory(tmp_path: Path) -> None:
    """Bytes that are named a thousand times may not be copied a thousand times."""
    data = b"c_codecs\nencode\nq\x00X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20)
    data += b"q\x01X\x06\x00\x00\x00latin1q\x02" + b"h\x00h\x01h\x02\x86R" * 1000 + b"."
    with pytest.raises(CheckpointError, match="far more memory than its own size"):
        read(data, tmp_path)


def test_heads() -> None:
    """What may be a pickle, and what surely is none."""
    assert all(is_pickle(pickle.dumps(v, p)) for p in range(6) for v in ([1], {}, (1, 2), Thing()))
    assert not any(map(is_pickle, (b"", b"<html>", b"PK\x03\x04", b"{}", b"\x80\x06", b"cat")))
