"""Shards of a batch, one after the other, each under its lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from ..base.errors import PackError
from ..base.progress import Progress, no_progress
from .drawing import Drawer
from .locks import shard_lock
from .packs.pack import AbstractPack
from .parts import sweep_shard
from .plan import Plan


@dataclass
class Drawn:
    """What a run did."""

    drawn: int = 0
    """Rows that were drawn."""
    found: int = 0
    """Rows that were there before."""
    busy: list[int] = field(default_factory=list[int])
    """Shards that other processes were drawing."""


def draw_shard(
    open_drawer: Callable[[], Drawer],
    pack: AbstractPack,
    plan: Plan,
    folder: Path,
    rows: Sequence[int],
    progress: Progress | None = None,
) -> int | None:
    """Draw what one shard lacks.

    Args:
        open_drawer: Returns a drawer of the plan; called only where something is drawn.
        pack: How pictures are stored.
        plan: The plan.
        folder: The folder of the batch.
        rows: Rows of one shard, rising, at least one; all of it for packs of whole shards.
        progress: Called with (done, total) missing rows; may raise to cancel.

    Returns:
        How many rows were drawn; none where another process draws the shard.
    """
    shard = plan.shard_of(rows[0])
    lock = shard_lock(folder, shard)
    if lock is None:
        return None
    try:
        sweep_shard(folder, shard)
        missing = pack.missing(plan, folder, rows)
        return pack.write(open_drawer(), missing, folder, progress) if missing else 0
    finally:
        lock.release()


def draw_rows(
    open_drawer: Callable[[], Drawer],
    pack: AbstractPack,
    plan: Plan,
    folder: Path,
    rows: Sequence[int],
    progress: Progress | None = None,
) -> Drawn:
    """Draw what a folder lacks of some rows, in this process.

    Args:
        open_drawer: Returns a drawer of the plan; called only where something is drawn.
        pack: How pictures are stored.
        plan: The plan.
        folder: The folder of the batch.
        rows: Rows, rising.
        progress: Called with (done, total) rows; may raise to cancel, which keeps what is written.

    Returns:
        What was drawn, and what other processes are drawing.

    Raises:
        PackError: Other processes are drawing all of it, or the folder holds another pack.
    """
    pack.check_folder(folder)
    report, result, done = progress or no_progress, Drawn(), 0
    report(0, len(rows))
    for part in by_shard(plan, rows):
        before = done

        def proceed(now: int, total: int, before: int = before, size: int = len(part)) -> None:
            report(before + size - total + now, len(rows))

        count = draw_shard(open_drawer, pack, plan, folder, part, proceed)
        done += len(part)
        if count is None:
            result.busy.append(plan.shard_of(part[0]))
            continue
        result.drawn += count
        result.found += len(part) - count
        report(done, len(rows))
    if result.busy and not result.drawn and not result.found:
        raise PackError(
            f"Another run of vary writes to {folder}",
            "rows that no other run draws",
            "Wait until it ends. «another_folder»",
        )
    return result


def by_shard(plan: Plan, rows: Sequence[int]) -> Iterator[Sequence[int]]:
    """Divide rows by their shards.

    Args:
        plan: The plan.
        rows: Rising.

    Yields:
        Rows of one shard.
    """
    if isinstance(rows, range) and rows.step == 1:
        size = plan.shard_size
        for shard in range(rows.start // size, -(-rows.stop // size)):
            yield range(max(rows.start, shard * size), min(rows.stop, (shard + 1) * size))
        return
    for _, part in groupby(rows, plan.shard_of):
        yield list(part)
