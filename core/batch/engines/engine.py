"""The interface of engines, and the run of a job by one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ...base.errors import PackError
from ...base.progress import Progress, no_progress
from .job import AbstractJob

Report = Callable[[int, int], None]
"""Called with (shard, done): steps of a shard that are done; may raise to cancel."""

MOST_WORKERS = 1024
"""Most processes of a pool, or tasks of a cluster at a time."""


@dataclass(frozen=True)
class EngineOptions:
    """Where an engine finds its processes."""

    workers: int | None = None
    """Processes at a time; none means one per core (of the whole cluster)."""
    address: str | None = None
    """Address of a Ray cluster, such as "auto" or "ray://head:10001"; none starts one here."""

    def __post_init__(self) -> None:
        """Check the number of processes.

        Raises:
            PackError: It is below 1 or above `MOST_WORKERS`.
        """
        if self.workers is not None and not 1 <= self.workers <= MOST_WORKERS:
            found = f"{self.workers} workers were requested"
            raise PackError(found, f"a number from 1 to {MOST_WORKERS}")


class AbstractEngine(ABC):
    """Runs the shards of a job, in this process or in others."""

    id: str
    """Short stable name, such as "pool"."""
    title: str
    """Where shards run, for people."""
    uses: tuple[str, ...]
    """Fields of `EngineOptions` that the engine reads."""
    needs: tuple[str, str, str] | None = None
    """Arguments of `import_extra` for an optional package without which it cannot work, if any."""

    @abstractmethod
    def run(
        self, job: AbstractJob, shards: Sequence[int], options: EngineOptions, report: Report
    ) -> None:
        """Run shards; returns once the result of each is there.

        Args:
            job: The job.
            shards: Numbers of shards, at least one, none of which is done.
            options: Processes and address.
            report: Called as shards proceed, in the thread that calls `run`.

        Raises:
            PackError: A shard cannot be computed, or its process ended again and again.
        """


def run_shards(
    engine: AbstractEngine,
    job: AbstractJob,
    shards: Iterable[int],
    options: EngineOptions | None = None,
    progress: Progress | None = None,
) -> int:
    """Run the shards of a job that are not done yet.

    Args:
        engine: The engine.
        job: The job.
        shards: Numbers of shards.
        options: Processes and address; none means the engine's defaults.
        progress: Called with (done, total) steps over all of the shards; an exception raised from
            it cancels, and ends the processes.

    Returns:
        How many shards were run.

    Raises:
        PackError: An option means nothing to the engine, a shard cannot be computed, or its process
            ended again and again.
    """
    options = options or EngineOptions()
    for name in ("workers", "address"):
        if getattr(options, name) is not None and name not in engine.uses:
            raise PackError(
                f"{name} was given, which the engine {engine.id!r} does not use",
                f"it with another engine, or {name} left out",
            )
    sizes = {shard: job.steps(shard) for shard in shards}
    missing = [shard for shard in sizes if not job.is_done(shard)]
    report, total = progress or no_progress, sum(sizes.values())
    steps = dict.fromkeys(missing, 0)
    before = total - sum(sizes[shard] for shard in missing)
    done = before
    report(done, total)

    def proceed(shard: int, now: int) -> None:
        nonlocal done
        done += now - steps[shard]  # less where a shard begins anew
        steps[shard] = now
        report(done, total)

    if missing:
        engine.run(job, missing, options, proceed)
    lost = [shard for shard in missing if not job.is_done(shard)]
    if lost:
        raise PackError(
            f"The results of {len(lost)} shards are not there, that of shard {lost[0]} first",
            "a folder that all processes see",
            "Choose a folder that is shared by all machines, and start again: what is done is kept",
        )
    return len(missing)
