"""Tables of measures: a row per lever, as CSV, as Markdown, and as a grid of words."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from .measure import Figure, Value
from .summaries import Summary, summarise

_DIGITS = 3
"""Significant digits of numbers for people."""

_FILE_DIGITS = 6
"""Significant digits of numbers in CSV files."""

_SUMMED = (
    "Numbers over images: median (95% interval of the median by bootstrap; p90 or p10 is where the "
    "worst tenth of the images begins)."
)
"""Explains summarised cells."""

Cell: TypeAlias = "Summary | float | str"
"""What a row says under a figure."""


@dataclass(frozen=True)
class MeasureRow:
    """One lever."""

    lever: str
    """Its name."""
    values: Mapping[str, Value]
    """Values by id of the figure: `[N]`, one per image, or one number or word."""
    cells: Mapping[str, Cell]
    """The same, summarised over images."""

    @classmethod
    def of(cls, lever: str, values: Mapping[str, Value], figures: Sequence[Figure]) -> MeasureRow:
        """Summarise the values of one lever.

        Args:
            lever: Its name.
            values: Values by id of the figure.
            figures: What the values mean.

        Returns:
            The row, with a cell per figure that has a value.
        """
        cells: dict[str, Cell] = {}
        for figure in figures:
            value = values.get(figure.id)
            if isinstance(value, Tensor):
                cells[figure.id] = summarise(value, figure.tail_at)
            elif value is not None:
                cells[figure.id] = value
        return cls(lever, values, cells)


@dataclass(frozen=True)
class MeasureTable:
    """Levers against figures."""

    figures: tuple[Figure, ...]
    """The columns; those without a cell in any row are left out."""
    rows: tuple[MeasureRow, ...]
    """The levers."""

    def __post_init__(self) -> None:
        """Leave out figures that no lever has.

        Raises:
            PackError: There is no row.
        """
        if not self.rows:
            raise PackError("A table without levers was asked for", "at least one lever")
        known = tuple(f for f in self.figures if any(f.id in row.cells for row in self.rows))
        object.__setattr__(self, "figures", known)

    @property
    def shown(self) -> tuple[Figure, ...]:
        """The figures that people see; CSV files hold all."""
        return tuple(figure for figure in self.figures if not figure.in_files_only)

    @property
    def legend(self) -> list[str]:
        """What the numbers mean, one sentence each; the first is about all of them."""
        sentences = [f"{figure.title}: {figure.meaning}." for figure in self.shown]
        if any(isinstance(cell, Summary) for row in self.rows for cell in row.cells.values()):
            sentences.insert(0, _SUMMED)
        return sentences

    def grid(self) -> list[list[str]]:
        """The table as words: a row per figure, a column per lever, headings first.

        Returns:
            Rows of equal length; a line break separates a median from its interval and tail.
        """
        lines = [["", *(row.lever for row in self.rows)]]
        for figure in self.shown:
            cells = (row.cells.get(figure.id) for row in self.rows)
            lines.append([figure.title, *(as_words(cell, "\n") for cell in cells)])
        return lines

    def to_markdown(self) -> str:
        """The table in Markdown, a row per lever, and what its columns mean.

        Returns:
            Text that ends with a line break.
        """
        lines = [["lever", *(_escaped(figure.title) for figure in self.shown)]]
        for row in self.rows:
            words = (as_words(row.cells.get(figure.id)) for figure in self.shown)
            lines.append([_escaped(row.lever), *map(_escaped, words)])
        lines.insert(1, ["---", *("---:" for _ in self.shown)])
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        legend = "".join(f"- {sentence}\n" for sentence in self.legend)
        return f"{table}\n{legend}"

    def to_csv(self) -> str:
        """The table as CSV (RFC 4180), a row per lever, a column per number.

        Returns:
            Text; a figure over images has the columns `_median`, `_low`, `_high` and `_p90` or
            `_p10`. Unknown numbers are empty.
        """
        columns: list[tuple[str, list[str]]] = []
        for figure in self.figures:
            cells = [row.cells.get(figure.id) for row in self.rows]
            if not any(isinstance(cell, Summary) for cell in cells):
                columns.append((figure.id, [_plain(cell) for cell in cells]))
                continue
            tail = _tail_name(figure.tail_at)
            for name, key in (
                ("median", "median"),
                ("low", "low"),
                ("high", "high"),
                (tail, "tail"),
            ):
                numbers = [_plain(getattr(cell, key, None)) for cell in cells]
                columns.append((f"{figure.id}_{name}", numbers))
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["lever", *(name for name, _ in columns)])
        for number, row in enumerate(self.rows):
            writer.writerow([row.lever, *(cells[number] for _, cells in columns)])
        return text.getvalue()


def save_table(table: MeasureTable, path: str | Path) -> Path:
    """Write a table as CSV or Markdown, by the ending of the name.

    Args:
        table: The table.
        path: A name that ends in .csv or .md; an existing file is replaced.

    Returns:
        The path.

    Raises:
        PackError: The name has another ending.
        OSError: The disk is full, or the folder cannot be written.
    """
    writers = {".csv": table.to_csv, ".md": table.to_markdown}
    ending = Path(path).suffix.lower()
    if ending not in writers:
        raise PackError(f"A table cannot be written as {Path(path).name!r}", ".csv or .md")
    return write_atomically(path, writers[ending]().encode("utf-8"))


def as_words(cell: Cell | None, between: str = " ") -> str:
    """A cell for people.

    Args:
        cell: The cell; none where nothing is known.
        between: What separates a median from its interval.

    Returns:
        Such as "7.31 (5.92 to 8.4; p90 12)", "0.25", "mouth_openness" or "-".
    """
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Summary):
        median, low, high, tail = map(in_digits, (cell.median, cell.low, cell.high, cell.tail))
        return f"{median}{between}({low} to {high}; {_tail_name(cell.tail_at)} {tail})"
    return in_digits(cell)


def in_digits(value: float, digits: int = _DIGITS) -> str:
    """A number with a few significant digits, without an exponent, the same on every machine.

    Args:
        value: The number.
        digits: Significant digits of a fraction; whole parts are kept whole.

    Returns:
        Such as "0.0123", "12.3", "1234"; trailing zeros of fractions are dropped.
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tail_name(tail_at: float) -> str:
    """A quantile, such as "p90"."""
    return f"p{round(100 * tail_at)}"


def _plain(cell: Cell | None) -> str:
    """A number or word of a CSV file."""
    if cell is None or isinstance(cell, Summary):
        return ""
    return cell if isinstance(cell, str) else in_digits(cell, _FILE_DIGITS)


def _escaped(text: str) -> str:
    """Words in a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")
