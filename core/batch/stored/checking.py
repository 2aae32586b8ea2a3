"""Checks of a batch: every file against its checksums, its line and its row; and the repair."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...base.number_runs import NumberRuns
from ...base.progress import Progress, no_progress
from ..parts import PARTS
from .contradictions import (
    OTHER_BYTES,
    contradiction,
    digest_of,
    is_checked,
    is_named,
    stated_digest,
)
from .findings import KINDS, Expected, Finding
from .picture_checks import picture_state
from .records import MANIFEST, Record, Unread, is_picture_name, is_sheet_name, read_lines
from .shard_checks import check_shards

_PART = re.compile(r"\..{1,250}\.part")
"""Names of temporary files."""

_NUMBERED = re.compile(r"[0-9]{5,15}\.[a-z]{3,4}")
"""Names that batches give their pictures where nobody chooses."""


@dataclass(frozen=True)
class BatchReport:
    """What a check found."""

    folder: Path
    """The folder of the batch."""
    sound: int
    """Pictures in which nothing is wrong; of a row that is stored twice one."""
    findings: tuple[Finding, ...] = ()
    """All that is wrong."""
    unproven: int = 0
    """Of the sound pictures, those that decode, and of whose bytes nothing else is known."""
    foreign: tuple[str, ...] = ()
    """Pictures that are not of this batch: in no line, and named like none of its own."""

    def counts(self) -> dict[str, int]:
        """Number of findings by kind; of missing rows and unreadable lines their number.

        Returns:
            Only kinds that were found, in the order of `KINDS`.
        """
        found = Counter[str]()
        for finding in self.findings:
            found[finding.kind] += len(finding.rows) or 1
        return {kind: found[kind] for kind in KINDS if found[kind]}


@dataclass
class _Check:
    """What is known so far."""

    lines: dict[str, Record]
    """The last line of each file."""
    shard_of: Callable[[int], int] | None = None
    """The shard of a row."""
    findings: list[Finding] = field(default_factory=list["Finding"])
    sound: set[str] = field(default_factory=set[str])
    copies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Names of files by the digest of their bytes."""
    proven: set[str] = field(default_factory=set[str])
    """Files whose own facts or bytes are those of their line."""
    unproven: set[str] = field(default_factory=set[str])
    """Sound files that merely decode."""
    foreign: list[str] = field(default_factory=list[str])
    """Files of somebody else."""

    def row_of(self, name: str) -> int:
        return self.lines[name].row if name in self.lines else -1

    def add(self, kind: str, file: str, words: str, row: int | None = None) -> None:
        shard = None if row is None or self.shard_of is None else self.shard_of(row)
        self.findings.append(Finding(kind, file, words, shard=shard))


def check_batch(
    folder: Path, expected: Expected | None = None, progress: Progress | None = None
) -> BatchReport:
    """Read every picture of a batch whole, and compare it with its line and its row.

    Args:
        folder: The folder, with files and a manifest.
        expected: What its plan asks for; none for a folder without a plan, of which only rows that
            the manifest names can be missing.
        progress: Called with (files done, files); an exception raised from it cancels.

    Returns:
        What was found.

    Raises:
        OSError: A file cannot be read.
    """
    report = progress or no_progress
    unread = Unread()
    names, sheets, parts = _listed(folder)
    check = _Check({}, None if expected is None else expected.shard_of)
    stored = check_shards(folder, expected)
    check.findings.extend(stored.findings)
    rows: dict[int, str] = {}
    for _, record in read_lines(folder, unread):
        earlier = rows.setdefault(record.row, record.file)
        if earlier != record.file:
            check.add(
                "doubled", record.file, f"is row {record.row} again, as {earlier} is", record.row
            )
        check.lines[record.file] = record
    if unread.lines:
        check.add("unreadable", "", f"{unread.lines:,} lines of {MANIFEST} say nothing")
    for part in parts:
        words = "is a temporary file, of a run that was killed or that goes on"
        place = Path(part).parent.name
        shard = int(place) if place.isdecimal() else None
        check.findings.append(Finding("unfinished", part, words, shard=shard))
    planned = {} if expected is None else _planned(check, names, expected)
    names = [name for name in names if _is_own(check, name, name in planned)]
    for done, name in enumerate([*names, *sheets]):
        report(done, len(names) + len(sheets))
        _check_file(check, folder / name, planned.get(name), expected)
    report(len(names) + len(sheets), len(names) + len(sheets))
    _check_copies(check)
    _check_twice(check, planned, stored.held)
    wrong = {finding.file for finding in check.findings}
    check.sound -= wrong | set(sheets)
    check.findings.extend(_missing(check, set(names), {*planned.values()}, stored.rows, expected))
    return BatchReport(
        folder,
        len(check.sound) + stored.sound,
        tuple(check.findings),
        len(check.unproven & check.sound) + stored.unproven,
        tuple(check.foreign),
    )


def _listed(folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Names of pictures, of pages of sheets, and of temporary files, sorted."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    unfinished = [name for name in names if _PART.fullmatch(name)]
    parts = (folder / PARTS).rglob("*")
    unfinished += sorted(one.relative_to(folder).as_posix() for one in parts if one.is_file())
    return (
        [name for name in names if is_picture_name(name)],
        [name for name in names if is_sheet_name(name)],
        unfinished,
    )


def _planned(check: _Check, names: Sequence[str], expected: Expected) -> dict[str, int]:
    """The rows of a plan that files stand for, by name."""
    found: dict[str, int] = {}
    for name in names:
        record = check.lines.get(name)
        row = expected.count if record is None else record.row
        if row < expected.count and expected.file_name(row) == name:
            found[name] = row
    rest = [name for name in names if name not in found]
    # a kill came between a file and its line
    return found | expected.rows_of(rest, set(found.values())) if rest else found


def _is_own(check: _Check, name: str, planned: bool) -> bool:
    """Whether a file is of the batch, by its name alone; notes those that are not."""
    if planned or name in check.lines or _NUMBERED.fullmatch(name):
        return True
    check.foreign.append(name)
    return False


def _check_file(check: _Check, path: Path, planned: int | None, expected: Expected | None) -> None:
    """Check one picture."""
    name, data = path.name, path.read_bytes()
    state = picture_state(data)
    if state.damage:
        check.add("damaged", name, state.damage, planned)
        return
    if is_sheet_name(name):
        return
    record = check.lines.get(name)
    if planned is None and (record is None or expected is not None):
        where = MANIFEST if expected is None else f"{MANIFEST} or no row of the plan"
        check.add("orphaned", name, f"is in no line of {where}")
        return
    stated = {} if record is None else dict(record.facts)
    if expected is not None:
        stated |= {"row": planned, "plan": expected.digest}
    if words := contradiction(state.texts, stated):
        check.add("misplaced", name, words, planned)
        return
    digest, written = digest_of(data), stated_digest(stated)
    if written and written != digest:
        check.add("damaged", name, OTHER_BYTES, planned)
        return
    if written or is_named(state.texts, stated):
        check.proven.add(name)
    check.sound.add(name)
    if not is_checked(data, stated):
        check.unproven.add(name)
    check.copies[digest].append(name)


def _check_copies(check: _Check) -> None:
    """Find files of the same bytes whose lines do not say the same."""
    for names in check.copies.values():
        if len(names) < 2:
            continue
        said = {_said(check.lines.get(name)) for name in names}
        if len(said) == 1:  # a plan may ask for the same picture twice
            continue
        for name in names:
            if name not in check.proven:
                other = next(one for one in names if one != name)
                check.add(
                    "doubled",
                    name,
                    f"holds the same bytes as {other}",
                    check.lines[name].row if name in check.lines else None,
                )


def _said(record: Record | None) -> str:
    """All that a line says of a picture but which it is."""
    facts = {} if record is None else record.facts
    own = ("file", "row", "sha256")
    return repr(sorted((k, repr(v)) for k, v in facts.items() if k not in own))


def _check_twice(check: _Check, planned: Mapping[str, int], held: Sequence[NumberRuns]) -> None:
    """Find rows that are stored as files and in shards; their files count as sound no more."""
    files = {planned.get(name, check.row_of(name)): name for name in check.sound}
    twice = set(files).intersection(itertools.chain.from_iterable(held))
    if twice:
        check.sound -= {files[row] for row in twice}
        rows = NumberRuns.of(sorted(twice))
        words = f"rows {_short(rows)} are stored twice, as files and in shards; keep one of both"
        check.findings.append(Finding("doubled", "", words, rows))


def _missing(
    check: _Check,
    names: set[str],
    drawn: set[int],
    shards: Sequence[range],
    expected: Expected | None,
) -> Iterator[Finding]:
    """Rows without a picture: of the manifest, and of the plan."""
    gone = {record.row for name, record in check.lines.items() if name not in names} - drawn
    if gone:
        rows = NumberRuns.of(sorted(gone))
        words = f"rows {_short(rows)} are in the manifest, and their files are gone"
        yield Finding("missing", "", words, rows)
    if expected is not None:
        there = drawn | gone
        for rows_of_shard in shards:
            there.update(rows_of_shard)
        rows = NumberRuns.of(n for n in range(expected.count) if n not in there)
        if rows:
            yield Finding("missing", "", f"rows {_short(rows)} of the plan have no picture", rows)


def _short(rows: NumberRuns) -> str:
    """Rows in few words."""
    text = str(rows)
    return text if len(text) <= 80 else f"{text[:80].rpartition(',')[0]} and more"
