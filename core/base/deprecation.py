"""Public names that have a new one: the old name works for one version, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any


def renamed(module: str, name: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    """The value of a renamed name, for a module's `__getattr__`.

    Args:
        module: Name of the module.
        name: Attribute that was asked for.
        names: Old names to new ones.
        values: What the module holds, by its new name.

    Returns:
        The value of the new name; a `FutureWarning` says what it is.

    Raises:
        AttributeError: The name is not an old one.
    """
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    new = names[name]
    warnings.warn(
        f"{name} is now called {new}; the old name goes in the next version",
        FutureWarning,
        stacklevel=3,
    )
    return values[new]
