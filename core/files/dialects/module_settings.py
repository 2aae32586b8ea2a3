"""One module of a network that was saved whole: its class, and its settings, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...base.errors import CheckpointError

ACTIVATIONS = {
    "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "SELU": "selu", "GELU": "gelu",
    "SiLU": "silu", "Softplus": "softplus", "Tanh": "tanh", "Sigmoid": "sigmoid",
}  # fmt: skip
"""Classes of torch to names of activations."""

_USUAL: dict[str, tuple[str, Any]] = {
    "ELU": ("alpha", 1.0), "GELU": ("approximate", "none"), "Softplus": ("beta", 1.0),
}  # fmt: skip
"""Settings of activations that no name has, and the value that they must have."""


@dataclass(frozen=True)
class Module:
    """One module, as the file states it."""

    path: str
    """Dotted name."""
    kind: str
    """Class of torch without its module, such as "ReLU"; the whole path of any other class."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Its settings by name."""


def activation_name(module: Module) -> str:
    """The activation of a module, with its slope.

    Args:
        module: One of the classes in `ACTIVATIONS`.

    Returns:
        A name as in `layers.activations`.

    Raises:
        CheckpointError: It has a setting that no name has.
    """
    if module.kind == "LeakyReLU":
        slope = float(small_number(module.settings.get("negative_slope", 0.01), "a slope"))
        digits = f"{slope:.9f}".rstrip("0").rstrip(".")
        return f"leaky_relu:{digits}"
    setting, usual = _USUAL.get(module.kind, ("", None))
    if module.settings.get(setting, usual) != usual:
        raise CheckpointError(
            f"{module.path} is of class {module.kind} with {setting} "
            f"{str(module.settings[setting])[:20]}",
            f"{setting} {usual}",
        )
    return ACTIVATIONS[module.kind]


def small_number(value: Any, what: str) -> float:
    """A number from 0 to 1.

    Args:
        value: What the file states.
        what: What it is, with its article.

    Returns:
        The number.

    Raises:
        CheckpointError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise CheckpointError(
            f"The file states {str(value)[:40]} as {what}", "a number from 0 to 1"
        )
    return value


def two_numbers(name: str, value: Any) -> list[int]:
    """Rows and columns of a setting.

    Args:
        name: Its name.
        value: One whole number, or two.

    Returns:
        Two numbers.

    Raises:
        CheckpointError: They are none.
    """
    pair = list(value) if isinstance(value, (list, tuple)) else [value, value]
    if len(pair) == 1:
        pair *= 2
    if len(pair) != 2 or any(type(number) is not int for number in pair):
        raise CheckpointError(f"A convolution has the {name} {str(value)[:40]}", "whole numbers")
    return pair


def padding_numbers(settings: Mapping[str, Any], path: str) -> list[int]:
    """Padding in numbers; of those in words only the one that stands for none.

    Args:
        settings: Of a convolution.
        path: Its name.

    Returns:
        Rows and columns.

    Raises:
        CheckpointError: It is in other words, or of no numbers.
    """
    padding = settings.get("padding", 0)
    if padding == "valid":
        return [0, 0]
    if padding == "same":
        raise CheckpointError(f"{path} has the padding 'same'", "numbers")
    return two_numbers("padding", padding)
