"""Grams of many codes, measured in shards by any engine; `gram_sum` says how they add up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ...base.atomic_files import write_safetensors
from ...base.errors import PackError, SolveError
from ...base.hashing import fingerprint
from ...base.progress import Progress, no_progress
from ...concepts.latent_code import LatentCode
from ...concepts.region import Region
from ...files.containers.safetensors_file import FORMAT_KEY, SafetensorsFile
from ...files.latent_files import load_latents, save_latents
from ...jacobians.options import Derivative, JacobianOptions
from ...levers.grams.gram_sum import SHARD_CODES, GramSum
from ...levers.grams.gram_sum_files import load_gram_sum, save_gram_sum
from ...levers.grams.region_grams import RegionTask
from ...levers.routes.fast import settled
from ..engines.engine import AbstractEngine, EngineOptions, run_shards
from ..engines.job import AbstractJob
from ..locks import hold_lock
from .generator_file import GeneratorFile, open_generator_file
from .gram_files import join_sums, sum_file, sum_files

GRAM_TASK_FORMAT = "gram-task/1"
"""Value of the format key of the file of regions."""

_CODES, _REGIONS = "codes.safetensors", "regions.safetensors"

_STEPS = 100
"""Steps of progress per code."""


@dataclass(frozen=True)
class GramJob(AbstractJob):
    """The Grams of a region and its background, summed over shards of `SHARD_CODES` codes.

    The codes are mapped once and stored in the folder, since the bits of a mapped code depend on
    the others of its batch.
    """

    folder: Path
    """Codes, regions and sums; every process must see it."""
    generator: GeneratorFile
    """The generator."""
    count: int
    """Number of codes."""
    derivative: Derivative
    """What is differentiated."""
    options: JacobianOptions
    """How; without a cache. With memory for all columns the sums are bit-equal everywhere."""
    average_by: str
    """One of `gram_sum.AVERAGES`."""
    digest: str
    """SHA-256 of all that decides the sums."""
    threads: int = field(default=1)
    """Threads of torch in each process."""

    @property
    def shards(self) -> range:
        """Numbers of all shards."""
        return range(-(-self.count // SHARD_CODES))

    def _span(self, shard: int) -> tuple[int, int]:
        """First code of a shard, and the one after its last."""
        return shard * SHARD_CODES, min((shard + 1) * SHARD_CODES, self.count)

    def steps(self, shard: int) -> int:
        """See `AbstractJob.steps`."""
        start, stop = self._span(shard)
        return _STEPS * (stop - start)

    def is_done(self, shard: int) -> bool:
        """See `AbstractJob.is_done`: a file holds the shard, alone or joined with others."""
        start, stop = self._span(shard)
        return any(low <= start and stop <= high for low, high, _ in sum_files(self.folder))

    def run(self, shard: int, progress: Progress) -> None:
        """See `AbstractJob.run`."""
        gan = open_generator_file(self.generator)
        codes, regions = _inputs(self.folder, self.digest)
        start, stop = self._span(shard)
        part = [_rows(region, start, stop) for region in regions]
        task = RegionTask(
            gan,
            codes[start:stop],
            *part,
            space=self.derivative.space,
            layers=self.derivative.layers,
            noise_mode=self.derivative.noise_mode,
            mode=self.derivative.mode,
            average_by=self.average_by,
            effort=self.options,
        )
        steps = self.steps(shard)
        sums = GramSum(self.average_by, task.scale)
        each = task.each_gram(lambda done, total: progress(steps * done // total, steps))
        for number, grams in enumerate(each, start):
            sums.add(number, grams)
        save_gram_sum(sums, sum_file(self.folder, start, stop))


def prepare_gram_job(task: RegionTask, generator: GeneratorFile, folder: Path) -> GramJob:
    """Write what processes need to measure the Grams of a task, or check what an earlier run wrote.

    What precision "fast" stands for is settled here, since other processes may run elsewhere.

    Args:
        task: Generator, codes, regions and derivative.
        generator: How processes open the same generator.
        folder: The folder; created if it does not exist.

    Returns:
        The job.

    Raises:
        PackError: The folder holds the Grams of another task.
    """
    task = settled(task)
    derivative, options = task.derivative, task.options
    regions = {"region": task.region.weights, "background": task.outside.weights}
    codes = task.codes
    tensors = {"values": codes.values, "labels": codes.labels, "z": codes.z}
    tensors |= {"z_shift": codes.z_shift, "style_shift": codes.style_shift}
    facts = {
        "generator": task.gan.spec.fingerprint,
        "settings": str(getattr(task.gan.network, "settings", "")),
        "codes": fingerprint({name: t for name, t in tensors.items() if t is not None}),
        "space": codes.space.value,
        "truncation": [codes.truncation_psi, codes.truncation_cutoff],
        "regions": fingerprint(regions),
        "derivative": str(derivative),
        "average_by": task.average_by,
        "how": [options.strategy, options.precision, str(options.keep)],
        "shard": SHARD_CODES,
    }
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    job = GramJob(folder, generator, len(codes), derivative, options, task.average_by, digest)
    place = folder / _REGIONS
    if place.exists():
        _inputs(folder, digest)
        return job
    save_latents(codes, folder / _CODES)
    # Last, since its presence says that the folder is complete.
    write_safetensors(
        place, regions, {FORMAT_KEY: GRAM_TASK_FORMAT, "settings": json.dumps({"digest": digest})}
    )
    return job


def measure_gram_sum(
    job: GramJob,
    engine: AbstractEngine,
    options: EngineOptions | None = None,
    progress: Progress | None = None,
) -> GramSum:
    """Measure the shards of a job that its folder lacks, and add all up.

    Meanwhile sums of shards are joined as soon as both halves of a node of the tree are there, so
    that the folder holds a few files however many shards there are.

    Args:
        job: The job.
        engine: The engine.
        options: Its processes and address.
        progress: Called with (done, total) steps; may raise to cancel.

    Returns:
        The sum over all codes, bit-equal whatever the engine and the order.

    Raises:
        PackError: A shard cannot be measured, or another run measures into the folder.
        SolveError: A file of the folder is damaged, or of other codes.
    """
    report = progress or no_progress

    def step(done: int, total: int) -> None:
        join_sums(job.folder)
        report(done, total)

    with hold_lock(job.folder, "sum", seconds=0):  # one process at a time may join files
        run_shards(engine, job, job.shards, options, step)
        join_sums(job.folder)
    sums: GramSum | None = None
    for _, _, path in sorted(sum_files(job.folder)):
        found = load_gram_sum(path)
        if sums is None:
            sums = found
        else:
            sums.merge(found)
    assert sums is not None  # `run_shards` checked that the shards are there
    if sums.count != job.count:
        raise SolveError(
            f"{job.folder} holds the Grams of {sums.count} codes",
            f"those of {job.count}",
            "Delete the folder, and measure again",
        )
    return sums


def _rows(region: Region, start: int, stop: int) -> Region:
    """A region for some of the codes."""
    if len(region.weights) == 1:
        return region
    return Region(region.weights[start:stop], region.name)


@lru_cache(maxsize=1)
def _inputs(folder: Path, digest: str) -> tuple[LatentCode, tuple[Region, Region]]:
    """Codes and regions of a folder, read once per process.

    Returns:
        The codes; region and background.

    Raises:
        PackError: They are those of another task.
    """
    path = folder / _REGIONS
    checkpoint = SafetensorsFile().read(path)
    tensors = checkpoint.tensors
    if checkpoint.config.get("digest") != digest or set(tensors) != {"region", "background"}:
        raise PackError(
            f"{folder} holds the Grams of other codes, regions or settings",
            "an empty folder, or one of the same task",
            "Choose another folder",
        )
    regions = (
        Region(tensors["region"], "the region"),
        Region(tensors["background"], "the background"),
    )
    return load_latents(folder / _CODES), regions
