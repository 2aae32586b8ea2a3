"""torch's tensors and storages as pickles spell them; each shape is checked against its storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .array_plans import ArrayPlan
from .inert import Builder, Name, Reading, Record, plain_shape, plain_sizes, product

_STORAGES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "UntypedStorage": torch.uint8,
}
"""torch's names of storages, on any device, to the types of their entries."""

_EXPANDED = 1 << 16
"""Entries that a tensor may have beyond its storage, by repeating some."""

_TENSOR_STEPS = 10
"""What making one tensor counts for."""


@dataclass(eq=False)
class Storage:
    """A run of numbers in the file; its bytes may follow after everything else."""

    dtype: torch.dtype
    """Type of its entries."""
    count: int
    """Number of entries."""
    data: memoryview | None = None
    """Its bytes."""
    base: Storage | None = None
    """The storage that this is a part of, in very old files."""
    start: int = 0
    """First entry within the base."""

    @property
    def nbytes(self) -> int:
        """Its size."""
        return self.count * self.dtype.itemsize

    def bytes(self) -> memoryview | None:
        """Its bytes, where the file has them."""
        if self.base is None or self.base.data is None:
            return self.data
        begin = self.start * self.dtype.itemsize
        return self.base.data[begin : begin + self.nbytes]


@dataclass(frozen=True, eq=False)
class TensorPlan:
    """A tensor as the file states it, checked; no memory is taken until it is asked for."""

    storage: Storage
    """Where its entries lie."""
    dtype: torch.dtype
    """Type of its entries."""
    offset: int
    """First entry, counted in its own type."""
    size: tuple[int, ...]
    """Its axes."""
    stride: tuple[int, ...]
    """Entries from one to the next, per axis."""

    @property
    def nbytes(self) -> int:
        """Size as a tensor."""
        return product(self.size) * self.dtype.itemsize

    def set_state(self, state: Any, reading: Reading) -> None:
        """Refuse a second state: torch would lay the tensor anew, past every check.

        Args:
            state: Storage, offset, size and strides.
            reading: For the error.

        Raises:
            CheckpointError: Always.
        """
        raise reading.damaged("a tensor is filled in twice")

    def tensor(self, reading: Reading) -> Tensor:
        """The tensor, on the file's own bytes.

        Args:
            reading: For errors.

        Returns:
            A tensor on the CPU.

        Raises:
            CheckpointError: The file lacks the bytes.
        """
        if not product(self.size):
            return torch.zeros(self.size, dtype=self.dtype)
        data = self.storage.bytes()
        if data is None or len(data) < self.storage.nbytes:
            raise reading.damaged("a tensor's numbers are missing: cut off")
        count = self.storage.nbytes // self.dtype.itemsize
        if data.readonly:
            reading.spend_bytes(len(data))
            data = memoryview(bytearray(data))
        flat = torch.frombuffer(data, dtype=self.dtype, count=count)
        return flat.as_strided(self.size, self.stride, self.offset)


def storage_type(name: Any, reading: Reading) -> torch.dtype:
    """The type of a storage's entries.

    Args:
        name: The storage's class, as a name.
        reading: For the error.

    Returns:
        The type.

    Raises:
        CheckpointError: It is no storage.
    """
    if not isinstance(name, Name) or name.attribute not in _STORAGES:
        raise reading.damaged("a storage is of no type that torch has")
    return _STORAGES[name.attribute]


def _plan(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    reading: Reading,
    dtype: torch.dtype | None = None,
) -> TensorPlan:
    """A tensor on a storage, which must hold all of its entries."""
    reading.spend_steps(_TENSOR_STEPS)
    if not isinstance(storage, Storage):
        raise reading.damaged("a tensor lies on what is no storage")
    dtype = dtype or storage.dtype
    size = plain_shape(size, reading, "the shape of a tensor")
    stride = plain_sizes(stride, reading, "the strides of a tensor")
    (offset,) = plain_sizes((offset,), reading, "the offset of a tensor")
    available = storage.nbytes // dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    entries = product(size)
    if entries and (last >= available or entries > max(available, _EXPANDED)):
        raise reading.damaged(
            f"a tensor of shape {str(list(size))[:120]} lies on a storage of {available} numbers"
        )
    return TensorPlan(storage, dtype, offset, size, stride)


def _tensor(arguments: tuple[Any, ...], reading: Reading) -> TensorPlan:
    """Storage, offset, size, strides; whether gradients are kept does not matter here."""
    storage, offset, size, stride = arguments[:4]
    return _plan(storage, offset, size, stride, reading)


def _typed_tensor(arguments: tuple[Any, ...], reading: Reading) -> TensorPlan:
    """The same with a type of its own, on an untyped storage."""
    dtype = getattr(torch, arguments[6].attribute, None)
    if arguments[6].module != "torch" or not isinstance(dtype, torch.dtype):
        raise TypeError
    storage, offset, size, stride = arguments[:4]
    return _plan(storage, offset, size, stride, reading, dtype)


def _first(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """A parameter is its tensor."""
    if not isinstance(arguments[0], (TensorPlan, ArrayPlan)):
        raise TypeError
    return arguments[0]


def _from_type(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """A tensor with attributes, or of a class of its own: the plain tensor."""
    function, _, inner = arguments[:3]
    if function not in TENSOR_BUILDERS or not isinstance(inner, tuple):
        raise reading.refused(function.path if isinstance(function, Name) else "a call")
    return TENSOR_BUILDERS[function](inner, reading)


def _size(arguments: tuple[Any, ...], reading: Reading) -> tuple[int, ...]:
    """A shape as a tuple."""
    return plain_sizes(arguments[0] if arguments else (), reading, "a shape")


def _text(arguments: tuple[Any, ...], reading: Reading) -> str:
    """A device or a layout as text: everything is read to the CPU."""
    return ":".join(str(part)[:20] for part in arguments[:2] if isinstance(part, (str, int)))


def _generator(arguments: tuple[Any, ...], reading: Reading) -> Record:
    """A generator of random numbers: nothing that is needed."""
    return Record(Name("torch", "Generator"))


TENSOR_BUILDERS: dict[Name, Builder] = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    Name("torch._utils", "_rebuild_parameter"): _first,
    Name("torch._utils", "_rebuild_parameter_with_state"): _first,
    Name("torch._utils", "_rebuild_device_tensor_from_numpy"): _first,
    Name("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"): _first,
    Name("torch.nn.parameter", "Parameter"): _first,
    Name("torch.nn.parameter", "Buffer"): _first,
    Name("torch._tensor", "_rebuild_from_type_v2"): _from_type,
    Name("torch", "Size"): _size,
    Name("torch", "device"): _text,
    Name("torch.serialization", "_get_layout"): _text,
    Name("torch", "Generator"): _generator,
}
"""Calls by which torch pickles tensors, and what stands beside them."""
