"""Numbers of rows: from a text such as "137,2000-2999", or from the picks of a gallery."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import PackError
from ..base.json_fields import Fields, parse_json, shown

PICKS_FORMAT = "latent_levers.picks"
"""What a file of picks says that it is."""

_VERSION = 1

_MOST_BYTES = 32 * 2**20
"""Bytes of the largest file of picks, and characters of the longest text."""

_MOST_RANGES = 2_000_000
"""Most ranges of one text."""

_PART = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
"""A number or a range."""

Rows = tuple[range, ...]
"""Rising ranges that neither touch nor overlap."""


@dataclass(frozen=True)
class Picks:
    """What somebody kept and dropped in a gallery."""

    keep: Rows
    """Rows that were kept."""
    drop: Rows
    """Rows that were dropped."""
    plan: str = ""
    """Digest of the plan of the batch; empty for folders without a plan."""


def read_rows(source: str | os.PathLike[str], count: int, plan: str = "") -> Rows:
    """Read numbers of rows.

    Args:
        source: A text such as "137,2000-2999", whose ranges include both ends; or a file of picks,
            a name that ends in .json, of which the kept rows are taken.
        count: Number of rows that there are.
        plan: Digest of the plan of the batch, to compare with that of the picks; empty compares
            nothing.

    Returns:
        The rows, each once, as rising ranges; at least one.

    Raises:
        PackError: The text cannot be read, a row does not exist, or no row is left.
        FieldError: The picks cannot be read.
    """
    if os.fspath(source).lower().endswith(".json"):
        picks = read_picks(Path(source))
        if plan and picks.plan and picks.plan != plan:
            raise PackError(
                f"{str(source)!r} holds picks of another batch",
                "picks from the gallery of this one",
            )
        rows = picks.keep
        if not rows:
            raise PackError(f"{str(source)!r} keeps no picture", "at least one that is kept")
    else:
        rows = parse_rows(os.fspath(source))
    if rows[-1].stop > count:
        raise PackError(
            f"Row {rows[-1].stop - 1:,} was asked for",
            f"a number from 0 to {count - 1:,}",
            "Choose smaller numbers, or let the plan grow first",
        )
    return rows


def parse_rows(text: str) -> Rows:
    """Parse numbers and ranges.

    Args:
        text: Such as "137,2000-2999" or "137 2000-2999".

    Returns:
        The rows, each once, as rising ranges; at least one.

    Raises:
        PackError: The text cannot be read, or is too long.
    """
    parts = text.replace(",", " ").replace(";", " ").split() if len(text) <= _MOST_BYTES else []
    found: list[range] = []
    for part in parts if len(parts) <= _MOST_RANGES else []:
        numbers = _PART.fullmatch(part)
        first = int(numbers[1]) if numbers else 0
        last = int(numbers[2] or numbers[1]) if numbers else -1
        if last < first:
            found = []
            break
        found.append(range(first, last + 1))
    if not found:
        raise PackError(
            f"The rows {shown(text)} cannot be read",
            'numbers and rising ranges, such as "137,2000-2999", or the picks.json of a gallery',
        )
    return merged(found)


def merged(parts: Iterable[range]) -> Rows:
    """Sort ranges and join those that touch or overlap.

    Args:
        parts: Ranges of step 1.

    Returns:
        The rows, each once.
    """
    joined: list[range] = []
    for part in sorted(parts, key=lambda one: one.start):
        if joined and part.start <= joined[-1].stop:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, part.stop))
        elif part:
            joined.append(part)
    return tuple(joined)


def rows_text(rows: Sequence[range]) -> str:
    """Write rows as `parse_rows` reads them.

    Args:
        rows: Ranges.

    Returns:
        Such as "137,2000-2999"; empty for no row.
    """
    return ",".join(
        str(part.start) if len(part) == 1 else f"{part.start}-{part.stop - 1}" for part in rows
    )


def read_picks(path: Path) -> Picks:
    """Read the picks that a gallery saved.

    Args:
        path: The file; it may come from anybody.

    Returns:
        The picks.

    Raises:
        PackError: There is no such file, or it is too large.
        FieldError: It holds something else.
    """
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise PackError(
            f"There are no picks {str(path)!r}",
            "the picks.json that a gallery saved",
            "Press Save picks in the gallery, and name the file",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PackError(f"{str(path)!r} holds no text", "the picks.json of a gallery") from None
    fields = Fields.of(parse_json(text, "The picks"), "The picks")
    written = fields.text("format", 100, "")
    if written != PICKS_FORMAT or fields.integer("version", 0, 10**6, 0) != _VERSION:
        raise PackError(
            f"{str(path)!r} holds no picks (its format is {shown(written)})",
            f"a file of a gallery, format {PICKS_FORMAT!r}, version {_VERSION}",
        )
    kept, dropped = (fields.text(name, _MOST_BYTES, "") for name in ("keep", "drop"))
    return Picks(
        parse_rows(kept) if kept.strip() else (),
        parse_rows(dropped) if dropped.strip() else (),
        fields.text("plan", 200, ""),
    )
