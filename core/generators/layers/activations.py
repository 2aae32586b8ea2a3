"""Activations by name, for files that do not store which one a network uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from ...base.errors import CheckpointError

_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda x: x,
    "relu": F.relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def activation(name: str) -> Callable[[Tensor], Tensor]:
    """The activation of that name.

    Args:
        name: "none", "relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", or
            "leaky_relu" with a slope after a colon, as in "leaky_relu:0.1"; 0.2 without one.

    Returns:
        A function from a tensor to one of the same shape.

    Raises:
        CheckpointError: The name is unknown, or its slope is not a number.
    """
    if name in _PLAIN:
        return _PLAIN[name]
    found = re.fullmatch(r"leaky_relu(?::(\d*\.?\d+))?", name)
    if found:
        return partial(F.leaky_relu, negative_slope=float(found.group(1) or 0.2))
    raise CheckpointError(
        f"Unknown activation {name!r}", f"one of {', '.join(_PLAIN)}, leaky_relu, leaky_relu:0.1"
    )


def slope_of(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The derivative of an elementwise function at each value.

    Args:
        function: The function.
        x: The values.

    Returns:
        The shape of x.
    """
    return torch.func.jvp(function, (x,), (torch.ones_like(x),))[1]
