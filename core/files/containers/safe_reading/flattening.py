"""Nested data to dotted names: dictionaries, records, and modules that were saved whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from .array_plans import ArrayPlan
from .inert import DEPTH, Reading, Record
from .tensor_plans import TensorPlan

_KEY = 200
"""Longest part of a name."""

_MODULE = ("_parameters", "_buffers", "_modules")
"""Attributes by which torch's modules hold what they own, in the order of a state dict."""

Plan = TensorPlan | ArrayPlan


def plans(content: Any, reading: Reading, prefix: str = "") -> Iterator[tuple[str, Plan]]:
    """Dotted names and tensors of nested dictionaries and modules, in their order.

    Args:
        content: See `PickleMachine.run`.
        reading: For limits: a value that a file states once may appear in any number of places.
        prefix: Name of the content itself.

    Yields:
        Names and what to make tensors of.
    """
    pending: list[tuple[str, Any, int]] = [(prefix, content, 0)]
    while pending:
        name, value, depth = pending.pop()
        reading.spend_steps()
        if isinstance(value, TensorPlan) or (isinstance(value, ArrayPlan) and value.is_tensor):
            reading.spend_bytes(value.nbytes)
            yield name, value
        entries = _entries(value)
        if depth > DEPTH and entries:
            raise reading.excessive(f"nests dictionaries more than {DEPTH} deep")
        for key, inner in reversed(entries):
            reading.spend_steps()
            if isinstance(key, str) and len(key) > _KEY:
                raise reading.excessive(f"has a name of {len(key)} letters")
            pending.append((f"{name}.{key}" if name else str(key), inner, depth + 1))


def _entries(value: Any) -> list[tuple[Any, Any]]:
    """Named parts of a value; those of a module are what it owns, of all three kinds at once."""
    if isinstance(value, Mapping):
        return [(k, v) for k, v in value.items() if isinstance(k, (str, int))]
    if not isinstance(value, Record):
        return []
    if not is_module(value):
        own = value.items or value.attributes()
        return [(k, v) for k, v in own.items() if isinstance(k, (str, int))]
    attributes = value.attributes()
    passing = attributes.get("_non_persistent_buffers_set")
    left_out = passing if isinstance(passing, list) else []
    groups = (attributes.get(group) for group in _MODULE)
    parts = [group.items() for group in groups if isinstance(group, dict)]
    return [
        (key, inner)
        for part in parts
        for key, inner in part
        if isinstance(key, str) and inner is not None and key not in left_out[:100]
    ]


def is_module(value: Any) -> bool:
    """Whether a record is one of torch's modules.

    Args:
        value: Anything.

    Returns:
        True where it has parameters and parts.
    """
    return isinstance(value, Record) and {"_parameters", "_modules"} <= set(value.attributes())


def tensors(content: Any, reading: Reading, prefix: str = "") -> dict[str, Tensor]:
    """The tensors of nested data by their dotted names, on the file's own bytes where possible.

    Args:
        content: See `plans`.
        reading: For limits.
        prefix: Name of the content itself.

    Returns:
        Names to tensors on the CPU.
    """
    return {name: plan.tensor(reading) for name, plan in plans(content, reading, prefix)}


def plain_settings(content: Any, reading: Reading, prefix: str = "") -> dict[str, Any]:
    """Numbers, text and short lists of them, of nested dictionaries, by dotted name.

    Args:
        content: A dictionary, or a record that stands for one.
        reading: For limits.
        prefix: Name of the content itself.

    Returns:
        Names to values that JSON can hold.
    """
    settings: dict[str, Any] = {}
    pending: list[tuple[str, Any, int]] = [(prefix, content, 0)]
    while pending:
        name, value, depth = pending.pop()
        reading.spend_steps()
        if _is_plain(value) or (
            isinstance(value, (list, tuple)) and len(value) <= 64 and all(map(_is_plain, value))
        ):
            settings[name] = list(value) if isinstance(value, tuple) else value
        elif depth < 4 and not is_module(value):
            pending += [
                (f"{name}.{key}" if name else str(key), inner, depth + 1)
                for key, inner in reversed(_entries(value))
                if len(str(key)) <= _KEY
            ]
    return settings


def _is_plain(value: Any) -> bool:
    """A number, a short text, or none."""
    if isinstance(value, str):
        return len(value) <= 1000
    return (
        value is None
        or isinstance(value, (bool, float))
        or (isinstance(value, int) and value.bit_length() <= 64)
    )
