"""Rows of a plan from a table, such as a spreadsheet saves it (CSV)."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..base.errors import PackError
from ..base.json_fields import shown
from ..base.number_runs import NumberRuns
from ..base.seeds import SEEDS
from .file_names import check_stem, without_ending
from .rows import MOST_TABLE_PULLS, MOST_TABLE_ROWS, RowsEntry, TableRow

_MOST_BYTES = 32 * 2**20
"""Largest file of a table."""

_LONGEST_CELL, _SHOWN_NAMES = 1000, 5

_WHOLE = re.compile(r"(\d{1,10})(\.0*)?")
"""A whole number, also as programs write it whose columns are of floats."""

_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What may stand between cells."""

FORM = (
    "a first row of names and then a row per picture, with commas, semicolons or tabs between "
    "cells: seed, a column per lever (its name or number) with strengths, empty where it is not "
    "pulled, and, if you like, file"
)
"""What a table is, for messages and help."""


@dataclass(frozen=True)
class Table:
    """What a table asks for."""

    seeds: NumberRuns | None
    """Different seeds in order of appearance; none where rows name stored codes."""
    rows: RowsEntry
    """The rows."""


def read_table(
    path: Path, levers: Sequence[str], stored: bool = False, image: str = "png"
) -> Table:
    """Read a table.

    Args:
        path: A text in UTF-8 with commas, semicolons or tabs between cells. The first row names
            the columns: "seed" (from 0 to 2^32 - 1), or "code" (a row of a file of latent codes,
            from 0); a column per lever, by its name or number, whose cells are strengths; an empty
            cell, and 0, leaves the lever alone; "file" names the pictures, whose ending may be
            left out.
        levers: A name per lever.
        stored: Whether rows name stored codes.
        image: Format of the pictures, one of `FORMATS`.

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
    mark = _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        names = [name.strip() for name in next(lines, [])]
        columns = _columns(names, levers, stored, mark)
        numbers: list[int] = []
        rows: list[TableRow] = []
        pulls = 0
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"row {len(rows) + 1}"
            number, row = _row(cells, columns, where, stored)
            name = check_stem(without_ending(row.name, image)) if row.name else ""
            numbers.append(number)
            rows.append(replace(row, name=name))
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
    return max(_MARKS, key=first.count)


def _columns(
    names: Sequence[str], levers: Sequence[str], stored: bool, mark: str
) -> list[int | str]:
    """What each column is: "key" (of seeds or codes), "file", or the number of a lever."""
    key = "code" if stored else "seed"
    folded = {name: name.casefold() for name in names if name not in levers}
    names = [folded[name] if folded.get(name) in (key, "file") else name for name in names]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise PackError(f"Two columns of the table are named {shown(repeated[0])}", "one of each")
    if key not in names:
        other = "; the codes are stored ones, which rows name" if stored else ""
        raise PackError(
            f"The table has no column {key!r}{other}; {_found(names, mark)}",
            FORM.replace("seed", key, 1),
        )
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
    if len(cells) != len(columns):
        raise PackError(
            f"The table has {len(cells)} cell{'s' if len(cells) != 1 else ''} in {where}",
            f"{len(columns)}, as in the row of names; the cell of a lever that is not pulled is "
            "empty",
        )
    key, name = -1, ""
    pulls: list[tuple[int, float]] = []
    for column, cell in zip(columns, cells, strict=True):
        text = cell.strip()
        if column == "key":
            key = _key(text, where, stored)
        elif column == "file":
            name = text
        elif text and isinstance(column, int):
            strength = _strength(text, where)
            if strength:
                pulls.append((column, strength))
    return key, TableRow(key, tuple(pulls), name)


def _found(names: Sequence[str], mark: str) -> str:
    """The names of the columns, for messages."""
    if not any(names):
        return "its first row is empty"
    several = ", ..." if len(names) > _SHOWN_NAMES else ""
    read = ", ".join(map(shown, names[:_SHOWN_NAMES])) + several
    return f"its columns, between {_MARKS[mark]}, are {read}"


def _key(text: str, where: str, stored: bool) -> int:
    """A seed, or the row of a code."""
    what = "code" if stored else "seed"
    whole = _WHOLE.fullmatch(text) if text.isascii() else None
    if whole is not None and int(whole[1]) < SEEDS:
        return int(whole[1])
    expected = "a whole number from 0" if stored else f"a whole number from 0 to {SEEDS - 1}"
    if not text:
        raise PackError(f"The table has no {what} in {where}", expected)
    raise PackError(f"The table has {shown(text)} as a {what} in {where}", expected)


def _strength(text: str, where: str) -> float:
    """A strength."""
    try:
        strength = float(text) if len(text) <= _LONGEST_CELL else math.nan
    except ValueError:
        strength = math.nan
    if not math.isfinite(strength):
        raise PackError(
            f"The table has {shown(text)} as a strength in {where}",
            "a number, such as 1.5" if "," in text else "a number",
        )
    return strength
