"""An ordered table of plug-ins; the `__init__.py` of their folder fills it, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from .errors import UnknownNameError


class Identified(Protocol):
    """Anything with an `id`."""

    @property
    def id(self) -> str:
        """Short, unique, stable name."""
        ...


T = TypeVar("T", bound=Identified)


class Registry(Generic[T]):
    """Plug-ins of one kind, in the order in which they are tried.

    Args:
        kind: Noun for one entry, for error messages, such as "solver".
        entries: The plug-ins; all are added or none.
    """

    def __init__(self, kind: str, *entries: T) -> None:
        self._kind = kind
        self._entries: dict[str, T] = {}
        self.add(*entries)

    def add(self, *entries: T) -> None:
        """Append plug-ins; none is added if an id is taken.

        Args:
            *entries: The plug-ins to add, in order.

        Raises:
            ValueError: Two entries share an id.
        """
        ids = [*self._entries, *(entry.id for entry in entries)]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(
                f"{self._kind} ids must be unique; found twice: {', '.join(repeated)}."
            )
        self._entries.update({entry.id: entry for entry in entries})

    def __getitem__(self, name: str) -> T:
        """The plug-in with an id.

        Args:
            name: The id.

        Returns:
            The plug-in.

        Raises:
            UnknownNameError: No plug-in has the id.
        """
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownNameError(
                f"Unknown {self._kind} {name!r}", f"one of {', '.join(self._entries)}"
            ) from None

    def __iter__(self) -> Iterator[T]:
        """The plug-ins in order."""
        return iter(self._entries.values())

    def __len__(self) -> int:
        """Number of plug-ins."""
        return len(self._entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids in order."""
        return tuple(self._entries)
