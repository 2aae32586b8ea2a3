"""What a check of a batch finds, and what a plan leads it to expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...base.number_runs import NumberRuns
from ..row_numbers import NO_ROWS

KINDS = {
    "damaged": "zeroed, truncated or otherwise no whole picture",
    "misplaced": "a whole picture of another row",
    "doubled": "the same bytes, or the same row, twice",
    "orphaned": "in no line of the manifest",
    "unfinished": "a temporary file that a kill left",
    "missing": "rows without a picture",
    "unreadable": "lines of the manifest that say nothing",
}
"""Kinds of findings, and what each means."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong."""

    kind: str
    """One of `KINDS`."""
    file: str
    """Name of the file; empty for rows and lines."""
    words: str
    """What is wrong, as the end of a sentence that begins with the file."""
    rows: NumberRuns = NO_ROWS
    """Rows that are missing."""
    shard: int | None = None
    """The shard to which the file belongs, whose lock a repair takes; none for other files."""


@dataclass(frozen=True)
class Expected:
    """The files that a plan asks for."""

    count: int
    """Number of rows."""
    file_name: Callable[[int], str]
    """The name of the file of a row."""
    digest: str = ""
    """Digest of the plan."""
    shard: Callable[[int], range] | None = None
    """The rows of a shard; none where nobody stored shards."""
    shard_of: Callable[[int], int] | None = None
    """The shard of a row; none where nobody draws shards."""
