"""Shards by Ray on a cluster of this machine: one digest whoever draws, whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import latent_levers as ll
import psutil
import pytest
import torch
from cases import wide
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.engines.engine import EngineOptions, run_shards
from latent_levers.core.batch.jobs.gram_job import GeneratorFile, measure_gram_sum, prepare_gram_job
from latent_levers.core.levers.grams.gram_sum import Averages
from latent_levers.core.levers.grams.region_grams import RegionTask
from shard_jobs import NumberJob
from shared_batches import draw, small_plan, tar_digest

pytest.importorskip("ray", reason="ray is not installed: nothing of the engine ray was tested")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

RAY = ENGINES["ray"]
SCRIPT = Path(__file__).resolve().parents[1] / "shared_batches.py"
ROWS, SHARD = 240, 40


def started(folder: Path, engine: str = "ray") -> subprocess.Popen[str]:
    """A process of its own that draws the plan of a folder with two workers."""
    command = [sys.executable, str(SCRIPT), str(folder), engine, "2", "parquet"]
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE)


def wait_for(
    what: Callable[[], object], process: subprocess.Popen[str], seconds: float = 180
) -> None:
    """Wait until something is there; fail where the process ends before."""
    end = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, "the run ended before it could be disturbed"
        assert time.monotonic() < end
        time.sleep(0.02)


def drawing(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Processes of Ray that run a shard."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            if child.cmdline()[:1] == ["ray::_shard"] or "ray::_shard" in child.name():
                found.append(child)
        except psutil.Error:
            continue
    return found


def tables(folder: Path) -> list[dict]:
    """Rows of the tables in order, with the tar that each states."""
    rows = [
        row
        for path in sorted(folder.glob("part-*.parquet"))
        for row in parquet.read_table(path).to_pylist()
    ]
    return sorted(rows, key=lambda row: row["row"])


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict]]:
    """Digest and table of a run by one process, without any engine's processes."""
    folder = tmp_path_factory.mktemp("batches") / "local"
    plan = small_plan(folder, ROWS, SHARD)
    assert draw(folder, "local", None, "parquet") == plan.shards
    return tar_digest(folder, plan), tables(folder)


def test_the_table_describes_the_tar(unbroken: tuple[str, list[dict]]) -> None:
    rows = unbroken[1]
    assert [row["row"] for row in rows] == list(range(ROWS))
    assert {row["tar"] for row in rows} == {f"shard-{n:06d}.tar" for n in range(ROWS // SHARD)}
    assert all(len(row["levers"]) == len(row["strengths"]) > 0 for row in rows)
    assert len({row["sha256"] for row in rows}) == ROWS


@pytest.mark.parametrize("workers", [1, 2])
def test_one_and_two_workers_give_one_digest(
    tmp_path: Path, unbroken: tuple[str, list[dict]], workers: int
) -> None:
    plan = small_plan(tmp_path / "batch", ROWS, SHARD)
    assert draw(tmp_path / "batch", "ray", workers, "parquet") == plan.shards
    assert (tar_digest(tmp_path / "batch", plan), tables(tmp_path / "batch")) == unbroken
    assert draw(tmp_path / "batch", "ray", workers, "parquet") == 0


@pytest.mark.parametrize("victim", ["worker", "driver"])
def test_a_kill_loses_and_doubles_no_row(
    tmp_path: Path, unbroken: tuple[str, list[dict]], victim: str
) -> None:
    """Of a process that draws, whose shard Ray runs again; of the driver, whose run is resumed."""
    folder = tmp_path / "batch"
    plan = small_plan(folder, ROWS, SHARD)
    run = started(folder)
    try:
        wait_for(lambda: len(list(folder.glob("part-*.parquet"))) >= 1, run)
        wait_for(lambda: drawing(run), run)
        if victim == "worker":
            drawing(run)[0].send_signal(signal.SIGKILL)
            assert run.wait(180) == 0
        else:
            run.kill()
            run.wait()
            assert len(list(folder.glob("part-*.parquet"))) < plan.shards
            run = started(folder)  # Ray's processes end with their driver, and free their locks
            assert run.wait(180) == 0
    finally:
        run.kill()
    assert (tar_digest(folder, plan), tables(folder)) == unbroken
    assert {path.suffix for path in folder.iterdir()} == {".json", ".tar", ".parquet", ""}


def test_errors_and_warnings_come_back(tmp_path: Path) -> None:
    job = NumberJob(tmp_path, dies_once=1, fails=9)
    with pytest.warns(UserWarning, match="squares"):
        assert run_shards(RAY, job, range(4), EngineOptions(2)) == 4
    assert job.results() == {n: n**2 for n in range(4)}
    assert os.getpid() not in job.processes()
    with pytest.raises(PackError, match="Shard 9 is odd.*Leave it out"):
        run_shards(RAY, job, [9], EngineOptions(1))
    with pytest.raises(PackError, match=r"can be reached at '127.0.0.1:1'.*ray start"):
        run_shards(RAY, job, [5], EngineOptions(1, "127.0.0.1:1"))


def matrices(averages: Averages) -> list[torch.Tensor]:
    """All matrices of averages."""
    return [m for pair in (averages.overall, *(averages.halves or ())) for m in (pair.a, pair.b)]


@pytest.mark.parametrize(("engine", "workers"), [("local", None), ("pool", 2), ("ray", 2)])
def test_grams_by_any_engine_are_bit_equal(
    tmp_path: Path, engine: str, workers: int | None
) -> None:
    """Those of a small generator, in shards; the directions are those of `resefa` itself."""
    path = ll.save_generator(wide(), tmp_path / "gan.safetensors")
    gan = ll.load_generator(path)
    codes, box = ll.sample_latents(gan, 40), ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    task = RegionTask(gan, codes, box)
    job = prepare_gram_job(task, GeneratorFile.of(str(path), {}), tmp_path / "grams")
    found = measure_gram_sum(job, ENGINES[engine], EngineOptions(workers))
    expected = task.averages()
    for one, other in zip(matrices(found.finish()), matrices(expected), strict=True):
        assert torch.equal(one, other)
    levers, plain = ll.resefa(gan, codes, box, sums=found), ll.resefa(gan, codes, box)
    assert torch.equal(levers.vectors, plain.vectors)
    assert json.dumps(levers.details["halves"]) == json.dumps(plain.details["halves"])
