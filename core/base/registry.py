"""An ordered table of plug-ins; the `__init__.py` of their folder fills it, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from .errors import UnknownNameError
from .wording import suggestion


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
        deferred: Imports the plug-ins and returns them, in place of `entries`; called when the
            registry is first read. For plug-ins whose modules would slow down the start of ComfyUI.
    """

    def __init__(
        self, kind: str, *entries: T, deferred: Callable[[], Iterable[T]] | None = None
    ) -> None:
        self._kind = kind
        self._deferred = deferred
        if deferred is None:
            self.add(*entries)

    @cached_property
    def _entries(self) -> dict[str, T]:
        """Plug-ins by id."""
        return {} if self._deferred is None else self._by_id(self._deferred())

    def add(self, *entries: T) -> None:
        """Append plug-ins; none is added if an id is taken.

        Args:
            *entries: The plug-ins to add, in order.

        Raises:
            ValueError: Two entries share an id.
        """
        self._entries.update(self._by_id([*self, *entries]))

    def _by_id(self, entries: Iterable[T]) -> dict[str, T]:
        """A table of entries, whose ids must be unique."""
        table: dict[str, T] = {}
        repeated: set[str] = set()
        for entry in entries:
            if entry.id in table:
                repeated.add(entry.id)
            table[entry.id] = entry
        if repeated:
            raise ValueError(
                f"{self._kind} ids must be unique; found twice: {', '.join(sorted(repeated))}."
            )
        return table

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
                f"Unknown {self._kind} {name!r}{suggestion(name, self._entries)}",
                f"one of {', '.join(self._entries)}",
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
