"""Shards of a job: those that are done are left out, steps add up, options are checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.errors import PackError, UnknownNameError
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.engines.engine import EngineOptions, run_shards
from shard_jobs import NumberJob

LOCAL = ENGINES["local"]


def test_shards_that_are_done_are_not_run_again(tmp_path: Path) -> None:
    job, seen = NumberJob(tmp_path, threads=1), list[tuple[int, int]]()
    threads = torch.get_num_threads()
    job.path(1).write_text("1 1 0")
    with pytest.warns(UserWarning, match="squares"):
        assert run_shards(LOCAL, job, range(3), progress=lambda *s: seen.append(s)) == 2
    assert job.results() == {0: 0, 1: 1, 2: 4}
    assert job.processes() == {0, os.getpid()}
    assert seen[0] == (10, 30)
    assert seen[-1] == (30, 30)
    assert seen == sorted(seen)
    assert torch.get_num_threads() == threads
    assert run_shards(LOCAL, job, range(3)) == 0


@pytest.mark.filterwarnings("ignore:shards are squares")
def test_progress_can_cancel(tmp_path: Path) -> None:
    job, threads = NumberJob(tmp_path), torch.get_num_threads()

    def stop(done: int, total: int) -> None:
        if done >= 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_shards(LOCAL, job, range(3), progress=stop)
    assert job.results() == {0: 0}
    assert torch.get_num_threads() == threads


@pytest.mark.filterwarnings("ignore:shards are squares")
def test_results_that_stay_away_are_missed(tmp_path: Path) -> None:
    class Blind(NumberJob):
        def is_done(self, shard: int) -> bool:
            return False

    with pytest.raises(PackError, match="results of 2 shards are not there.*all processes see"):
        run_shards(LOCAL, Blind(tmp_path), range(2))


def test_options_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="workers was given.*'local'"):
        run_shards(LOCAL, NumberJob(tmp_path), range(2), EngineOptions(workers=2))
    with pytest.raises(PackError, match="address was given.*'pool'"):
        run_shards(ENGINES["pool"], NumberJob(tmp_path), range(2), EngineOptions(address="auto"))
    with pytest.raises(PackError, match="0 workers.*1 to 1024"):
        EngineOptions(workers=0)
    with pytest.raises(UnknownNameError, match="local, pool, ray"):
        ENGINES["slurm"]
