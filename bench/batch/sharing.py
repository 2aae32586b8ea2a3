"""Batches and Grams that several processes share: their bits, kills, and how much faster it is."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import signal
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import psutil
import torch
from latent_levers.core.base.execution import torch_threads
from latent_levers.core.batch.engines import ENGINES
from latent_levers.core.batch.engines.engine import EngineOptions
from latent_levers.core.batch.jobs.generator_file import GeneratorFile
from latent_levers.core.batch.jobs.gram_job import measure_gram_sum, prepare_gram_job
from latent_levers.core.batch.jobs.plan_job import PlanJob, draw_shards
from latent_levers.core.levers.grams.gram_sum import Averages
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

from .batches import plan_for, start

ROWS, SHARD = 8000, 400
"""Rows of the batch, and of a shard."""

SEEDS, WORKERS = 64, (1, 2, 4)
"""Seeds whose Grams are averaged, and by how many processes."""

TURNS = 2
"""Turns of one and two workers."""

PACK = "webdataset"


def has_ray() -> bool:
    """Whether the engine ray can be measured."""
    return importlib.util.find_spec("ray") is not None


def new_plan(levers: str, folder: Path, rows: int = ROWS) -> ll.Plan:
    """Write a plan into an empty folder.

    Args:
        levers: File of levers of the bundled portraits.
        folder: The folder.
        rows: Its rows.

    Returns:
        The plan.
    """
    gan, found = ll.load_generator("portraits"), ll.load_directions(levers)
    plan = replace(plan_for(gan, found, levers, rows), shard_size=SHARD)
    return ll.create_plan(folder / "plan.json", plan)


def digest(folder: Path) -> tuple[str, int]:
    """What a folder holds.

    Args:
        folder: A folder of tars.

    Returns:
        SHA-256 of all tars, and how many there are: their bytes are pictures and labels.
    """
    total = hashlib.sha256()
    paths = sorted(folder.glob("shard-*.tar"))
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest(), len(paths)


def by(engine: str, workers: int | None, levers: str, folder: Path) -> float:
    """Draw a new batch with an engine.

    Args:
        engine: Its id.
        workers: Its processes.
        levers: File of levers.
        folder: An empty folder.

    Returns:
        Seconds.
    """
    plan = new_plan(levers, folder)
    job = PlanJob.of(plan, folder, pack=PACK)
    begun = time.perf_counter()
    draw_shards(ENGINES[engine], job, range(plan.shards), EngineOptions(workers))
    return time.perf_counter() - begun


def speed(engine: str, levers: str, place: Path) -> tuple[float, set[tuple[str, int]]]:
    """One and two workers in turns.

    Args:
        engine: "pool" or "ray".
        levers: File of levers.
        place: An empty folder.

    Returns:
        Best time of two workers over the best of one, starts of processes included; and what each
        run wrote.
    """
    seconds: dict[int, list[float]] = {1: [], 2: []}
    found: set[tuple[str, int]] = set()
    for turn in range(TURNS):
        for workers, times in seconds.items():
            folder = place / f"{turn}-{workers}"
            load = os.getloadavg()[0]
            times.append(by(engine, workers, levers, folder))
            found.add(digest(folder))
            print(
                f"  {engine}, {workers} workers: {times[-1]:.1f} s at load {load:.1f}", flush=True
            )
    return min(seconds[2]) / min(seconds[1]), found


def killed(victim: str, levers: str, folder: Path) -> tuple[str, int]:
    """Draw with Ray, and kill a process in the middle.

    Args:
        victim: "worker", whose shard Ray runs again, or "driver", after which the run is resumed.
        levers: File of levers.
        folder: An empty folder.

    Returns:
        What was written.

    Raises:
        RuntimeError: The run ended before it could be disturbed, or failed.
    """
    new_plan(levers, folder)
    words = ["vary", "--plan", str(folder), "--engine", "ray", "--workers", "2", "--pack", PACK]
    run = start(words)
    try:
        _wait(lambda: len(list(folder.glob("*.tar"))) >= 3, run)
        _wait(lambda: bool(_drawing(run)), run)
        if victim == "worker":
            _drawing(run)[0].send_signal(signal.SIGKILL)
        else:
            run.kill()
            run.wait()
            print(f"  driver killed at {digest(folder)[1]} of {ROWS // SHARD} shards", flush=True)
            run = start(words)
        if run.wait(600):
            raise RuntimeError("the run failed")
    finally:
        run.kill()
    return digest(folder)


def _drawing(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Processes of Ray that run a shard."""
    found: list[psutil.Process] = []
    for child in psutil.Process(run.pid).children(recursive=True):
        try:
            if child.cmdline()[:1] == ["ray::_shard"]:
                found.append(child)
        except psutil.Error:
            continue
    return found


def _wait(there: Callable[[], bool], run: subprocess.Popen[bytes]) -> None:
    """Wait until something is there, while a process runs."""
    while not there():
        if run.poll() is not None:
            raise RuntimeError("the run ended before it could be disturbed")
        time.sleep(0.01)


def averaged(place: Path) -> dict[str, int]:
    """The Gram of the mouth over 64 seeds, by no engine, and by each with 1, 2 and 4 workers.

    Args:
        place: An empty folder.

    Returns:
        How many sums there are, and how many differ in a bit from that of `resefa` itself; and
        entries of the directions that differ from those of `resefa`.
    """
    gan = ll.load_generator("portraits")
    codes = ll.sample_latents(gan, SEEDS, 0)
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    task = RegionTask(gan, codes, region)
    file = GeneratorFile.of("portraits", {}, fingerprint=gan.spec.fingerprint)
    with torch_threads(1), warnings.catch_warnings():
        expected, plain = _matrices(task.averages()), ll.resefa(gan, codes, region)
    engines = ["pool", "ray"] if has_ray() else ["pool"]
    cases: list[tuple[str, int | None]] = [("local", None)]
    cases += [(engine, workers) for engine in engines for workers in WORKERS]
    differing, entries = 0, 0
    for engine, workers in cases:
        begun = time.perf_counter()
        job = prepare_gram_job(task, file, place / f"{engine}-{workers}")
        sums = measure_gram_sum(job, ENGINES[engine], EngineOptions(workers))
        seconds = time.perf_counter() - begun
        load = os.getloadavg()[0]
        print(f"  {engine}, {workers or 1} workers: {seconds:.1f} s at load {load:.1f}", flush=True)
        found = _matrices(sums.finish())
        differing += any(not torch.equal(a, b) for a, b in zip(found, expected, strict=True))
        levers = ll.resefa(gan, codes, region, sums=sums)
        entries += int((levers.vectors != plain.vectors).sum())
    return {"sums": len(cases), "differing": differing, "entries": entries}


def _matrices(averages: Averages) -> list[torch.Tensor]:
    """All matrices of averages."""
    pairs: Any = (averages.overall, *(averages.halves or ()))
    return [matrix for pair in pairs for matrix in (pair.a, pair.b)]
