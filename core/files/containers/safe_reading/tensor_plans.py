"""Pickled torch tensors and storages; each shape is checked against its storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .array_plans import ArrayPlan
from .inert_calls import InertCalls
from .limits_and_refusals import Reading
from .plain_data import Builder, Name, Record, plain_shape, plain_sizes, product

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
    "QInt8Storage": torch.int8,
    "QUInt8Storage": torch.uint8,
    "QInt32Storage": torch.int32,
}
"""torch's storage classes, on any device, to the types of their entries."""

_TYPES = {name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)}
"""torch's dtypes by name."""

_EXPANDED = 1 << 16
"""Entries that an expanded tensor (stride 0) may have beyond the size of its storage."""

_TENSOR_STEPS = 10
"""Steps that one tensor counts as."""


@dataclass(eq=False)
class Storage:
    """A block of numbers in the file; its bytes may follow at the end of the file."""

    dtype: torch.dtype
    """Type of its entries."""
    count: int
    """Number of entries."""
    data: memoryview | None = None
    """Its bytes, or none while they are not read."""
    base: Storage | None = None
    """The storage that this one is a view of, in very old files."""
    start: int = 0
    """First entry within `base`."""

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.count * self.dtype.itemsize

    def bytes(self) -> memoryview | None:
        """Its bytes, or none if the file lacks them."""
        if self.base is None or self.base.data is None:
            return self.data
        begin = self.start * self.dtype.itemsize
        return self.base.data[begin : begin + self.nbytes]


@dataclass(frozen=True, eq=False)
class TensorPlan:
    """A pickled tensor, checked; memory is allocated only when `tensor` is called."""

    storage: Storage
    """The storage with its entries."""
    dtype: torch.dtype
    """Type of its entries."""
    offset: int
    """First entry, in entries of `dtype`."""
    size: tuple[int, ...]
    """Its shape."""
    stride: tuple[int, ...]
    """Stride of each axis, in entries."""

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return product(self.size) * self.dtype.itemsize

    def set_state(self, state: Any, reading: Reading) -> None:
        """Refuse a second state, which would replace the checked shape and storage.

        Args:
            state: Storage, offset, size and strides.
            reading: The file name for the error.

        Raises:
            CheckpointError: Always.
        """
        raise reading.damaged("a tensor is filled in twice")

    def tensor(self, reading: Reading) -> Tensor:
        """The tensor, on the bytes of the file where they are writable.

        Args:
            reading: Limits, and the file name for errors.

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
    """The dtype of a storage.

    Args:
        name: Name of the storage's class.
        reading: The file name for the error.

    Returns:
        The dtype.

    Raises:
        CheckpointError: The class is no storage of torch.
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
    """A tensor plan; its storage must contain all of its entries."""
    reading.spend_steps(_TENSOR_STEPS)
    if not isinstance(storage, Storage):
        raise reading.damaged("a tensor lies on something that is no storage")
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
    """A tensor from storage, offset, size and strides; `requires_grad` and hooks are ignored."""
    storage, offset, size, stride = arguments[:4]
    return _plan(storage, offset, size, stride, reading)


def _typed_tensor(arguments: tuple[Any, ...], reading: Reading) -> TensorPlan:
    """A tensor with a dtype of its own on an untyped storage."""
    if not isinstance(arguments[6], Name) or arguments[6].module != "torch":
        raise TypeError
    dtype = _TYPES.get(arguments[6].attribute)
    if dtype is None:
        raise TypeError
    storage, offset, size, stride = arguments[:4]
    return _plan(storage, offset, size, stride, reading, dtype)


def _parameter(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """The tensor of a parameter or buffer."""
    if not isinstance(arguments[0], (TensorPlan, ArrayPlan)):
        raise TypeError
    return arguments[0]


def _from_type(arguments: tuple[Any, ...], reading: Reading) -> Any:
    """The plain tensor of a tensor with attributes, or of a subclass; else an inert record."""
    function, _, inner = arguments[:3]
    nested = function == Name("torch._tensor", "_rebuild_from_type_v2")
    if not isinstance(function, Name) or nested or not isinstance(inner, tuple):
        raise TypeError
    return InertCalls(reading, TENSOR_BUILDERS).call(function, inner)


def _size(arguments: tuple[Any, ...], reading: Reading) -> tuple[int, ...]:
    """A shape as a tuple."""
    return plain_sizes(arguments[0] if arguments else (), reading, "a shape")


def _text(arguments: tuple[Any, ...], reading: Reading) -> str:
    """A device or a layout as text; all tensors are read to the CPU."""
    return ":".join(str(part)[:20] for part in arguments[:2] if isinstance(part, (str, int)))


def _generator(arguments: tuple[Any, ...], reading: Reading) -> Record:
    """A generator of random numbers, whose state is not needed."""
    return Record(Name("torch", "Generator"))


TENSOR_BUILDERS: dict[Name, Builder] = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    Name("torch._utils", "_rebuild_parameter"): _parameter,
    Name("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    Name("torch._utils", "_rebuild_device_tensor_from_numpy"): _parameter,
    Name("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"): _parameter,
    Name("torch.nn.parameter", "Parameter"): _parameter,
    Name("torch.nn.parameter", "Buffer"): _parameter,
    Name("torch._tensor", "_rebuild_from_type_v2"): _from_type,
    Name("torch", "Size"): _size,
    Name("torch", "device"): _text,
    Name("torch.serialization", "_get_layout"): _text,
    Name("torch", "Generator"): _generator,
}
"""Calls in pickles of torch tensors and related objects, and their builders."""
