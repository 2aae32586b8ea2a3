"""Numbers as people type them into one line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from .errors import DirectionsError, LatentError


def read_numbers(text: str, what: str = "strengths") -> list[float]:
    """Numbers between commas or blanks.

    Args:
        text: Such as "-2, 0, 2".
        what: Name for messages.

    Returns:
        At least one finite number, in the order given.

    Raises:
        DirectionsError: There is none, or something is not a number.
    """
    parts = text.replace(",", " ").replace(";", " ").split()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not numbers or not all(math.isfinite(number) for number in numbers):
        raise DirectionsError(
            f"The {what} {text!r} cannot be read", "numbers between commas, such as -2, 0, 2"
        )
    return numbers


def check_index(index: int, count: int) -> int:
    """Make sure that a direction exists.

    Args:
        index: Its number, from 0.
        count: How many directions there are.

    Returns:
        The number.

    Raises:
        DirectionsError: There is no such direction.
    """
    if not 0 <= index < count:
        raise DirectionsError(
            f"Direction {index} was asked for",
            f"a number from 0 to {count - 1}",
            "Ask for more directions with a larger count, or choose a smaller index",
        )
    return index


def read_indices(text: str, count: int) -> list[int]:
    """Numbers of directions: "0-3", "0, 2, 5-7", or "all".

    Args:
        text: What was typed; ranges include both ends.
        count: How many directions there are.

    Returns:
        At least one number, in the order given, each once.

    Raises:
        DirectionsError: The text cannot be read, or a direction does not exist.
    """
    if text.strip().lower() in ("", "all"):
        return list(range(count))
    indices: list[int] = []
    for part in text.replace(",", " ").replace(";", " ").split() or [text]:
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise DirectionsError(
                f"The directions {text!r} cannot be read",
                f'"all", or numbers from 0 to {count - 1} such as "0-3" or "0, 2"',
            )
        start, stop = (check_index(int(number), count) for number in (first, last or first))
        if stop < start:
            raise DirectionsError(
                f"The directions {text!r} run backwards", "the smaller number first, as in 0-3"
            )
        indices.extend(range(start, stop + 1))
    return list(dict.fromkeys(indices))


def read_seeds(text: str) -> list[int]:
    """Seeds: "0-7", "3", or "0, 2, 5-7".

    Args:
        text: What was typed; ranges include both ends.

    Returns:
        At least one seed from 0 to 2^32 - 1, in the order given, each once.

    Raises:
        LatentError: The text cannot be read, or a seed is too large.
    """
    seeds: dict[int, None] = {}
    for part in text.replace(",", " ").replace(";", " ").split() or [text]:
        first, dash, last = part.partition("-")
        start, stop = (int(n) if n.isdigit() else -1 for n in (first, last if dash else first))
        if not 0 <= start <= stop < 2**32:
            raise LatentError(
                f"The seeds {text!r} cannot be read",
                'numbers and rising ranges from 0 to 4294967295, such as "0-7" or "0, 2, 5-7"',
            )
        seeds.update(dict.fromkeys(range(start, stop + 1)))
    return list(seeds)


_LONGEST_NAME = 80
"""Letters of a lever's name; labels on pages hold fewer."""


def read_names(text: str, count: int, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Names for levers, between commas, semicolons or line breaks.

    Args:
        text: Such as "smile, age"; an empty place keeps the name that there was.
        count: How many directions there are.
        known: The names that they have, if any; those that get no new name keep theirs.

    Returns:
        A name per direction; none where the text is empty and no direction had one.

    Raises:
        DirectionsError: There are more names than directions, or one is too long.
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
