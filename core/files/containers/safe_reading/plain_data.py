"""What a pickle is read into: names, records of objects, and checked sizes.

Nothing here imports, calls or looks up anything that a file names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .limits_and_refusals import DEPTH, Reading

_LARGEST = 1 << 48
"""Largest axis, stride or offset: more than any file holds, and small enough for torch."""


@dataclass(frozen=True)
class Name:
    """The name of a class or function, as a file gives it; it is never imported."""

    module: str
    """The module, such as "torch.nn.modules.linear"."""
    attribute: str
    """The name within the module, such as "Linear"."""

    @property
    def path(self) -> str:
        """Module and attribute, joined by a dot."""
        return f"{self.module}.{self.attribute}".lstrip(".")


@dataclass(eq=False)
class Record:
    """Plain data in place of an instance of a class, which is never created.

    Not frozen, since a pickle names an object first and fills in its state later.
    """

    name: Name
    """Its class."""
    arguments: tuple[Any, ...] = ()
    """Arguments for its constructor."""
    state: Any = None
    """Its attributes, as the pickle states them."""
    items: dict[Any, Any] = field(default_factory=dict)
    """Entries, where its class extends `dict`."""
    elements: list[Any] = field(default_factory=list)
    """Elements, where its class extends `list`."""
    is_call: bool = False
    """Whether it stands for the result of a call that was not run."""

    def set_state(self, state: Any, reading: Reading) -> None:
        """Set the attributes, which is allowed once.

        Args:
            state: A dictionary, or anything else.
            reading: For the error.

        Raises:
            CheckpointError: They were set before.
        """
        if self.state is not None:
            raise reading.damaged(f"{self.name.path} is filled in twice")
        self.state = state

    def attributes(self) -> Mapping[Any, Any]:
        """Attributes by name, from a dictionary or from slots; empty where there are none."""
        parts = self.state if isinstance(self.state, tuple) else (self.state,)
        dictionaries = [part for part in parts if isinstance(part, dict)]
        return dictionaries[-1] if dictionaries else {}


Builder = Callable[[tuple[Any, ...], Reading], Any]
"""Builds plain data from the arguments of one known call."""

Builders = Mapping[Name, Builder]
"""The known calls with their builders; all others become inert records."""


def is_key(value: Any) -> bool:
    """Whether a value may be the key of a dictionary.

    Nested tuples can take exponential time to hash, and large integers can be chosen to collide.

    Args:
        value: Anything.

    Returns:
        True for text, numbers, none, names, flat tuples of these, and for records and tensors,
        which are told apart by identity.
    """
    if isinstance(value, tuple):
        return len(value) <= 16 and all(not isinstance(v, tuple) and is_key(v) for v in value)
    if isinstance(value, int):
        return value.bit_length() <= 64
    plain = value is None or isinstance(value, (str, bytes, float, Name))
    return plain or type(value).__hash__ is object.__hash__


def plain_sizes(values: Any, reading: Reading, what: str) -> tuple[int, ...]:
    """Check a shape or strides: at most `DEPTH` integers from 0 to 2^48.

    Args:
        values: The values in the file.
        reading: For the error.
        what: Name for messages.

    Returns:
        The numbers.

    Raises:
        CheckpointError: They are not.
    """
    if not isinstance(values, (tuple, list)) or len(values) > DEPTH:
        raise reading.damaged(f"{what} is not a list of at most {DEPTH} numbers")
    if any(type(value) is not int or not 0 <= value <= _LARGEST for value in values):
        raise reading.damaged(f"{what} holds something other than integers from 0 to 2^48")
    return tuple(values)


def plain_shape(values: Any, reading: Reading, what: str) -> tuple[int, ...]:
    """Check a shape: as `plain_sizes`, with at most 2^48 entries even if axes of 0 are left out.

    Args:
        values: The values in the file.
        reading: For the error.
        what: Name for messages.

    Returns:
        The axes.

    Raises:
        CheckpointError: It is not a valid shape.
    """
    shape = plain_sizes(values, reading, what)
    if product(tuple(axis for axis in shape if axis)) > _LARGEST:
        raise reading.damaged(f"{what} has more than 2^48 entries")
    return shape


def product(sizes: tuple[int, ...]) -> int:
    """Number of entries of a shape; Python's integers cannot overflow."""
    return math.prod(sizes)
