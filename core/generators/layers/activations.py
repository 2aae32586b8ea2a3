"""Activations by name, for files that do not store which one a network uses."""

from __future__ import annotations

import math
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


_ROOT = math.sqrt(2.0)

_SCALED: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "lrelu": (partial(F.leaky_relu, negative_slope=0.2), _ROOT),
    "linear": (lambda x: x, 1.0),
    "relu": (F.relu, _ROOT),
    "tanh": (torch.tanh, 1.0),
    "sigmoid": (torch.sigmoid, 1.0),
    "elu": (F.elu, 1.0),
    "selu": (F.selu, 1.0),
    "softplus": (F.softplus, 1.0),
    "swish": (F.silu, _ROOT),
}
"""Activations of NVIDIA's PyTorch networks by their names, each with its gain."""


def scaled_activation(name: str) -> Callable[[Tensor], Tensor]:
    """An activation of NVIDIA's PyTorch networks, times its gain.

    Args:
        name: One of "lrelu" (slope 0.2), "linear", "relu", "tanh", "sigmoid", "elu", "selu",
            "softplus" and "swish".

    Returns:
        A function from a tensor to one of the same shape.

    Raises:
        CheckpointError: The name is unknown.
    """
    if name not in _SCALED:
        raise CheckpointError(f"Unknown activation {name[:50]!r}", f"one of {', '.join(_SCALED)}")
    function, gain = _SCALED[name]
    return function if gain == 1.0 else lambda x: function(x) * gain


def slope_of(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The derivative of an elementwise function at each value.

    Args:
        function: The function.
        x: The values.

    Returns:
        The shape of x.
    """
    return torch.func.jvp(function, (x,), (torch.ones_like(x),))[1]
