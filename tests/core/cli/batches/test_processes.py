"""Processes of several threads: how many, and what is said."""

from __future__ import annotations

import warnings

import pytest
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.batch.engines.engine import EngineOptions
from latent_levers.core.cli.batches import processes
from latent_levers.core.cli.batches.processes import engine_for_threads


def test_processes_of_several_threads_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "cores", lambda: 8)
    with pytest.warns(PackWarning, match="2 processes of 3 threads on 8 cores") as caught:
        assert engine_for_threads(EngineOptions(), 3).workers == 2
    assert "decide its last bits" in str(caught[0].message)
    with pytest.warns(PackWarning, match="3 processes of 4 threads on 8 cores"):
        assert engine_for_threads(EngineOptions(3), 4).workers == 3
    with pytest.warns(PackWarning, match="1 process of 16 threads on 8 cores"):
        assert engine_for_threads(EngineOptions(), 16).workers == 1


@pytest.mark.parametrize(
    ("engine", "threads"),
    [(EngineOptions(), 1), (EngineOptions(2), 4), (EngineOptions(address="auto"), 4)],
)
def test_processes_that_fit_need_no_words(
    monkeypatch: pytest.MonkeyPatch, engine: EngineOptions, threads: int
) -> None:
    monkeypatch.setattr(processes, "cores", lambda: 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine_for_threads(engine, threads) == engine
