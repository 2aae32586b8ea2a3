"""Processes of this machine: a killed one is replaced, errors and warnings come back."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.batch.engines import ENGINES, pool
from latent_levers.core.batch.engines.engine import EngineOptions, run_shards
from shard_jobs import NumberJob

POOL = ENGINES["pool"]


def test_a_process_that_is_killed_is_replaced_and_its_shard_run_again(tmp_path: Path) -> None:
    job, seen = NumberJob(tmp_path, dies_once=1), list[tuple[int, int]]()
    with pytest.warns(PackWarning, match="squares") as warned:
        run = run_shards(POOL, job, range(6), EngineOptions(2), lambda *s: seen.append(s))
    assert run == 6
    assert job.results() == {n: n**2 for n in range(6)}
    assert os.getpid() not in job.processes()
    assert (tmp_path / "died").exists()
    assert sorted((tmp_path / "runs.log").read_text().split()) == sorted("0112345")
    assert seen[-1] == (60, 60)
    assert len(warned) == 1, "once, not once per shard"


def test_what_ends_a_run_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard that cannot be computed, and one that ends every process that tries it."""
    monkeypatch.setattr(pool, "_ATTEMPTS", 1)
    job = NumberJob(tmp_path, fails=3, dies=1)
    with (
        pytest.warns(PackWarning, match="squares"),
        pytest.raises(PackError, match="Shard 3 is odd.*Leave it out") as caught,
    ):
        run_shards(POOL, job, [2, 3, 4], EngineOptions(1))
    assert caught.value.remedy == "Leave it out"
    with (
        pytest.warns(PackWarning, match="squares"),
        pytest.raises(PackError, match=r"Shard 1 ended 1 processes \(signal SIGKILL\).*fewer"),
    ):
        run_shards(POOL, job, [1, 4], EngineOptions(1))
    assert job.results() == {2: 4}


def test_cancelling_ends_the_processes(tmp_path: Path) -> None:
    """In the middle of a shard, which is then not there."""

    def stop(done: int, total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.warns(PackWarning, match="squares"), pytest.raises(KeyboardInterrupt):
        run_shards(POOL, NumberJob(tmp_path, seconds=5), range(6), EngineOptions(1), stop)
    assert NumberJob(tmp_path).results() == {}
    assert not multiprocessing.active_children()
