"""Building networks without random initialisation, since weights from a file replace it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import init
from torch.overrides import TorchFunctionMode

from ..concepts.architecture import AbstractArchitecture
from ..concepts.network import AbstractNetwork

_RANDOM_TENSORS: frozenset[Callable[..., Any]] = frozenset((torch.randn, torch.rand))
"""Functions that create random tensors."""

_RANDOM_FILLS: frozenset[Callable[..., Any]] = frozenset(
    (
        torch.Tensor.uniform_,
        torch.Tensor.normal_,
        init.uniform_,
        init.normal_,
        init.xavier_uniform_,
        init.kaiming_uniform_,
        init.orthogonal_,
    )
)
"""Functions that fill a tensor with random values, as PyTorch's own layers do."""


class _SkipRandomInit(TorchFunctionMode):
    """Leaves random tensors uninitialised; all other functions run as usual.

    The meta device is no alternative: constants (filters, frequencies) would lose their values, and
    files may omit those.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """See `TorchFunctionMode`."""
        kwargs = kwargs or {}
        if func in _RANDOM_FILLS:
            return args[0] if args else kwargs["tensor"]
        return (torch.empty if func in _RANDOM_TENSORS else func)(*args, **kwargs)


def build_empty(architecture: AbstractArchitecture, settings: Any) -> AbstractNetwork:
    """Build a network whose random weights are uninitialised memory.

    Args:
        architecture: The kind of network.
        settings: Its settings.

    Returns:
        The network; every parameter and buffer with random initial values must be assigned.
    """
    with _SkipRandomInit():
        return architecture.build(settings)
