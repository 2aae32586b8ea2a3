"""The shards of a plan, drawn by any engine."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...base.errors import PackError
from ...base.number_runs import NumberRuns
from ...base.progress import Progress
from ...base.wording import warn
from ..drawing import Drawer
from ..engines.engine import AbstractEngine, EngineOptions, run_shards
from ..engines.job import AbstractJob
from ..opening import Places, open_drawer
from ..packs import PACKS
from ..plan import Plan
from ..plan_file import read_plan
from ..running import draw_shard

_SECONDS = 0.5
"""Time between two looks at a shard that another process draws."""


@dataclass(frozen=True)
class PlanJob(AbstractJob):
    """Shards of the plan of a folder; a process opens the plan's files once and keeps them."""

    folder: Path
    """Folder of the plan and of what is drawn; every process must see it."""
    digest: str
    """That of the plan."""
    count: int
    """Rows of the plan when the job was made."""
    places: Places
    """Where the generator and the levers are."""
    pack: str = "files"
    """One of `PACKS`."""
    rows: NumberRuns | None = None
    """Rows that are drawn; none means all."""
    threads: int = 1
    """Threads of torch in each process."""

    @classmethod
    def of(
        cls,
        plan: Plan,
        folder: Path,
        places: Places | None = None,
        pack: str = "files",
        rows: NumberRuns | None = None,
    ) -> PlanJob:
        """The job of a plan that its folder holds.

        Args:
            plan: The plan.
            folder: Its folder.
            places: Where its files are; none means where the plan says.
            pack: One of `PACKS`.
            rows: Rows that are drawn; none means all.

        Returns:
            The job.
        """
        PACKS[pack]  # raises where there is none
        place = folder.resolve()
        return cls(place, plan.digest, len(plan), places or Places(place), pack, rows)

    def rows_of(self, shard: int) -> Sequence[int]:
        """Rows of a shard that are drawn.

        Args:
            shard: Its number.

        Returns:
            The rows, rising.
        """
        whole = _plan(self.folder, self.digest, self.count).shard(shard)
        if self.rows is None:
            return whole
        return within(self.rows, whole)

    def steps(self, shard: int) -> int:
        """See `AbstractJob.steps`."""
        return max(1, len(self.rows_of(shard)))

    def is_done(self, shard: int) -> bool:
        """See `AbstractJob.is_done`."""
        plan, rows = _plan(self.folder, self.digest, self.count), self.rows_of(shard)
        return not rows or not PACKS[self.pack].missing(plan, self.folder, rows)

    def run(self, shard: int, progress: Progress) -> None:
        """See `AbstractJob.run`; waits where another process draws the shard."""
        plan, rows = _plan(self.folder, self.digest, self.count), self.rows_of(shard)
        pack = PACKS[self.pack]

        def opened() -> Drawer:
            return _drawer(self.folder, self.digest, self.count, self.places)

        done = len(rows)
        while draw_shard(opened, pack, plan, self.folder, rows, progress) is None:
            progress(0, done)
            time.sleep(_SECONDS)
        if _drawer.cache_info().currsize:
            drawer = opened()
            for sentence in drawer.report():
                warn(f"Shard {shard}: {sentence}")
            drawer.shortened.clear()


def draw_shards(
    engine: AbstractEngine,
    job: PlanJob,
    shards: Sequence[int],
    options: EngineOptions | None = None,
    progress: Progress | None = None,
) -> int:
    """Draw what a folder lacks of some shards.

    Args:
        engine: The engine.
        job: The plan.
        shards: Numbers of shards, such as `nth_shards` of one of several machines.
        options: Processes and address of the engine.
        progress: Called with (done, total) rows; may raise to cancel, which keeps what is written.

    Returns:
        How many shards lacked something.

    Raises:
        PackError: Something does not fit, or a process ended again and again.
    """
    chosen = [shard for shard in shards if len(job.rows_of(shard))]
    return run_shards(engine, job, chosen, options, progress)


def within(rows: Sequence[int], span: range) -> Sequence[int]:
    """The rows of a span.

    Args:
        rows: Rising.
        span: Numbers without gaps.

    Returns:
        Those of the rows that are among them.
    """
    return rows[bisect_left(rows, span.start) : bisect_left(rows, span.stop)]


def nth_shards(text: str, count: int) -> range:
    """The shards of one of several runs that share a plan, such as those of a SLURM array.

    Args:
        text: "i/n", such as "0/8": every n-th shard from the i-th on; i from 0 to n - 1.
        count: Number of shards.

    Returns:
        Their numbers; none where there are more runs than shards.

    Raises:
        PackError: The text cannot be read.
    """
    first, slash, of = text.strip().partition("/")
    if slash and first.isdecimal() and of.isdecimal() and max(len(first), len(of)) < 10:
        number, runs = int(first), int(of)
        if number < runs:
            return range(number, count, runs)
    raise PackError(
        f"The share {text[:40]!r} cannot be read",
        "i/n with i from 0 to n - 1, such as 0/8 for the first of eight runs",
    )


@lru_cache(maxsize=2)
def _plan(folder: Path, digest: str, count: int) -> Plan:
    """The plan of a folder, read once per process.

    Returns:
        The plan, which may have grown since.

    Raises:
        PackError: It is another plan than the job's.
    """
    plan = read_plan(folder)
    if plan.digest != digest or len(plan) < count:
        raise PackError(
            f"{folder} holds another plan than the one that is drawn", "the same plan in one run"
        )
    return plan


@lru_cache(maxsize=1)
def _drawer(folder: Path, digest: str, count: int, places: Places) -> Drawer:
    """The drawer of a plan, opened once per process."""
    return open_drawer(_plan(folder, digest, count), places)
