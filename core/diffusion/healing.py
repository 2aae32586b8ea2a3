"""A mode in which a network that was made for inference alone can be differentiated.

Nothing of the network is changed: the mode sees each call of torch, and repairs what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from .formulas import attention

Formula = Callable[..., Any]
"""A plain formula with the arguments of the operation that it replaces."""

_ATTENTION = "scaled_dot_product_attention"

_DEPTH: ContextVar[int] = ContextVar("healing", default=0)
"""How many modes are entered."""


def is_differentiating() -> bool:
    """Whether a derivative is being taken, for operations that have a quicker way without one.

    Returns:
        True inside a `HealingMode`.
    """
    return _DEPTH.get() > 0


class HealingMode(TorchFunctionMode):
    """Repair calls of torch while a derivative is taken.

    - Tensors that were made in inference mode cannot be saved for a derivative: ordinary tensors
      over the same memory take their place. What is changed in place is copied first.
    - Operations without a derivative, or with a wrong one, are replaced by plain formulas.
    - In forward mode so is scaled dot product attention, which has no derivative there; its
      formula takes some queries at a time. In reverse mode torch's own needs less memory.

    Args:
        formulas: Names of torch operations, such as "namespace.name", to their plain formulas.
        forward: Whether tangents are pushed.
    """

    def __init__(self, formulas: Mapping[str, Formula], forward: bool = False) -> None:
        super().__init__()
        self.formulas, self.forward = dict(formulas), forward
        self._ordinary: dict[int, tuple[Tensor, Tensor]] = {}

    def __enter__(self) -> HealingMode:
        """See `TorchFunctionMode`."""
        super().__enter__()
        self._token = _DEPTH.set(_DEPTH.get() + 1)
        return self

    def __exit__(self, *raised: Any) -> None:
        """See `TorchFunctionMode`."""
        _DEPTH.reset(self._token)
        super().__exit__(*raised)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """See `TorchFunctionMode`: the call of one function, repaired."""
        name = getattr(func, "__name__", "")
        if name == "__get__":  # attributes, such as the shape
            return func(*args, **(kwargs or {}))
        if args and _changes_its_first(name) and isinstance(args[0], Tensor):
            self._separate(args[0])
        args = self._healed(args)
        kwargs = {key: self._healed(value) for key, value in (kwargs or {}).items()}
        if self.forward and name == _ATTENTION:
            return attention(*args, **kwargs)
        if self.formulas:
            formula = self.formulas.get(_qualified(func))
            if formula is not None:
                return formula(*args, **kwargs)
        return func(*args, **kwargs)

    def _healed(self, value: Any) -> Any:
        """An argument without inference tensors."""
        if isinstance(value, Tensor):
            return self._alias(value) if value.is_inference() else value
        if type(value) in (tuple, list):
            return type(value)(self._healed(item) for item in value)
        return value

    def _alias(self, tensor: Tensor) -> Tensor:
        """An ordinary tensor over the memory of one that was made in inference mode."""
        known = self._ordinary.get(id(tensor))
        if known is None:
            known = (tensor, _over_the_same_memory(tensor))  # the key lives as long as its tensor
            self._ordinary[id(tensor)] = known
        return known[1]

    def _separate(self, tensor: Tensor) -> None:
        """Give an inference tensor that is about to change a memory of its own."""
        if tensor.is_inference() and id(tensor) not in self._ordinary:
            self._ordinary[id(tensor)] = (tensor, _over_the_same_memory(tensor).clone())


def _changes_its_first(name: str) -> bool:
    """Whether a function changes its first argument, by torch's convention of names."""
    if name.startswith("__"):
        return name.startswith("__i") and name not in ("__invert__", "__index__", "__int__")
    return name.endswith("_")


def _qualified(func: Callable[..., Any]) -> str:
    """Name of a registered operation, such as "aten.add"; empty for other functions."""
    if isinstance(func, torch._ops.OpOverloadPacket):  # pyright: ignore[reportPrivateUsage]
        return str(func)
    if isinstance(func, torch._ops.OpOverload):  # pyright: ignore[reportPrivateUsage]
        return str(func.overloadpacket)
    return ""


def _over_the_same_memory(tensor: Tensor) -> Tensor:
    """An ordinary tensor with the storage of another."""
    with torch._C.DisableTorchFunction():  # pyright: ignore[reportPrivateUsage]
        if type(tensor) not in (Tensor, torch.nn.Parameter):
            return tensor.clone()  # a subclass keeps its numbers elsewhere
        empty = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
        place = tensor.untyped_storage()
        return empty.set_(place, tensor.storage_offset(), tensor.size(), tensor.stride())  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
