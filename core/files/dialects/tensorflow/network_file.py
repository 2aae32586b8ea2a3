"""How networks of the TensorFlow era keep their weights, and which of their arguments matter.

Names are paths with slashes. A dense weight is `[inputs, outputs]`, a convolution's
`[height, width, inputs, outputs]`, both divided by the factor of the equalised learning rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError


def turned_axes(weight: Tensor) -> Tensor:
    """A weight with outputs first, as torch has it.

    Args:
        weight: `[I, O]`, `[h, w, I, O]`, or anything else.

    Returns:
        `[O, I]`, `[O, I, h, w]`, or the same.
    """
    if weight.ndim == 4:
        return weight.permute(3, 2, 0, 1)
    return weight.T if weight.ndim == 2 else weight


def require_arguments(config: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a network that was built in a way that is not read.

    Args:
        config: Arguments that the file states.
        expected: Arguments with the only value that is read; absent ones are taken to have it.

    Raises:
        CheckpointError: An argument has another value.
    """
    for name, value in expected.items():
        found = config.get(name, value)
        if (list(found) if isinstance(found, tuple) else found) != value:
            raise CheckpointError(
                f"This network was built with {name}={found!r}",
                f"{value!r}",
                "This variant is not read",
            )
