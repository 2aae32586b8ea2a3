"""Shards of a plan: packs, shares of several runs, rows, the order of tar and table."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.jobs.plan_job import PlanJob, draw_shards, nth_shards
from latent_levers.core.batch.packs import PACKS
from latent_levers.core.batch.packs.tar_shard import stated_rows
from latent_levers.core.batch.plan_file import PLAN, create_plan
from shared_batches import small_plan, tar_digest

LOCAL = ENGINES["local"]


def test_shares_cover_all_shards_once() -> None:
    for runs in (1, 3, 8, 20):
        shares = [nth_shards(f"{i}/{runs}", 10) for i in range(runs)]
        assert sorted(shard for share in shares for shard in share) == list(range(10))
    for wrong in ("8/8", "0", "-1/3", "a/b", "1/0", "", "1" * 20 + "/9"):
        with pytest.raises(PackError, match="cannot be read.*i from 0 to n - 1"):
            nth_shards(wrong, 10)


def test_tars_are_the_same_bytes_in_one_run_or_in_shares(tmp_path: Path) -> None:
    plan = small_plan(tmp_path / "one", 20)
    job = PlanJob.of(plan, tmp_path / "one", pack="webdataset")
    steps: list[tuple[int, int]] = []
    progress = lambda *step: steps.append(step)  # noqa: E731
    assert draw_shards(LOCAL, job, range(plan.shards), progress=progress) == 3
    assert steps[-1] == (20, 20)
    digest = tar_digest(tmp_path / "one", plan)
    assert not list((tmp_path / "one").rglob("*.part*"))

    small_plan(tmp_path / "two", 20)
    two = PlanJob.of(plan, tmp_path / "two", pack="webdataset")
    for share in ("1/2", "0/2"):
        draw_shards(LOCAL, two, nth_shards(share, plan.shards))
    assert tar_digest(tmp_path / "two", plan) == digest
    for path in (tmp_path / "one").glob("*.tar"):
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes()
    assert draw_shards(LOCAL, two, range(3)) == 0

    grown = create_plan(tmp_path / "two" / PLAN, replace(plan, rows=replace(plan.rows, count=24)))
    job = PlanJob.of(grown, tmp_path / "two", pack="webdataset")
    assert [job.is_done(shard) for shard in range(3)] == [True, True, False]
    assert draw_shards(LOCAL, job, range(3)) == 1
    assert stated_rows(tmp_path / "two" / "shard-000002.tar", grown) == 8


def test_what_is_no_shard_of_the_plan_is_refused(tmp_path: Path) -> None:
    plan = small_plan(tmp_path / "batch", 20)
    rows = NumberRuns.of([3, 9, 10])
    job = PlanJob.of(plan, tmp_path / "batch", pack="webdataset", rows=rows)
    assert [list(job.rows_of(shard)) for shard in range(3)] == [[3], [9, 10], []]
    with pytest.raises(PackError, match="1 of the 8 rows of shard 0.*whole shards.*'files'"):
        draw_shards(LOCAL, job, range(3))
    path = tmp_path / "batch" / "shard-000001.tar"
    for content in (b"", b"x" * 2000):
        path.write_bytes(content)
        with pytest.raises(PackError, match="shard-000001.tar is not a shard of this plan"):
            PACKS["webdataset"].is_done(plan, tmp_path / "batch", 1)
    with tarfile.open(path, "w", pax_headers={"comment": "[" * 5000}):
        pass
    with pytest.raises(PackError, match="not a shard of this plan"):
        PACKS["webdataset"].is_done(plan, tmp_path / "batch", 1)
    other = replace(job, digest="0" * 64)
    with pytest.raises(PackError, match="holds another plan"):
        other.is_done(0)


def test_the_pack_files_draws_some_rows(tmp_path: Path) -> None:
    plan = small_plan(tmp_path / "batch", 20)
    job = PlanJob.of(plan, tmp_path / "batch", rows=NumberRuns.of([3, 9, 10]))
    assert draw_shards(LOCAL, job, range(3)) == 2
    found = sorted(path.name for path in (tmp_path / "batch").glob("*.png"))
    assert found == ["00003.png", "00009.png", "00010.png"]
