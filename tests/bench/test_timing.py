"""Batches whose time is measured."""

from __future__ import annotations

import pytest

from bench import timing


def test_batches_that_take_too_long_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """At two seconds a column."""
    monkeypatch.setattr(timing, "seconds", lambda work: 2.0)
    kept = {longest: timing.affordable(int, (2, 4, 8), longest) for longest in (17.0, 9.0, 3.0)}
    assert kept == {17.0: [2, 4, 8], 9.0: [2, 4], 3.0: [1]}
    assert timing.affordable(int, (32,), 9.0) == [4]
