"""The table of a data set: a column per lever, and what else its pictures are known by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..stored.records import Pull, Record

FIXED = ("row", "seed", "caption")
"""Columns of every data set, beside the picture and the levers."""

_LONGEST = 60
"""Characters of the longest name of a column."""


@dataclass(frozen=True)
class LeverColumns:
    """A column for each lever that any picture of a batch pulls."""

    levers: tuple[tuple[int, str], ...]
    """Number and name of each lever, rising."""

    @classmethod
    def of(cls, records: Iterable[Record]) -> LeverColumns:
        """Find the levers of pictures.

        Args:
            records: The pictures.

        Returns:
            Their columns.
        """
        return cls(
            tuple(sorted({(pull.index, pull.name) for one in records for pull in one.pulls}))
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: "lever_" and the lever's name in small letters, digits and "_"."""
        names: list[str] = []
        for index, name in self.levers:
            plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
            word = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_LONGEST]
            column = f"lever_{word or index}"
            while column in names:
                column = f"{column}_{index}"
            names.append(column)
        return tuple(names)

    @cached_property
    def _places(self) -> Mapping[tuple[int, str], str]:
        """Columns by lever."""
        return dict(zip(self.levers, self.names, strict=True))

    def values(self, record: Record) -> dict[str, Any]:
        """A row of the table.

        Args:
            record: A picture.

        Returns:
            `FIXED`, and a strength per lever: 0 where it was not pulled; where it was pulled
            several times, their sum.
        """
        strengths = dict.fromkeys(self.names, 0.0)
        for pull in record.pulls:
            strengths[self.column(pull)] += pull.strength
        return {"row": record.row, "seed": record.seed, "caption": record.caption, **strengths}

    def column(self, pull: Pull) -> str:
        """Name of the column of a pull.

        Args:
            pull: One of a picture that `of` saw.

        Returns:
            The name.
        """
        return self._places[pull.index, pull.name]
