"""What a check of a batch finds, and what a plan leads it to expect."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from ...base.number_runs import NumberRuns
from ..row_numbers import NO_ROWS

KINDS = {
    "damaged": "zeroed, truncated, changed or otherwise no whole picture",
    "misplaced": "a whole picture of another row",
    "doubled": "the same bytes, or the same row, twice",
    "orphaned": "in no line of the manifest",
    "unfinished": "a temporary file that a kill left",
    "missing": "rows without a picture",
    "unreadable": "lines of the manifest that say nothing",
}
"""Kinds of findings, and what each means."""

MOST_SEARCHED = 1_000_000
"""Rows of the longest plan of which every name is compared with those of unknown files."""

_DIGITS = re.compile(r"[0-9]{1,15}")


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
    """Rows that are missing, or stored twice."""
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
    line: Callable[[int], str] | None = None
    """The line of a row in the manifest; none where nobody asks for it."""

    def rows_of(self, names: Iterable[str], known: Collection[int] = ()) -> dict[str, int]:
        """Find the rows for which files stand.

        Args:
            names: Names of files.
            known: Rows that are not looked for.

        Returns:
            Rows by name, without names of no row. In plans of more than `MOST_SEARCHED` rows only
            those whose name holds the number of the row.
        """
        found: dict[str, int] = {}
        rest: set[str] = set()
        for name in names:
            numbers = (int(run) for run in _DIGITS.findall(name))
            rows = (row for row in numbers if row < self.count and self.file_name(row) == name)
            row = next(rows, None)
            if row is None:
                rest.add(name)
            elif row not in known:
                found[name] = row
        if rest and self.count <= MOST_SEARCHED:
            for row in range(self.count):
                if row not in known and (name := self.file_name(row)) in rest:
                    found[name] = row
        return found
