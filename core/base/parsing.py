"""Parsers of text fields: numbers, indices, seeds, options and names."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from .errors import CheckpointError, DirectionsError, LatentError
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


_OPTION_MARK = re.compile(r"[,;\n]\s*(?=[A-Za-z_]\w*\s*=)")
"""What separates the options of a text; the commas within a value do not."""

_LONGEST_OPTIONS = 10_000
"""Characters of all options of a text."""


def read_option(text: str) -> tuple[str, Any]:
    """Parse one option of a generator.

    Args:
        text: Such as "c_dim=0"; the value is JSON, else a word.

    Returns:
        Name and value.

    Raises:
        CheckpointError: The name or the value is missing, or a number is not finite.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not value or not name.isidentifier():
        what = "no value" if name.isidentifier() else "no name"
        raise CheckpointError(
            f"The option {shown(text)} has {what}", "name=value, such as distribution=uniform"
        )
    try:
        return name, json.loads(value, parse_constant=_refuse, parse_float=_finite)
    except CheckpointError:
        raise
    except (ValueError, RecursionError):  # not JSON: a word
        return name, value


def _refuse(value: str) -> NoReturn:
    """NaN and infinity are no settings."""
    raise CheckpointError(f"An option holds {value}", "finite numbers")


def _finite(value: str) -> float:
    """A number that is not infinite."""
    return float(value) if math.isfinite(float(value)) else _refuse(value)


def read_options(text: str) -> dict[str, Any]:
    """Parse the options of a generator, separated by commas, semicolons or line breaks.

    Args:
        text: Such as "stride=2, c_dim=0"; may be empty. A value may contain commas, as in
            "activation=relu,relu,tanh, c_dim=0".

    Returns:
        Values by name.

    Raises:
        CheckpointError: An option cannot be parsed or is given twice, or the text is too long.
    """
    if len(text) > _LONGEST_OPTIONS:
        raise CheckpointError(
            f"The options have {len(text):,} characters", f"at most {_LONGEST_OPTIONS:,}"
        )
    options: dict[str, Any] = {}
    trimmed = text.strip(" \t\r\n,;")
    for part in _OPTION_MARK.split(trimmed) if trimmed else ():
        name, value = read_option(part)
        if name in options:
            raise CheckpointError(
                f"The option {name} is given twice", "each option once", "Delete one of them"
            )
        options[name] = value
    return options


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
