"""Rows of a plan from a table, such as a spreadsheet saves it (CSV)."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import PackError
from ..base.json_fields import shown
from ..base.number_runs import NumberRuns
from ..base.seeds import SEEDS
from .file_names import check_stem
from .rows import MOST_TABLE_PULLS, MOST_TABLE_ROWS, RowsEntry, TableRow

_MOST_BYTES = 32 * 2**20
"""Largest file of a table."""

_LONGEST_CELL = 1000

FORM = (
    "a first row of names and then a row per picture: seed, a column per lever (its name or "
    "number) with strengths, empty where it is not pulled, and, if you like, file"
)
"""What a table is, for messages and help."""


@dataclass(frozen=True)
class Table:
    """What a table asks for."""

    seeds: NumberRuns | None
    """Different seeds in order of appearance; none where rows name stored codes."""
    rows: RowsEntry
    """The rows."""


def read_table(path: Path, levers: Sequence[str], stored: bool = False) -> Table:
    """Read a table.

    Args:
        path: A text in UTF-8 with commas, semicolons or tabs between cells. The first row names
            the columns: "seed" (from 0 to 2^32 - 1), or "code" (a row of a file of latent codes,
            from 0); a column per lever, by its name or number, whose cells are strengths; an empty
            cell, and 0, leaves the lever alone; "file" names the pictures, without ending.
        levers: A name per lever.
        stored: Whether rows name stored codes.

    Returns:
        The rows, at most `MOST_TABLE_ROWS`.

    Raises:
        PackError: The file cannot be read, a column is unknown or missing, a cell is no number, or
            there are too many rows or none.
    """
    if not path.is_file():
        raise PackError(f"There is no table {str(path)!r}", FORM)
    if path.stat().st_size > _MOST_BYTES:
        raise PackError(f"The table {str(path)!r} is too large", f"at most {_MOST_BYTES:,} bytes")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PackError(f"The table {str(path)!r} is not in UTF-8", "a text in UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        names = [name.strip() for name in next(lines, [])]
        columns = _columns(names, levers, stored)
        numbers: list[int] = []
        rows: list[TableRow] = []
        pulls = 0
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            number, row = _row(cells, columns, f"row {len(rows) + 1}", stored)
            numbers.append(number)
            rows.append(row)
            pulls += len(row.pulls)
            if len(rows) > MOST_TABLE_ROWS or pulls > MOST_TABLE_PULLS:
                raise PackError(
                    f"The table has more than {MOST_TABLE_ROWS:,} rows or {MOST_TABLE_PULLS:,} "
                    "strengths",
                    "at most as many",
                    "Split it, or plan a grid or random rows, which need no table",
                )
    except csv.Error as error:
        raise PackError(f"The table cannot be read ({error})", FORM) from None
    if not rows:
        raise PackError("The table has no rows", FORM)
    seeds = None if stored else NumberRuns.of(numbers)
    places = {} if seeds is None else {seed: place for place, seed in enumerate(seeds)}
    table = tuple(
        row if seeds is None else TableRow(places[number], row.pulls, row.name)
        for number, row in zip(numbers, rows, strict=True)
    )
    return Table(seeds, RowsEntry("table", len(table), table=table, counted=len(table)))


def _delimiter(text: str) -> str:
    """What stands between the names of the first row."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(names: Sequence[str], levers: Sequence[str], stored: bool) -> list[int | str]:
    """What each column is: "seed", "file", or the number of a lever."""
    key = "code" if stored else "seed"
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise PackError(f"Two columns of the table are named {shown(repeated[0])}", "one of each")
    if key not in names:
        other = "; rows name codes of the file of latent codes" if stored else ""
        raise PackError(f"The table has no column {key!r}{other}", FORM.replace("seed", key, 1))
    times = Counter(levers)
    columns: list[int | str] = []
    for name in names:
        if name in (key, "file"):
            columns.append("key" if name == key else name)
        elif times[name] == 1:
            columns.append(levers.index(name))
        elif name.isdecimal() and len(name) < 8 and int(name) < len(levers):
            columns.append(int(name))
        else:
            several = f", the name of {times[name]} levers" if times[name] else ""
            known = ", ".join(levers[:5]) + (", ..." if len(levers) > 5 else "")
            raise PackError(
                f"The table has a column {shown(name)}{several}",
                f"{key}, file, or a lever: {known}, or a number from 0 to {len(levers) - 1}",
            )
    indices = [column for column in columns if isinstance(column, int)]
    if len(set(indices)) < len(indices):
        raise PackError("Two columns of the table are the same lever", "a column per lever")
    return columns


def _row(
    cells: Sequence[str], columns: Sequence[int | str], where: str, stored: bool
) -> tuple[int, TableRow]:
    """Seed or code of a row, and the rest of it."""
    if len(cells) > len(columns):
        raise PackError(f"The table has {len(cells)} cells in {where}", f"{len(columns)}")
    key, name = -1, ""
    pulls: list[tuple[int, float]] = []
    for column, cell in zip(columns, cells, strict=False):
        text = cell.strip()
        if column == "key":
            key = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
        elif column == "file":
            name = check_stem(text) if text else ""
        elif text and isinstance(column, int):
            strength = _strength(text, where)
            if strength:
                pulls.append((column, strength))
    if not 0 <= key < SEEDS:
        what = "code" if stored else "seed"
        raise PackError(f"The table has no {what} in {where}", "a whole number from 0")
    return key, TableRow(key, tuple(pulls), name)


def _strength(text: str, where: str) -> float:
    """A strength."""
    try:
        strength = float(text) if len(text) <= _LONGEST_CELL else math.nan
    except ValueError:
        strength = math.nan
    if not math.isfinite(strength):
        raise PackError(f"The table has {shown(text)} as a strength in {where}", "a number")
    return strength
