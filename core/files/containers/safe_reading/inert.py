"""What a file may become while it is read: names, records, and a purse of what it may spend.

Nothing here imports, calls or looks up anything that a file names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ....base.errors import CheckpointError

STEPS = 400_000
"""Opcodes and visited entries per file; NVIDIA's pickles take about 150 per tensor."""

SPARE_BYTES = 64 << 20
"""What a small file may allocate beside four times its own size."""

TEXT_BYTES = 64 << 20
"""Longest single text; it may take four times that in memory."""

NESTING = 3
"""Archives within archives: a network's pickle holds one archive per storage."""

DEPTH = 32
"""Dictionaries and modules may nest so deep; deeper ones are not checkpoints."""

_LARGEST = 1 << 48
"""Largest axis, stride or offset: more than any file holds, less than what torch cannot count."""

_REMEDY = "Download or save it again; if it is whole, ask its author for a state dict"


class Reading:
    """One reading of one file: its name for messages, and what it may still spend.

    Args:
        origin: File name.
        kind: What the file was taken for, with its article, such as "a torch file".
        size: Its bytes.

    Attributes:
        nesting: Archives that are open at the moment, each within the one before.
        has_records: Whether objects were found that only stand for themselves.
    """

    def __init__(self, origin: str, kind: str, size: int) -> None:
        self.origin = origin
        self.kind = kind
        self.nesting = 0
        self.has_records = False
        self._steps = STEPS
        self._bytes = 4 * size + SPARE_BYTES

    def spend_steps(self, count: int = 1) -> None:
        """Account for work.

        Args:
            count: Opcodes, or entries visited or copied.

        Raises:
            CheckpointError: More than any generator's file needs.
        """
        self._steps -= count
        if self._steps < 0:
            raise self.excessive(f"takes more than {STEPS} steps to read")

    def spend_bytes(self, count: int) -> None:
        """Account for memory, before it is taken.

        Args:
            count: Bytes.

        Raises:
            CheckpointError: More than the file's size can justify.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise self.excessive("asks for far more memory than its own size")

    def damaged(self, reason: str) -> CheckpointError:
        """The error for bytes that make no sense.

        Args:
            reason: What was found, without a full stop.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} cannot be read as {self.kind} ({reason})",
            f"{self.kind} that is complete",
            _REMEDY,
        )

    def refused(self, what: str) -> CheckpointError:
        """The error for a file that wants something run.

        Args:
            what: The name that it asks for.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} asks to run {what[:120]}, and nothing in a file is ever run",
            f"{self.kind} of tensors, numbers and text",
            "Ask its author for a state dict",
        )

    def excessive(self, what: str) -> CheckpointError:
        """The error for a file that is out of all proportion.

        Args:
            what: What it does, without a full stop.

        Returns:
            The error, to be raised.
        """
        return CheckpointError(
            f"{self.origin} {what}",
            f"{self.kind} as generators are saved",
            "The file is damaged or made to do harm; get it from another source",
        )

    def empty(self, content: Any) -> CheckpointError:
        """The error for a file without tensors.

        Args:
            content: What it holds instead.

        Returns:
            The error, to be raised.
        """
        found = content.name.path if isinstance(content, Record) else type(content).__name__
        return CheckpointError(
            f"{self.origin} holds no tensors, but {found[:120]}", "a generator's weights", _REMEDY
        )


@dataclass(frozen=True)
class Name:
    """A module's attribute that a file names; it is never looked up."""

    module: str
    """Such as "torch.nn.modules.linear"."""
    attribute: str
    """Such as "Linear"."""

    @property
    def path(self) -> str:
        """Both, joined by a dot."""
        return f"{self.module}.{self.attribute}"


@dataclass(eq=False)
class Record:
    """An object that was never made: what the file says about it, as plain data.

    Not frozen, since a pickle states an object first and fills it in later.
    """

    name: Name
    """Its class."""
    arguments: tuple[Any, ...] = ()
    """What its constructor would have been given."""
    state: Any = None
    """What its attributes would have been."""
    items: dict[Any, Any] = field(default_factory=dict)
    """Entries, where its class extends dictionaries."""
    elements: list[Any] = field(default_factory=list)
    """Elements, where its class extends lists."""

    def set_state(self, state: Any, reading: Reading) -> None:
        """Fill in the attributes, once.

        Args:
            state: A dictionary, or anything else.
            reading: For the error.

        Raises:
            CheckpointError: They were filled in before.
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
"""Makes plain data from the arguments of one permitted call."""

Builders = Mapping[Name, Builder]
"""The calls that are permitted; all others are refused."""


def is_key(value: Any) -> bool:
    """Whether a value may be the key of a dictionary.

    Nested tuples take exponential time to hash, and chosen large integers collide.

    Args:
        value: Anything.

    Returns:
        True for text, numbers, none, names, and flat tuples of these.
    """
    if isinstance(value, tuple):
        return len(value) <= 16 and all(not isinstance(v, tuple) and is_key(v) for v in value)
    if isinstance(value, int):
        return value.bit_length() <= 64
    return value is None or isinstance(value, (str, bytes, float, Name))


def plain_sizes(values: Any, reading: Reading, what: str) -> tuple[int, ...]:
    """Check a shape or strides: a few whole numbers, none negative.

    Args:
        values: What a file gives.
        reading: For the error.
        what: Name for messages.

    Returns:
        The numbers.

    Raises:
        CheckpointError: They are no such thing.
    """
    if not isinstance(values, (tuple, list)) or len(values) > DEPTH:
        raise reading.damaged(f"{what} is no list of at most {DEPTH} numbers")
    if any(type(value) is not int or not 0 <= value <= _LARGEST for value in values):
        raise reading.damaged(f"{what} holds what is no whole number from 0 to 2^48")
    return tuple(values)


def plain_shape(values: Any, reading: Reading, what: str) -> tuple[int, ...]:
    """Check a shape: as `plain_sizes`, and not absurd even where an axis is 0.

    Args:
        values: What a file gives.
        reading: For the error.
        what: Name for messages.

    Returns:
        The axes.

    Raises:
        CheckpointError: It is no shape.
    """
    shape = plain_sizes(values, reading, what)
    if product(tuple(axis for axis in shape if axis)) > _LARGEST:
        raise reading.damaged(f"{what} has more than 2^48 entries")
    return shape


def product(sizes: tuple[int, ...]) -> int:
    """Number of entries of a shape; Python's integers cannot overflow."""
    return math.prod(sizes)
