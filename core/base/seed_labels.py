"""Labels of seeds as people write them: a row "seed,label" for each image."""

from __future__ import annotations

import math
import re

from .errors import LatentError
from .json_fields import shown

MOST_ROWS = 100_000
"""Most rows of one text."""

MOST_CHARACTERS = 8_000_000
"""Most characters of one text."""

_FORM = "a seed and a number between commas, such as 12,1"

_SEPARATOR = re.compile(r"\s*[,;\t]\s*|\s+")


def read_seed_labels(text: str) -> tuple[list[int], list[float]]:
    """Parse rows of a seed and a label, such as a spreadsheet saves them (CSV).

    Args:
        text: Rows of "seed,label"; semicolons, tabs or spaces may stand for the comma. Empty rows
            and rows that begin with # are skipped, and so is a first row of words. At most
            `MOST_ROWS` rows and `MOST_CHARACTERS` characters.

    Returns:
        Unique seeds from 0 to 2^32 - 1, and a finite number for each, in order. At least one.

    Raises:
        LatentError: A row cannot be read, a seed has two different labels, or there are too many
            rows or none.
    """
    if len(text) > MOST_CHARACTERS:
        raise LatentError(
            f"The labels have {len(text):,} characters", f"at most {MOST_CHARACTERS:,}"
        )
    found: dict[int, tuple[float, int]] = {}
    first = True
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        row = line.strip()
        if not row or row.startswith("#"):
            continue
        fields = [field.strip("\"' ") for field in _SEPARATOR.split(row)]
        heading = first and not any(_is_number(field) for field in fields)
        first = False
        if heading:
            continue
        seed, label = _pair(fields, row, number)
        known = found.setdefault(seed, (label, number))
        if known[0] != label:
            raise LatentError(
                f"Seed {seed} has the label {known[0]:g} in row {known[1]} and {label:g} in row "
                f"{number}",
                "one label for each seed",
                "Delete one of these rows",
            )
        if len(found) > MOST_ROWS:
            raise LatentError(f"There are more than {MOST_ROWS:,} labels", f"at most {MOST_ROWS:,}")
    if not found:
        raise LatentError("There are no labels", f"rows of {_FORM}")
    return list(found), [label for label, _ in found.values()]


def _pair(fields: list[str], row: str, number: int) -> tuple[int, float]:
    """The seed and the label of a row."""
    seed, label = -1, math.nan
    if len(fields) == 2 and _is_number(fields[1]):
        seed = int(fields[0]) if fields[0].isdecimal() and len(fields[0]) <= 10 else -1
        label = float(fields[1])
    if not 0 <= seed < 2**32 or not math.isfinite(label):
        raise LatentError(f"Row {number} of the labels cannot be read: {shown(row)}", _FORM)
    return seed, label


def _is_number(text: str) -> bool:
    """Whether a text is a number, be it infinite."""
    try:
        float(text)
    except ValueError:
        return False
    return len(text) <= 40
