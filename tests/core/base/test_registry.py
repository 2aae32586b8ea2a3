"""Registries: order, unique ids, and plug-ins that are imported when they are first needed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from latent_levers.core.base.errors import UnknownNameError
from latent_levers.core.base.registry import Registry


@dataclass(frozen=True)
class Plugin:
    """A plug-in that does nothing."""

    id: str


def test_entries_keep_their_order() -> None:
    registry = Registry("plug-in", Plugin("b"), Plugin("a"))
    registry.add(Plugin("c"))
    assert registry.ids == ("b", "a", "c")
    assert len(registry) == 3
    with pytest.raises(UnknownNameError, match="one of b, a, c"):
        registry["d"]


def test_an_id_that_is_taken_adds_nothing() -> None:
    registry = Registry("plug-in", Plugin("a"))
    with pytest.raises(ValueError, match="found twice: a"):
        registry.add(Plugin("b"), Plugin("a"))
    assert registry.ids == ("a",)
    with pytest.raises(ValueError, match="found twice: x, y"):
        Registry("plug-in", Plugin("y"), Plugin("x"), Plugin("y"), Plugin("x"))


def test_an_id_that_is_nearly_one_is_suggested() -> None:
    registry = Registry("solver", Plugin("davidson"), Plugin("krylov"))
    with pytest.raises(UnknownNameError, match=r"^Unknown solver 'davidso' \(did you mean 'davi"):
        registry["davidso"]
    with pytest.raises(UnknownNameError, match=r"^Unknown solver 'x'\. "):
        registry["x"]


@pytest.mark.parametrize("first_use", [len, list, lambda registry: registry["a"]])
def test_deferred_entries_are_imported_once_and_late(first_use) -> None:
    calls: list[str] = []

    def plugins() -> list[Plugin]:
        calls.append("imported")
        return [Plugin("a"), Plugin("b")]

    registry = Registry("plug-in", deferred=plugins)
    assert not calls
    first_use(registry)
    registry.add(Plugin("c"))
    assert registry.ids == ("a", "b", "c")
    assert calls == ["imported"]


def test_deferred_ids_are_unique_too() -> None:
    registry = Registry("plug-in", deferred=lambda: [Plugin("a"), Plugin("a")])
    with pytest.raises(ValueError, match="found twice: a"):
        len(registry)
