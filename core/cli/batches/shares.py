"""Shares of a plan that one of several runs draws, and what is checked before a plan is written."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.extras import import_extra
from ...base.number_runs import NumberRuns
from ...batch.engines import ENGINES
from ...batch.jobs.plan_job import nth_shards, within
from ...batch.packs import PACKS
from ...batch.plan import Plan
from ...batch.plan_file import PLAN
from ..command import Options
from ..sharing import read_engine


def check_sharing(options: Options) -> None:
    """Refuse, before anything is written, what cannot share the drawing of a plan.

    Args:
        options: Parsed options of `plan_sharing_parameters`, and `--out`.

    Raises:
        PackError: An option cannot be read, the engine does not use it, or a package is missing.
    """
    read_engine(options)
    if not (options.out / PLAN).exists():  # else what the folder holds is told first
        for plug_in in (ENGINES[options.engine], PACKS[options.pack]):
            if plug_in.needs is not None:
                import_extra(*plug_in.needs)
    if options.share is not None:
        nth_shards(options.share, 1)


def share_of_rows(plan: Plan, rows: Sequence[int], options: Options) -> Sequence[int]:
    """The rows that this run draws.

    Args:
        plan: The plan.
        rows: Rows that are asked for, rising.
        options: Parsed options of `plan_sharing_parameters`.

    Returns:
        All of them, or those in the shards of `--shard`.

    Raises:
        PackError: `--shard` cannot be read.
    """
    if options.share is None:
        return rows
    runs: list[tuple[int, int]] = []
    for shard in nth_shards(options.share, plan.shards):
        part = within(rows, plan.shard(shard))
        if isinstance(part, range):
            runs.append((part.start, part.stop))
        else:
            runs.extend((row, row + 1) for row in part)
    return NumberRuns.joined(run for run in runs if run[0] < run[1])
