"""Nested dictionaries, records and pickled modules to flat dictionaries with dotted names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError
from .array_plans import ArrayPlan
from .limits_and_refusals import DEPTH, REMEDY, Reading
from .plain_data import Record
from .tensor_plans import TensorPlan

_KEY = 200
"""Most letters of one part of a dotted name."""

_LIST = 1000
"""Most tensors of a list that are read, under the names 0, 1 and so on."""

_MODULE = ("_parameters", "_buffers", "_modules")
"""Attributes in which torch's modules store their content, in the order of a state dict."""


@dataclass(frozen=True)
class _Visit:
    """A value on the way through nested data."""

    name: str
    """Dotted name."""
    value: Any
    """The value."""
    above: tuple[int, ...] = ()
    """Identities of the values that it lies in."""
    in_object: bool = False
    """Whether one of them is an object that is no module, such as settings or a trainer."""


def _plans(content: Any, reading: Reading) -> Iterator[tuple[str, TensorPlan | ArrayPlan]]:
    """Dotted names and tensors of nested dictionaries and modules, in file order.

    A tensor counts against the limits each time it occurs, even if the file stores it once. Objects
    that are no modules, such as settings, may refer to each other in circles: each is visited once.

    Yields:
        Names and tensor plans.
    """
    pending = [_Visit("", content)]
    visited: set[int] = set()
    while pending:
        visit = pending.pop()
        value, depth = visit.value, len(visit.above)
        reading.spend_steps()
        if isinstance(value, (TensorPlan, ArrayPlan)) and _is_plan(value):
            reading.spend_bytes(value.nbytes)
            yield visit.name, value
        in_object = visit.in_object
        if isinstance(value, Record) and not is_module(value):
            if value.is_call:
                reading.withheld[visit.name] = value.name.path[:100]
            if id(value) in visited:
                continue
            visited.add(id(value))
            in_object = True
        entries = _entries(value)
        if in_object and (depth > DEPTH or id(value) in visit.above):
            continue
        if depth > DEPTH and entries:
            raise reading.excessive(f"nests dictionaries more than {DEPTH} deep")
        above = (*visit.above, id(value))
        for key, inner in reversed(entries):
            reading.spend_steps()
            if isinstance(key, str) and len(key) > _KEY:
                if _is_plain(inner):
                    continue
                raise reading.excessive(f"has a name of {len(key)} letters")
            name = f"{visit.name}.{key}" if visit.name else str(key)
            pending.append(_Visit(name, inner, above, in_object))


def _entries(value: Any) -> list[tuple[Any, Any]]:
    """Named entries of a value; for a module its parameters, persistent buffers and submodules."""
    if isinstance(value, Mapping):
        return [(k, v) for k, v in value.items() if isinstance(k, (str, int))]
    if isinstance(value, (list, tuple)) and len(value) <= _LIST and all(map(_is_plan, value)):
        return list(enumerate(value))
    if not isinstance(value, Record):
        return []
    if not is_module(value):
        own = value.items or value.attributes()
        return [(k, v) for k, v in own.items() if isinstance(k, (str, int))]
    attributes = value.attributes()
    transient = attributes.get("_non_persistent_buffers_set")
    left_out = transient if isinstance(transient, list) else []
    groups = (attributes.get(group) for group in _MODULE)
    parts = [group.items() for group in groups if isinstance(group, dict)]
    return [
        (key, inner)
        for part in parts
        for key, inner in part
        if isinstance(key, str) and inner is not None and key not in left_out[:100]
    ]


def _is_plan(value: Any) -> bool:
    """Whether a value is a tensor or an array of numbers."""
    return isinstance(value, TensorPlan) or (isinstance(value, ArrayPlan) and value.is_tensor)


def is_module(value: Any) -> bool:
    """Whether a record is one of torch's modules.

    Args:
        value: Anything.

    Returns:
        True if it has `_parameters` and `_modules`.
    """
    return isinstance(value, Record) and {"_parameters", "_modules"} <= set(value.attributes())


def named_tensors(content: Any, reading: Reading) -> dict[str, Tensor]:
    """The tensors of nested data by dotted name, without copying where possible.

    Args:
        content: A file as `PickleMachine.run` returns it.
        reading: Limits, and the file name for errors.

    Returns:
        Names to tensors on the CPU, at least one.

    Raises:
        CheckpointError: The file holds no tensors.
    """
    reading.withheld.clear()
    tensors = {name: plan.tensor(reading) for name, plan in _plans(content, reading)}
    require_tensors(tensors, content, reading)
    return tensors


def require_tensors(tensors: Mapping[str, Tensor], content: Any, reading: Reading) -> None:
    """Refuse a file without tensors.

    Args:
        tensors: The tensors that were found in the file.
        content: The content of the file.
        reading: The file name for the message.

    Raises:
        CheckpointError: There are no tensors.
    """
    if tensors:
        return
    if reading.first_call is not None:
        raise reading.refused(reading.first_call)
    found = content.name.path if isinstance(content, Record) else type(content).__name__
    raise CheckpointError(
        f"{reading.origin} holds no tensors, but {found[:120]}", "a generator's weights", REMEDY
    )


def plain_settings(content: Any, reading: Reading, prefix: str = "") -> dict[str, Any]:
    """Numbers, text and short lists of them in nested dictionaries, by dotted name.

    Args:
        content: A dictionary or a record.
        reading: Limits.
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
    """Whether a value is a number, a short text, or none."""
    if isinstance(value, str):
        return len(value) <= 1000
    return (
        value is None
        or isinstance(value, (bool, float))
        or (isinstance(value, int) and value.bit_length() <= 64)
    )
