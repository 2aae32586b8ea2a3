"""What a batch says of its pictures: the lines of its manifest, read as hostile text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .picture_checks import PICTURE_SUFFIXES

MANIFEST = "manifest.jsonl"
"""Name of the manifest: a line per picture."""

_LONGEST_LINE = 2**20
"""Bytes of the longest line of a manifest."""

_LONGEST_WORD = 500
"""Characters of the longest caption or name that is kept."""

_MOST_PULLS = 20_000
"""Most levers that one picture pulls."""

_PLAIN = re.compile(r'[^\0-\x1f/\\:*?"<>|\x7f]{1,200}')
"""Names of files on every system, none of which leaves the folder."""

_PAGE = re.compile(r"sheet(_\d+)?\.png")
"""Pages of contact sheets."""

_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Pull:
    """One lever of a picture."""

    index: int
    """Number of the lever in its file."""
    name: str
    """Its label."""
    strength: float
    """How far it is pulled, in the unit of the batch."""


@dataclass(frozen=True)
class Record:
    """What the manifest says of a picture."""

    row: int
    """Its row in the plan, from 0."""
    file: str
    """Name of its file, without folders."""
    seed: int | None = None
    """Seed of its code, if known."""
    pulls: tuple[Pull, ...] = ()
    """The levers that were pulled."""
    caption: str = ""
    """Such as "seed 3, smile +2.0"."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """All of the line."""


@dataclass
class Unread:
    """What was left out while a manifest was read."""

    lines: int = 0
    """Lines that are no entries, such as one that was cut off by a kill."""
    shards: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Tar files of which something could not be read, and what is wrong with each."""


def is_picture_name(name: str) -> bool:
    """Check whether a name may be that of a picture of a batch.

    Args:
        name: Any text.

    Returns:
        Whether it is the plain name of a PNG, WebP or JPEG that is no page of a sheet.
    """
    if not _PLAIN.fullmatch(name) or name.startswith(".") or _PAGE.fullmatch(name):
        return False
    return Path(name).suffix.lower() in PICTURE_SUFFIXES


def is_sheet_name(name: str) -> bool:
    """Check whether a name is that of a page of a contact sheet.

    Args:
        name: Any text.

    Returns:
        Whether it is.
    """
    return _PAGE.fullmatch(name) is not None


def read_lines(folder: Path, unread: Unread | None = None) -> Iterator[tuple[str, Record]]:
    """Read the manifest of a batch line by line.

    Args:
        folder: The folder; a folder without a manifest has no lines.
        unread: Counts what is left out.

    Yields:
        A line without its line break, and what it says.
    """
    path, count = folder / MANIFEST, unread or Unread()
    if not path.is_file():
        return
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            if not line.endswith(b"\n") and len(line) == _LONGEST_LINE:
                count.lines += 1
                while (rest := file.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                continue
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if not text.strip():
                continue
            record = record_of(text)
            if record is None:
                count.lines += 1
            else:
                yield text, record


def record_of(text: str) -> Record | None:
    """Read a line of a manifest.

    Args:
        text: JSON, from anybody.

    Returns:
        What it says; none where it is no entry.
    """
    try:
        facts: Any = json.loads(text)
        file = facts["file"]
        if not isinstance(file, str) or not is_picture_name(file):
            return None
        row = facts.get("row", _row_of(file))
        if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < 10**15:
            return None
        seed = facts.get("seed")
        return Record(
            row,
            file,
            seed if isinstance(seed, int) and abs(seed) < 2**63 else None,
            _pulls(facts),
            str(facts.get("caption", ""))[:_LONGEST_WORD],
            facts,
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None


def _row_of(file: str) -> int | None:
    """The row of a picture whose line does not state it: the number that is its name."""
    stem = Path(file).stem
    return int(stem) if _NUMBER.fullmatch(stem) else None


def _pulls(facts: Mapping[str, Any]) -> tuple[Pull, ...]:
    """The levers of a line, with their names where they can be told apart."""
    pairs = list(facts.get("pulls", ()))[:_MOST_PULLS]
    names = str(facts.get("direction", "")).split("; ")
    known = len(names) == len(pairs)
    pulls: list[Pull] = []
    for number, (index, strength) in enumerate(pairs):
        value = float(strength)
        if isinstance(index, bool) or not 0 <= int(index) < 10**9 or not math.isfinite(value):
            raise ValueError
        name = names[number][:_LONGEST_WORD] if known else ""
        pulls.append(Pull(int(index), name or f"lever {int(index)}", value))
    return tuple(pulls)
