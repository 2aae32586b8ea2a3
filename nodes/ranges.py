"""Ranges of numbers at run time: ComfyUI checks what is typed, not what other nodes give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from comfy_api.latest import io

from ..core.base.errors import PackError


def with_ranges(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """Make a node refuse numbers out of the range of their input, wherever they come from.

    Args:
        node: The node; its `execute` is wrapped, once.

    Returns:
        The node.
    """
    run: Callable[..., io.NodeOutput] = node.execute.__func__
    if hasattr(run, "__wrapped__"):
        return node

    @functools.cache
    def numbers() -> list[Any]:
        """The inputs that have a range."""
        inputs = node.define_schema().inputs
        return [entry for entry in inputs if getattr(entry, "max", None) is not None]

    @functools.wraps(run)
    def execute(cls: type[io.ComfyNode], **values: Any) -> io.NodeOutput:
        """Check the numbers, then run the node."""
        for entry in numbers():
            value = values.get(entry.id)
            if value is not None and not entry.min <= value <= entry.max:  # NaN is in no range
                raise PackError(
                    f"{entry.id} is {value}", f"a number from {entry.min:,} to {entry.max:,}"
                )
        return run(cls, **values)

    node.execute = classmethod(execute)
    return node
