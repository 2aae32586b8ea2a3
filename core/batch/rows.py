"""The rows of a plan, computed when they are asked for: grid and random rows are never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import DirectionsError, PackError
from ..base.json_fields import Fields
from ..base.parsing import check_index
from ..base.seeds import SEEDS
from ..base.wording import counted
from ..edits.units import check_strength
from ..edits.variations import random_pulls

ROW_MODES = ("grid", "random", "table")
"""Every seed with every lever at every strength, random combinations, or rows from a table."""

MOST_ROWS = 10**12
"""Most rows of a plan that are computed."""

MOST_TABLE_ROWS = 100_000
"""Most rows of a table, which are stored in the plan."""

MOST_TABLE_PULLS = 1_000_000
"""Most pulls of all rows of a table."""

_MOST_CHOICES = 20_000
"""Most levers, and most strengths, of a grid or of random rows."""

Pulls = tuple[tuple[int, float], ...]
"""Pairs of a direction's number and a strength, applied one after the other."""


@dataclass(frozen=True)
class TableRow:
    """A row of a table."""

    code: int
    """Row of the code."""
    pulls: Pulls
    """The pulls; none where the picture shows the code as it is."""
    name: str = ""
    """Name of the file without its ending; empty where the plan names it."""


@dataclass(frozen=True)
class RowsEntry:
    """Which variations a plan has, in which order."""

    mode: str
    """One of `ROW_MODES`."""
    count: int
    """Number of rows."""
    indices: tuple[int, ...] = ()
    """Numbers of the levers that may be pulled; empty in a table."""
    strengths: tuple[float, ...] = ()
    """Strengths of a grid; smallest and largest among them bound random ones."""
    seed: int = 0
    """Seed of the random choices, from 0 to 2^32 - 1."""
    table: tuple[TableRow, ...] = ()
    """The rows of a table."""
    counted: int = 0
    """Rows of a table that the digest covers: those it had when the plan was made."""

    def __post_init__(self) -> None:
        """Check mode and numbers.

        Raises:
            DirectionsError: The mode is unknown, levers or strengths are missing, or there are too
                many rows or none.
        """
        if self.mode not in ROW_MODES:
            raise DirectionsError(f"Unknown mode {self.mode!r}", f"one of {', '.join(ROW_MODES)}")
        if self.mode != "table" and not (self.indices and self.strengths):
            missing = "strength" if self.indices else "direction"
            raise DirectionsError(f"No {missing} was given", "at least one")
        most = MOST_TABLE_ROWS if self.mode == "table" else MOST_ROWS
        if not 1 <= self.count <= most:
            raise DirectionsError(
                f"{self.count:,} rows were asked for", f"from 1 to {most:,}", "Make several plans"
            )
        if self.mode == "table" and not 1 <= self.counted <= self.count == len(self.table):
            raise DirectionsError(
                f"A table of {counted(len(self.table), 'row')} states {self.count:,}",
                "the rows that it has",
            )
        for strength in self.strengths:
            check_strength(strength)

    def row(self, number: int, codes: int) -> tuple[int, Pulls]:
        """A row, in a time that does not depend on how many there are.

        Args:
            number: Its number, from 0.
            codes: Number of codes.

        Returns:
            The row of its code, and its pulls.
        """
        if self.mode == "table":
            return self.table[number].code, self.table[number].pulls
        if self.mode == "random":
            span = (min(self.strengths), max(self.strengths))
            return random_pulls(codes, self.allowed, span, self.seed, number)
        rest, strength = divmod(number, len(self.strengths))
        code, lever = divmod(rest, len(self.indices))
        return code, ((self.indices[lever], self.strengths[strength]),)

    @property
    def allowed(self) -> Sequence[int]:
        """Each lever that may be pulled, once."""
        return list(dict.fromkeys(self.indices))

    def check(self, levers: int, codes: int) -> None:
        """Check that levers and codes of all rows exist.

        Args:
            levers: Number of levers.
            codes: Number of codes.

        Raises:
            PackError: One does not exist, or a grid has fewer rows than stated.
        """
        for index in self.indices:
            check_index(index, levers)
        total = codes * len(self.indices) * len(self.strengths)
        if self.mode == "grid" and self.count > total:
            raise PackError(
                f"A grid of {counted(total, 'row')} states {self.count:,}", f"at most {total:,}"
            )
        for row in self.table:
            if not 0 <= row.code < codes:
                raise PackError(
                    f"A row of the table names code {row.code:,}", f"one from 0 to {codes - 1:,}"
                )
            for index, strength in row.pulls:
                check_index(index, levers)
                check_strength(strength)

    def to_json(self) -> dict[str, Any]:
        """The entry for JSON; rows of a table as lists."""
        about: dict[str, Any] = {"mode": self.mode, "count": self.count}
        if self.mode == "table":
            rows = [[row.code, [list(pull) for pull in row.pulls], row.name] for row in self.table]
            return {**about, "counted": self.counted, "table": rows}
        about |= {"indices": list(self.indices), "strengths": list(self.strengths)}
        return {**about, "seed": self.seed}

    @classmethod
    def read(cls, fields: Fields) -> RowsEntry:
        """Read the entry from untrusted JSON.

        Args:
            fields: Its fields.

        Returns:
            The entry.

        Raises:
            PackError: A field is missing or does not fit.
        """
        indices = fields.array("indices", _MOST_CHOICES, ())
        strengths = fields.array("strengths", _MOST_CHOICES, ())
        table = tuple(_table_row(row) for row in fields.array("table", MOST_TABLE_ROWS, ()))
        pulls = sum(len(row.pulls) for row in table)
        if pulls > MOST_TABLE_PULLS:
            raise PackError(f"The table has {pulls:,} pulls", f"at most {MOST_TABLE_PULLS:,}")
        return cls(
            fields.choice("mode", ROW_MODES),
            fields.integer("count", 1, MOST_ROWS),
            tuple(_integer(index, "A lever") for index in indices),
            tuple(_number(strength) for strength in strengths),
            fields.integer("seed", 0, SEEDS - 1, 0),
            table,
            fields.integer("counted", 0, MOST_TABLE_ROWS, 0),
        )


def _integer(value: Any, what: str) -> int:
    """A whole number from 0."""
    return Fields({"number": value}, what).integer("number", 0, SEEDS)


def _number(value: Any) -> float:
    """A strength."""
    return Fields({"strength": value}, "A pull").number("strength", -1e9, 1e9)


def _table_row(value: Any) -> TableRow:
    """A row of a table: its code, its pulls and its name."""
    row = Fields({"row": value}, "The table").array("row", 3)
    if len(row) != 3:
        raise PackError(f"A row of the table has {len(row)} entries", "code, pulls and name")
    pulls = Fields({"pulls": row[1]}, "A row").array("pulls", MOST_TABLE_PULLS)
    read: list[tuple[int, float]] = []
    for pull in pulls:
        pair = Fields({"pull": pull}, "A row").array("pull", 2)
        if len(pair) != 2:
            raise PackError(f"A pull has {len(pair)} entries", "a lever and a strength")
        read.append((_integer(pair[0], "A pull"), _number(pair[1])))
    name = Fields({"name": row[2]}, "A row").text("name", 200)
    return TableRow(_integer(row[0], "A row"), tuple(read), name)
