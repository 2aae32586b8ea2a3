"""TensorFlow's order of axes in weights, and the constructor arguments that are supported.

Names of variables are paths with slashes. A dense weight is `[inputs, outputs]`, a convolution's is
`[height, width, inputs, outputs]`; both are stored without the factor of the equalised learning
rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError


def to_torch_axes(weight: Tensor) -> Tensor:
    """Permute a weight to torch's order, outputs first.

    Args:
        weight: `[I, O]`, `[h, w, I, O]`, or anything else.

    Returns:
        `[O, I]`, `[O, I, h, w]`, or the tensor unchanged.
    """
    if weight.ndim == 4:
        return weight.permute(3, 2, 0, 1)
    return weight.T if weight.ndim == 2 else weight


def require_arguments(config: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a network that was built with arguments that are not supported.

    Args:
        config: Constructor arguments in the file.
        expected: The only supported value of each argument; a missing argument has this value.

    Raises:
        CheckpointError: An argument has another value.
    """
    for name, value in expected.items():
        found = config.get(name, value)
        if (list(found) if isinstance(found, tuple) else found) != value:
            raise CheckpointError(
                f"This network was built with {name}={found!r}",
                f"{value!r}",
                "This variant is not supported",
            )
