"""The repair of a batch: what is wrong is moved aside, so that a resumed run draws it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...base.atomic_files import write_by
from ..locks import hold_lock, shard_lock
from .checking import BatchReport
from .findings import Finding
from .records import MANIFEST, read_lines

DAMAGED_FOLDER = ".damaged"
"""Where a repair moves files; nothing is deleted."""

_PATIENCE = 60.0
"""Seconds that a repair waits for a run that writes the manifest."""


@dataclass
class Repair:
    """What a repair did."""

    moved: list[Path] = field(default_factory=list[Path])
    """Where files went."""
    busy: list[int] = field(default_factory=list[int])
    """Shards that a run draws, in which nothing was moved."""
    left: list[Finding] = field(default_factory=list["Finding"])
    """Findings that neither this repair nor a run of `vary` mends."""


def repair_batch(report: BatchReport) -> Repair:
    """Move what is wrong aside, and write the manifest anew.

    Args:
        report: From `checking.check_batch`.

    Returns:
        What was done: files went into `.damaged` in the folder, under their names, with a number
        where a name is taken. Files of a shard that a run draws stay where they are.

    Raises:
        PackError: A run holds the manifest for long.
        OSError: A file cannot be moved.
    """
    repair = Repair()
    by_shard: dict[int | None, list[Finding]] = {}
    for finding in report.findings:
        if finding.file:
            by_shard.setdefault(finding.shard, []).append(finding)
        elif finding.kind not in ("missing", "unreadable"):
            repair.left.append(finding)
    for shard, findings in by_shard.items():
        lock = None if shard is None else shard_lock(report.folder, shard)
        if shard is not None and lock is None:
            repair.busy.append(shard)
            repair.left.extend(findings)
            continue
        try:
            for name in dict.fromkeys(finding.file for finding in findings):
                source = report.folder / name
                if source.is_file():
                    repair.moved.append(set_aside(source, report.folder / DAMAGED_FOLDER))
        finally:
            if lock is not None:
                lock.release()
    if (report.folder / MANIFEST).is_file():
        with hold_lock(report.folder, "manifest", _PATIENCE):
            _write_manifest(report.folder)
    return repair


def _write_manifest(folder: Path) -> None:
    """Keep the lines of files that are there, one for each row, in order."""
    lines: dict[int, str] = {}
    for text, record in read_lines(folder):
        if (folder / record.file).is_file():
            lines[record.row] = text

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{lines[row]}\n" for row in sorted(lines))

    write_by(folder / MANIFEST, write)


def set_aside(source: Path, folder: Path) -> Path:
    """Move a file into a folder in which nothing is replaced.

    Args:
        source: The file.
        folder: The folder, on the same disk; it is created.

    Returns:
        Where it is: under its name, with a number where that is taken.
    """
    folder.mkdir(exist_ok=True)
    target, number = folder / source.name, 2
    while target.exists():
        target = folder / f"{source.stem}_{number}{source.suffix}"
        number += 1
    return source.rename(target)
