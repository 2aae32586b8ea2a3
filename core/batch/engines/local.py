"""Shards one after the other, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.execution import torch_threads
from .engine import AbstractEngine, EngineOptions, Report
from .job import AbstractJob


class LocalEngine(AbstractEngine):
    """Runs shards in this process, with the threads of the job."""

    id = "local"
    title = "one shard after the other, in this process"
    uses = ()

    def run(
        self, job: AbstractJob, shards: Sequence[int], options: EngineOptions, report: Report
    ) -> None:
        """See `AbstractEngine.run`."""
        with torch_threads(job.threads):
            for shard in shards:
                job.run(shard, lambda done, _, shard=shard: report(shard, done))
                report(shard, job.steps(shard))
