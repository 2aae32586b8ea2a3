"""Numbers of rows: from a text such as "137,2000-2999", or from the picks of a gallery."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import PackError
from ..base.json_fields import Fields, parse_json, shown
from ..base.number_runs import MOST_CHARACTERS, NumberRuns

PICKS_FORMAT = "latent_levers.picks"
"""What a file of picks says that it is."""

_VERSION = 1

_MOST_BYTES = 32 * 2**20
"""Bytes of the largest file of picks."""

_MOST_ROWS = 10**12
"""Most rows of any batch."""

NO_ROWS = NumberRuns(())
"""No row at all."""


@dataclass(frozen=True)
class Picks:
    """What somebody kept and dropped in a gallery."""

    keep: NumberRuns
    """Rows that were kept."""
    drop: NumberRuns
    """Rows that were dropped."""
    plan: str = ""
    """Digest of the plan of the batch; empty for folders without a plan."""


def read_rows(source: str | os.PathLike[str], count: int, plan: str = "") -> NumberRuns:
    """Read numbers of rows.

    Args:
        source: A text such as "137,2000-2999", whose ranges include both ends; or a file of picks,
            a name that ends in .json, of which the kept rows are taken.
        count: Number of rows that there are.
        plan: Digest of the plan of the batch, to compare with that of the picks; empty compares
            nothing.

    Returns:
        The rows, each once, rising; at least one.

    Raises:
        PackError: The text cannot be read, a row does not exist, or no row is kept.
        FieldError: The picks cannot be read.
    """
    if os.fspath(source).lower().endswith(".json"):
        picks = read_picks(Path(source))
        if plan and picks.plan and picks.plan != plan:
            raise PackError(
                f"{str(source)!r} holds picks of another batch",
                "picks from the gallery of this one",
            )
        if not picks.keep:
            raise PackError(f"{str(source)!r} keeps no picture", "at least one that is kept")
        return parse_rows(str(picks.keep), count)
    return parse_rows(os.fspath(source), count)


def parse_rows(text: str, count: int = _MOST_ROWS) -> NumberRuns:
    """Parse numbers and ranges.

    Args:
        text: Such as "137,2000-2999" or "137 2000-2999".
        count: Number of rows that there are.

    Returns:
        The rows, each once, rising; at least one.

    Raises:
        PackError: The text cannot be read or is too long, or a row does not exist.
    """
    return NumberRuns.joined(sorted(NumberRuns.parse(text, count, "rows").runs))


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
    kept, dropped = (fields.text(name, MOST_CHARACTERS, "") for name in ("keep", "drop"))
    return Picks(
        parse_rows(kept) if kept.strip() else NO_ROWS,
        parse_rows(dropped) if dropped.strip() else NO_ROWS,
        fields.text("plan", 200, ""),
    )
