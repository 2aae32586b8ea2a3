"""Tensors by name that remember their use, or are computed when they are accessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class _View(Mapping[str, Tensor], Generic[T]):
    """Tensors that follow from named content; listing the names accesses none of it."""

    def __init__(self, content: Mapping[str, T]) -> None:
        self._content = content

    def __contains__(self, name: object) -> bool:
        return name in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


class UsedTensors(_View[Tensor]):
    """Tensors that remember which of them were accessed.

    Args:
        tensors: Names to tensors.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__(tensors)
        self._used: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        tensor = self._content[name]
        self._used.add(name)
        return tensor

    @property
    def used(self) -> frozenset[str]:
        """Names that were accessed."""
        return frozenset(self._used)


class LazyTensors(_View[Callable[[], Tensor]]):
    """Tensors that are computed when they are accessed, each time anew.

    Args:
        sources: Names to functions that return the tensor.
    """

    def __getitem__(self, name: str) -> Tensor:
        return self._content[name]()


class SinglePrecision(_View[Tensor]):
    """Tensors whose floating-point numbers are converted to float32 when they are accessed.

    Args:
        tensors: Names to tensors.
    """

    def __getitem__(self, name: str) -> Tensor:
        tensor = self._content[name]
        return tensor.to(torch.float32) if tensor.is_floating_point() else tensor
