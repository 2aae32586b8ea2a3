"""Renamed public names: the old name works for one version, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any


def renamed(
    module: str, name: str, names: Mapping[str, str], value_of: Callable[[str], Any]
) -> Any:
    """Value of a deprecated name, for a module's `__getattr__`.

    Args:
        module: Name of the module.
        name: Name of the requested attribute.
        names: Old names to new ones.
        value_of: Returns the value of a new name.

    Returns:
        The value of the new name; a `FutureWarning` names it.

    Raises:
        AttributeError: The name is not deprecated.
    """
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    new = names[name]
    warnings.warn(
        f"{name} is now called {new}; the next version removes the old name",
        FutureWarning,
        stacklevel=4,  # past the `__getattr__` of `core` and that of the root
    )
    return value_of(new)
