"""Parsers of text fields: numbers, indices, seeds and names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .errors import DirectionsError, LatentError
from .json_fields import shown

MOST_SEEDS = 1_000_000
"""Most seeds of one text."""

_DIGITS = 10
"""Digits of the largest seed."""


def read_numbers(text: str, what: str = "strengths") -> list[float]:
    """Parse numbers separated by commas, semicolons or spaces.

    Args:
        text: Such as "-2, 0, 2".
        what: Name of the numbers, for messages.

    Returns:
        At least one finite number, in order.

    Raises:
        DirectionsError: There is no number, or an entry is not a finite number.
    """
    parts = text.replace(",", " ").replace(";", " ").split()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not numbers or not all(math.isfinite(number) for number in numbers):
        raise DirectionsError(
            f"The {what} {shown(text)} cannot be read", "numbers between commas, such as -2, 0, 2"
        )
    return numbers


def check_index(index: int, count: int) -> int:
    """Check the index of a direction.

    Args:
        index: The index, from 0.
        count: Number of directions.

    Returns:
        The index.

    Raises:
        DirectionsError: No direction has this index.
    """
    if not 0 <= index < count:
        raise DirectionsError(
            f"Direction {index} was asked for",
            f"a number from 0 to {count - 1}",
            "Choose a smaller number, or find more levers first",
        )
    return index


def read_indices(text: str, count: int) -> list[int]:
    """Parse indices of directions: "0-3", "0, 2, 5-7", or "all".

    Args:
        text: The text; ranges include both ends; empty means all.
        count: Number of directions.

    Returns:
        Unique indices, at least one, in order of appearance.

    Raises:
        DirectionsError: The text cannot be parsed, or a direction does not exist.
    """
    if text.strip().lower() in ("", "all"):
        return list(range(count))
    indices: list[int] = []
    for part in text.replace(",", " ").replace(";", " ").split() or [text]:
        first, dash, last = part.partition("-")
        numbers = [_whole_number(number) for number in ((first, last) if dash else (first,))]
        if min(numbers) < 0:
            raise DirectionsError(
                f"The directions {shown(text)} cannot be read",
                f'"all", or numbers from 0 to {count - 1} such as "0-3" or "0, 2"',
            )
        start, stop = check_index(numbers[0], count), check_index(numbers[-1], count)
        if stop < start:
            raise DirectionsError(
                f"The directions {shown(text)} run backwards",
                "the smaller number first, as in 0-3",
            )
        indices.extend(range(start, stop + 1))
    return list(dict.fromkeys(indices))


def read_seeds(text: str) -> list[int]:
    """Parse seeds: "0-7", "3", or "0, 2, 5-7".

    Args:
        text: The text; ranges include both ends.

    Returns:
        Unique seeds from 0 to 2^32 - 1, one to `MOST_SEEDS`, in order of appearance.

    Raises:
        LatentError: The text cannot be parsed, a seed is too large, or there are too many.
    """
    seeds: dict[int, None] = {}
    for part in text.replace(",", " ").replace(";", " ").split() or [text]:
        first, dash, last = part.partition("-")
        start, stop = (_whole_number(n) for n in (first, last if dash else first))
        if not 0 <= start <= stop < 2**32:
            raise LatentError(
                f"The seeds {shown(text)} cannot be read",
                'numbers and rising ranges from 0 to 4294967295, such as "0-7" or "0, 2, 5-7"',
            )
        if len(seeds) + stop - start >= MOST_SEEDS:
            raise LatentError(
                f"The seeds {shown(text)} are more than a million",
                f"at most {MOST_SEEDS:,} seeds",
                "Split them into several batches",
            )
        seeds.update(dict.fromkeys(range(start, stop + 1)))
    return list(seeds)


def _whole_number(text: str) -> int:
    """A number of at most ten decimal digits, from 0; -1 for any other text."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else -1


_LONGEST_NAME = 80
"""Characters of a lever's name."""


def read_names(text: str, count: int, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Parse names of levers, separated by commas, semicolons or line breaks.

    Args:
        text: Such as "smile, age"; an empty entry keeps the known name.
        count: Number of directions.
        known: Current names, if any; directions without a new name keep theirs.

    Returns:
        One name per direction; empty where the text is empty and there are no known names.

    Raises:
        DirectionsError: There are more names than directions, or a name is too long.
    """
    if not text.strip():
        return tuple(known)
    given = [" ".join(part.split()) for part in re.split(r"[,;\n]", text)]
    if len(given) > count:
        raise DirectionsError(
            f"{len(given)} names were given for {count} directions",
            "at most as many names as directions",
            "Put commas between names only",
        )
    if any(len(name) > _LONGEST_NAME for name in given):
        raise DirectionsError(
            f"The name {max(given, key=len)[:_LONGEST_NAME]!r}... is too long",
            f"at most {_LONGEST_NAME} letters",
        )
    given += [""] * (count - len(given))
    return tuple(new or old for new, old in zip(given, known or ("",) * count, strict=True))
