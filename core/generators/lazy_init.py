"""Networks whose random first weights cost neither time nor memory, since a file replaces them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import init
from torch.overrides import TorchFunctionMode

from ..concepts.architecture import AbstractArchitecture
from ..concepts.network import AbstractNetwork

_DRAWN: frozenset[Callable[..., Any]] = frozenset((torch.randn, torch.rand))
"""What draws new tensors."""

_FILLED: frozenset[Callable[..., Any]] = frozenset(
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
"""What fills tensors by chance; torch's own layers call these."""


class _NothingDrawn(TorchFunctionMode):
    """Random tensors are left as memory that nobody has touched; all else is made as ever.

    The network cannot be made on the meta device instead: its constants (filters, frequencies)
    would lose their values there, and files may leave those out.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """See `TorchFunctionMode`."""
        given = kwargs or {}
        if func in _FILLED:
            return args[0] if args else given["tensor"]
        return (torch.empty if func in _DRAWN else func)(*args, **given)


def build_empty(architecture: AbstractArchitecture, settings: Any) -> AbstractNetwork:
    """A network that waits for its weights.

    Args:
        architecture: The kind of network.
        settings: Its settings.

    Returns:
        The network; what its constructor draws by chance has no values yet and must be assigned.
    """
    with _NothingDrawn():
        return architecture.build(settings)
