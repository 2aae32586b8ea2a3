"""Whether shards of a batch are whole: tar files with pictures, and the tables beside them."""

from __future__ import annotations

import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...base.number_runs import NumberRuns
from .contradictions import OTHER_BYTES, contradiction, digest_of, is_checked, stated_digest
from .findings import Expected, Finding
from .picture_checks import PICTURE_SUFFIXES, picture_state

_TAR = re.compile(r"shard-([0-9]{6,12})\.tar")
"""Names of tar files of a batch, with the number of the shard."""

_TABLE = re.compile(r"part-([0-9]{6,12})\.parquet")
"""Names of tables of a batch, which are written last."""

_MEMBER = re.compile(r"([0-9]{12})\.[a-z]{3,4}")
"""Names of what a tar holds: the row, and what it is."""

_MAGIC = b"PAR1"
"""Begin and end of every Parquet file."""

_MOST_BYTES = 256 * 2**20
"""Bytes of the largest picture in a shard."""

_LONGEST_FACTS = 2**20
"""Bytes of the longest facts of a picture in a shard."""

_MOST_TOLD = 5
"""Most damaged pictures of a shard that are named."""


@dataclass
class StoredShards:
    """What the shards of a folder are."""

    findings: list[Finding] = field(default_factory=list["Finding"])
    """What is wrong."""
    rows: list[range] = field(default_factory=list[range])
    """Rows of the whole shards, where a plan says which."""
    sound: int = 0
    """Pictures in whole shards."""
    unproven: int = 0
    """Of these, pictures that decode, and of whose bytes nothing else is known."""
    held: list[NumberRuns] = field(default_factory=list[NumberRuns])
    """Rows of all shards, whole or not."""


def check_shards(folder: Path, expected: Expected | None) -> StoredShards:
    """Check the shards of a batch, picture by picture.

    Args:
        folder: The folder of the batch; it may hold no shards.
        expected: What its plan asks for; none for a folder without a plan.

    Returns:
        What they are. A shard is whole or wrong: its tar and its table are drawn again together.
    """
    found = StoredShards()
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    tars = {int(match[1]): match[0] for match in map(_TAR.fullmatch, names) if match}
    tables = {int(match[1]): match[0] for match in map(_TABLE.fullmatch, names) if match}
    for shard, name in tables.items():
        if shard not in tars:
            found.findings.append(
                Finding("orphaned", name, "is a table without its shard", shard=shard)
            )
    for shard, name in tars.items():
        rows = _rows(expected, shard)
        tar = _Tar(folder / name, "" if expected is None else expected.digest)
        wrong = tar.check(rows)
        found.held.append(NumberRuns.of(tar.rows))
        table = tables.get(shard)
        if table is not None and (damage := _table_damage(folder / table)):
            wrong.append(f"has a table that {damage}")
        if wrong:
            found.findings.append(
                Finding("damaged", name, "; ".join(wrong[:_MOST_TOLD]), shard=shard)
            )
            if table is not None:
                found.findings.append(
                    Finding("damaged", table, "is the table of that shard", shard=shard)
                )
        elif table is None and tables:
            words = "is a shard without its table, which a kill prevented"
            found.findings.append(Finding("unfinished", name, words, shard=shard))
        else:
            found.sound += len(tar.rows)
            found.unproven += tar.unproven
            found.rows += [] if rows is None else [rows]
    return found


def _rows(expected: Expected | None, shard: int) -> range | None:
    """The rows of a shard by the plan; empty where it has no such shard."""
    if expected is None or expected.shard is None:
        return None
    try:
        return expected.shard(shard)
    except ValueError:
        return range(0)


@dataclass
class _Tar:
    """A tar file while it is read."""

    path: Path
    plan: str
    """Digest of the plan; empty where there is none."""
    rows: list[int] = field(default_factory=list[int])
    """Rows of its pictures."""
    unproven: int = 0
    """Pictures that merely decode."""
    wrong: list[str] = field(default_factory=list[str])
    """What is wrong with it."""

    def check(self, expected: range | None) -> list[str]:
        """Read it whole; what is wrong with it."""
        try:
            with tarfile.open(self.path, "r:") as tar:
                for name, row, data, facts in self._pictures(tar):
                    self.rows.append(row)
                    self._check_picture(name, row, data, facts)
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            self.wrong.append(f"cannot be read to its end ({error})")
        if not _ends_well(self.path):
            self.wrong.append("has no end")
        found = set(self.rows)
        if len(found) < len(self.rows):
            self.wrong.append("holds a row twice")
        if found and expected is not None and found < set(expected):
            lost = NumberRuns.of(row for row in expected if row not in found)
            self.wrong.append(f"lacks rows {str(lost)[:200]} of its shard")
        elif not found or (expected is not None and sorted(found) != list(expected)):
            self.wrong.append(f"holds {len(found):,} rows that are not those of its shard")
        return self.wrong

    def _check_picture(self, name: str, row: int, data: bytes, facts: dict[str, Any]) -> None:
        """Check one picture against its checksums, its facts and its row."""
        state = picture_state(data)
        stated = {**facts, "row": row, **({"plan": self.plan} if self.plan else {})}
        digest = stated_digest(facts)
        if words := state.damage or contradiction(state.texts, stated):
            self.wrong.append(f"holds {name}, which {words}")
        elif digest and digest != digest_of(data):
            self.wrong.append(f"holds {name}, which {OTHER_BYTES}")
        elif not is_checked(data, facts):
            self.unproven += 1

    def _pictures(self, tar: tarfile.TarFile) -> Iterator[tuple[str, int, bytes, dict[str, Any]]]:
        """Names, rows, bytes and facts of the pictures; notes what else is in the tar."""
        waiting: tuple[str, int, bytes] | None = None
        for member in tar:
            stem = _MEMBER.fullmatch(member.name)
            if stem is None or not member.isfile() or member.size > _MOST_BYTES:
                self.wrong.append(f"holds {member.name[:80]!r}, which is no picture and no fact")
                continue
            row = int(stem[1])
            if Path(member.name).suffix in PICTURE_SUFFIXES:
                if waiting is not None:
                    yield *waiting, {}
                file = tar.extractfile(member)
                waiting = member.name, row, b"" if file is None else file.read()
            elif waiting is not None and waiting[1] == row and member.size <= _LONGEST_FACTS:
                file = tar.extractfile(member)
                yield *waiting, _facts(b"" if file is None else file.read())
                waiting = None
        if waiting is not None:
            yield *waiting, {}


def _facts(data: bytes) -> dict[str, Any]:
    """What is said of a picture; nothing where that is no JSON object."""
    try:
        facts: Any = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _ends_well(path: Path) -> bool:
    """Whether a tar file ends with two empty blocks."""
    with path.open("rb") as file:
        if file.seek(0, 2) < 1024:
            return False
        file.seek(-1024, 2)
        return not file.read().strip(b"\0")


def _table_damage(path: Path) -> str:
    """What is wrong with the ends of a Parquet file; empty where nothing is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4)
        if size < 12:
            return "is too short"
        file.seek(-8, 2)
        footer, tail = int.from_bytes(file.read(4), "little"), file.read(4)
        if (head, tail) != (_MAGIC, _MAGIC) or not 0 < footer <= size - 12:
            return "does not begin and end as one"
        file.seek(-8 - footer, 2)
        return "" if file.read(footer).strip(b"\0") else "has a footer of zeros"
