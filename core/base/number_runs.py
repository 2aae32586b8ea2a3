"""Whole numbers as people write them, such as "0-99999, 7", without a list of them all."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from .errors import PackError
from .json_fields import shown

MOST_RUNS = 100_000
"""Most ranges of one text."""

MOST_CHARACTERS = 2_000_000
"""Most characters of one text."""


@dataclass(frozen=True)
class NumberRuns(Sequence[int]):
    """Different whole numbers in a fixed order, as ranges: the memory is that of the ranges."""

    runs: tuple[tuple[int, int], ...]
    """First number and the one behind the last, of each range."""

    @classmethod
    def parse(cls, text: str, most: int, what: str) -> NumberRuns:
        """Read numbers and rising ranges; a number that was named before is skipped.

        Args:
            text: Such as "0-7" or "0, 2, 5-7"; ranges include both ends.
            most: The numbers are below this.
            what: Name of the numbers, for messages, such as "seeds".

        Returns:
            At least one number, in order of appearance.

        Raises:
            PackError: The text cannot be read, is too long, or a number is too large.
        """
        parts = text.replace(",", " ").replace(";", " ").split() or [text]
        if len(text) > MOST_CHARACTERS or len(parts) > MOST_RUNS:
            raise PackError(
                f"The {what} are {len(parts):,} ranges in {len(text):,} characters",
                f"at most {MOST_RUNS:,} ranges",
                "Split them into several batches",
            )
        digits = len(str(most - 1))
        runs: list[tuple[int, int]] = []
        for part in parts:
            first, dash, last = part.partition("-")
            ends = [_number(end, digits) for end in ((first, last) if dash else (first, first))]
            if not 0 <= ends[0] <= ends[1] < most:
                raise PackError(
                    f"The {what} {shown(text)} cannot be read",
                    f'numbers and rising ranges from 0 to {most - 1}, such as "0-7" or "0, 2, 5-7"',
                )
            runs.append((ends[0], ends[1] + 1))
        return cls.joined(runs)

    @classmethod
    def of(cls, numbers: Iterable[int]) -> NumberRuns:
        """Different numbers, or repeated ones that count where they appear first.

        Args:
            numbers: In the order to keep.

        Returns:
            The same as ranges.
        """
        return cls.joined((number, number + 1) for number in numbers)

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]]) -> NumberRuns:
        """Ranges one after the other, without the numbers that were in one before.

        Args:
            ranges: First number and the one behind the last, of each.

        Returns:
            As few ranges as that order allows.
        """
        seen: list[tuple[int, int]] = []  # disjoint, rising
        kept: list[tuple[int, int]] = []
        for start, stop in ranges:
            place = bisect_left(seen, (start, start))
            if place and seen[place - 1][1] > start:
                place -= 1
            behind, free = place, start
            while behind < len(seen) and seen[behind][0] < stop:
                if free < seen[behind][0]:
                    kept.append((free, seen[behind][0]))
                free = max(free, seen[behind][1])
                behind += 1
            if free < stop:
                kept.append((free, stop))
            known = [(start, stop), *seen[place:behind]]
            seen[place:behind] = [(min(low for low, _ in known), max(high for _, high in known))]
        return cls(tuple(_merged(kept)))

    @cached_property
    def _starts(self) -> list[int]:
        """Position of the first number of each range, and the length of all."""
        return [0, *itertools.accumulate(stop - start for start, stop in self.runs)]

    def __len__(self) -> int:
        """How many numbers there are."""
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        """A number by its position.

        Args:
            index: From 0; negative counts from the end. Or a slice.

        Returns:
            The number, or a list.

        Raises:
            IndexError: There is no such position.
        """
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"position {index} of {len(self)}")
        run = bisect_right(self._starts, place) - 1
        return self.runs[run][0] + place - self._starts[run]

    def __iter__(self) -> Iterator[int]:
        """The numbers in order."""
        return itertools.chain.from_iterable(range(*run) for run in self.runs)

    def __str__(self) -> str:
        """The numbers as `parse` reads them."""
        return ",".join(
            str(start) if stop == start + 1 else f"{start}-{stop - 1}" for start, stop in self.runs
        )

    @property
    def open_text(self) -> str:
        """The ranges without the end of the last one: what stays the same while it grows."""
        *before, (start, _) = self.runs
        return str(NumberRuns((*before, (start, start + 1))))


def _merged(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges with those joined that continue the one before."""
    last: tuple[int, int] | None = None
    for start, stop in ranges:
        if last is not None and last[1] == start:
            last = (last[0], stop)
            continue
        if last is not None:
            yield last
        last = (start, stop)
    if last is not None:
        yield last


def _number(text: str, digits: int) -> int:
    """A number of at most some decimal digits, from 0; -1 for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else -1
