"""The folder of a batch as an argument, what its plan asks for, and its lock."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from itertools import pairwise
from pathlib import Path

import click

from ...base.errors import PackError
from ...base.number_runs import NumberRuns
from ...batch.facts import manifest_line
from ...batch.plan_file import PLAN, read_plan
from ...batch.row_numbers import NO_ROWS, read_rows
from ...batch.stored.findings import Expected
from ...batch.stored.records import Record
from ...batch.stored.stored_pictures import StoredPictures
from ..command import Options


def batch_argument() -> click.Parameter:
    """Declare the folder of a batch.

    Returns:
        The argument.
    """
    return click.Argument(["folder"], type=click.Path(path_type=Path))


def batch_folder(options: Options) -> Path:
    """The folder of a batch, for which the file of its plan may stand.

    Args:
        options: Parsed options of `batch_argument`.

    Returns:
        The folder.

    Raises:
        PackError: There is no such folder.
    """
    given: Path = options.folder
    path = given.parent if given.name == PLAN and given.is_file() else given
    if not path.is_dir():
        raise PackError(f"There is no folder {str(given)!r}", "a folder that vary wrote")
    return path


def rows_parameter(what: str) -> click.Parameter:
    """Declare `--rows`.

    Args:
        what: What is done with these rows.

    Returns:
        The option.
    """
    return click.Option(
        ["--rows"],
        help=f"{what} only these rows: numbers such as 137,2000-2999, or the picks.json of a "
        "gallery",
    )


def chosen_records(
    stored: StoredPictures, options: Options, plan: str, count: int = 0
) -> list[Record]:
    """The pictures that `--rows` chooses; all without it.

    Args:
        stored: The batch.
        options: Parsed options of `rows_parameter`.
        plan: Digest of its plan; empty where there is none.
        count: Rows of the plan; 0 where there is none, so that the last picture is the last row.

    Returns:
        At least one, in order.

    Raises:
        PackError: The rows cannot be read, or none of them was drawn.
    """
    if options.rows is None:
        return stored.records
    chosen = read_rows(options.rows, max(count, stored.records[-1].row + 1), plan)
    stops = [stop for _, stop in chosen.runs]
    records = [
        record
        for record in stored.records
        if (run := bisect_right(stops, record.row)) < len(stops)
        and chosen.runs[run][0] <= record.row
    ]
    if not records:
        raise PackError("None of these rows was drawn", "rows of pictures that are there")
    return records


def plan_of(folder: Path) -> str:
    """The digest of the plan of a batch.

    Args:
        folder: The folder.

    Returns:
        The digest; empty where there is no plan.

    Raises:
        PackError: The plan cannot be read.
    """
    return read_plan(folder).digest if (folder / PLAN).exists() else ""


def expected_files(folder: Path) -> Expected | None:
    """What the plan of a batch asks for.

    Args:
        folder: The folder.

    Returns:
        The files; none where there is no plan.

    Raises:
        PackError: The plan cannot be read.
    """
    if not (folder / PLAN).exists():
        return None
    plan = read_plan(folder)
    return Expected(
        len(plan),
        plan.file_name,
        plan.digest,
        plan.shard,
        plan.shard_of,
        partial(manifest_line, plan),
    )


def missing_rows(stored: StoredPictures, options: Options, expected: Expected | None) -> NumberRuns:
    """Rows that the plan of a batch asks for, and of which nothing is stored.

    Args:
        stored: The batch.
        options: Parsed options of `rows_parameter`, which may choose rows.
        expected: What its plan asks for; none where there is no plan, which knows of no others.

    Returns:
        The rows, rising.
    """
    if expected is None:
        return NO_ROWS
    asked = NumberRuns(((0, expected.count),))
    if options.rows is not None:
        asked = read_rows(options.rows, expected.count, expected.digest)
    known = [record.row for record in stored.records]
    gaps: list[tuple[int, int]] = []
    for start, stop in asked.runs:
        inside = known[bisect_left(known, start) : bisect_left(known, stop)]
        ends = [start - 1, *inside, stop]
        gaps += [(a + 1, b) for a, b in pairwise(ends) if a + 1 < b]
    return NumberRuns(tuple(gaps))
