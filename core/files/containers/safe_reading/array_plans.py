"""Pickled NumPy arrays, dtypes and scalars, converted to tensors without NumPy."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .limits_and_refusals import Reading
from .plain_data import Builder, Name, Record, plain_shape, product

_TYPES = {
    "b1": torch.bool,
    "i1": torch.int8,
    "u1": torch.uint8,
    "i2": torch.int16,
    "i4": torch.int32,
    "i8": torch.int64,
    "f2": torch.float16,
    "f4": torch.float32,
    "f8": torch.float64,
}
"""NumPy's type codes to torch's dtypes; arrays of other types never become tensors."""

_SCALARS = {"b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I",
            "i8": "q", "u8": "Q", "f2": "e", "f4": "f", "f8": "d"}  # fmt: skip
"""NumPy's type codes of single numbers to the format characters of `struct`."""


@dataclass(eq=False)
class ArrayType:
    """A NumPy dtype: its code, and the byte order, which its state gives."""

    code: str
    """Type code, such as "f4"."""
    order: str = "<"
    """Byte order, "<" or ">"."""

    def set_state(self, state: Any, reading: Reading) -> None:
        """Set the byte order; version and fields are ignored.

        Args:
            state: A tuple of version, byte order and fields.
            reading: Not needed.
        """
        self.order = ">" if state[1] == ">" else "<"


@dataclass(eq=False)
class ArrayPlan:
    """A pickled array, checked; memory is allocated only when `tensor` is called."""

    shape: tuple[int, ...] = ()
    """Its axes."""
    type: ArrayType | None = None
    """Type of its entries, or none before `set_state`."""
    columns_first: bool = False
    """Whether the first axis varies fastest (Fortran order)."""
    data: bytes | bytearray | memoryview | None = None
    """Its bytes, or none for arrays of objects."""

    @property
    def nbytes(self) -> int:
        """Size in bytes; 0 for arrays of objects."""
        return 0 if self.data is None else len(self.data)

    @property
    def is_tensor(self) -> bool:
        """Whether it can be made into a tensor."""
        return self.data is not None and self.type is not None and self.type.code in _TYPES

    def set_state(self, state: Any, reading: Reading) -> None:
        """Set shape, type and bytes, which must fit together.

        Args:
            state: Version (absent in old files), shape, type, order of axes, bytes.
            reading: Limits, and the file name for errors.

        Raises:
            CheckpointError: They do not fit.
            TypeError: They have the wrong types; `PickleMachine.run` turns this into a
                CheckpointError.
        """
        shape, kind, columns_first, data = state[-4:]
        self.shape = plain_shape(shape, reading, "the shape of an array")
        if isinstance(kind, Record):  # a type that only code could make
            return
        if not isinstance(kind, ArrayType):
            raise TypeError
        self.type, self.columns_first = kind, bool(columns_first)
        if isinstance(data, str):  # of Python 2, whose strings are bytes
            reading.spend_bytes(len(data))
            data = data.encode("latin-1")
        if isinstance(data, list):  # of objects
            return
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError
        if kind.code in _TYPES and len(data) != product(self.shape) * int(kind.code[1:]):
            raise reading.damaged(
                f"an array of shape {list(self.shape)} and type {kind.code} has {len(data)} bytes"
            )
        self.data = data

    def tensor(self, reading: Reading) -> Tensor:
        """The array as a tensor, without copying where possible.

        Args:
            reading: Limits.

        Returns:
            A tensor on the CPU.
        """
        assert self.data is not None
        assert self.type is not None
        dtype = _TYPES[self.type.code]
        data = self.data
        if not len(data):
            return torch.zeros(self.shape, dtype=dtype)
        if isinstance(data, bytes):  # torch warns about memory that it may not write to
            reading.spend_bytes(len(data))
            data = bytearray(data)
        if self.type.order == ">":
            reading.spend_bytes(len(data))
            swapped = torch.frombuffer(data, dtype=torch.uint8).reshape(-1, dtype.itemsize).flip(1)
            flat = swapped.contiguous().view(dtype).reshape(-1)
        else:
            flat = torch.frombuffer(data, dtype=dtype)
        if self.columns_first:
            return flat.reshape(self.shape[::-1]).permute(*range(len(self.shape))[::-1])
        return flat.reshape(self.shape)


def _empty_array(arguments: tuple[Any, ...], reading: Reading) -> ArrayPlan:
    """An empty array, which every pickled array starts as; its state follows."""
    reading.spend_steps(10)
    return ArrayPlan()


def _from_buffer(arguments: tuple[Any, ...], reading: Reading) -> ArrayPlan:
    """An array in protocol 5: bytes, type, shape, order of axes."""
    reading.spend_steps(10)
    data, kind, shape, order = arguments
    plan = ArrayPlan()
    plan.set_state((1, shape, kind, order == "F", data), reading)
    return plan


def _type(arguments: tuple[Any, ...], reading: Reading) -> ArrayType:
    """A dtype from its name."""
    if not isinstance(arguments[0], str):
        raise TypeError
    return ArrayType(arguments[0][:40].lstrip("<>=|"))


def _scalar(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """A number from its bytes; values of other types stay bytes."""
    kind, data = arguments if len(arguments) == 2 else (arguments[0], b"")
    if not isinstance(kind, ArrayType):
        raise TypeError
    if isinstance(data, str):
        data = data[:64].encode("latin-1")
    if kind.code not in _SCALARS:
        return data
    try:
        return struct.unpack(kind.order + _SCALARS[kind.code], data)[0]
    except struct.error:
        raise reading.damaged(f"a number of type {kind.code} has {len(data)} bytes") from None


ARRAY_BUILDERS: dict[Name, Builder] = {
    Name("numpy.core.multiarray", "_reconstruct"): _empty_array,
    Name("numpy.core.multiarray", "scalar"): _scalar,
    Name("numpy.core.numeric", "_frombuffer"): _from_buffer,
    Name("numpy", "dtype"): _type,
}
"""Calls in pickles of NumPy objects, and their builders."""
