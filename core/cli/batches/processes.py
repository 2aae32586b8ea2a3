"""Processes of several threads each, on the cores of one machine."""

from __future__ import annotations

from dataclasses import replace

from ...base.wording import counted, warn
from ...batch.engines.engine import EngineOptions
from ...batch.engines.pool import cores


def engine_for_threads(engine: EngineOptions, threads: int) -> EngineOptions:
    """Share the cores of this machine among processes of several threads each, and say so.

    Args:
        engine: Processes that were asked for.
        threads: Threads of each, as the plan states them.

    Returns:
        The same with a number of processes, where nobody chose one.
    """
    if threads == 1 or engine.address is not None:
        return engine
    found = cores()
    workers = engine.workers or max(1, found // threads)
    if engine.workers is not None and workers * threads <= found:
        return engine
    many = counted(workers, "process", "processes")
    warn(
        f"The plan states {threads} threads for each picture, which decide its last bits: {many} "
        f"of {threads} threads on {counted(found, 'core')}. Quicker is a new plan with --threads "
        "1, in another folder, and a process per core"
    )
    return replace(engine, workers=workers)
