"""The manifest of a batch: a line per picture, appended as pictures are written, in order at last.

Lines follow from the plan, so that those which a kill took are written anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..base.atomic_files import write_by
from .facts import manifest_line
from .file_names import USUAL
from .locks import hold_lock
from .plan import Plan

MANIFEST = "manifest.jsonl"
"""Name of the manifest: a line per image."""

_PATIENCE = 600.0
"""Seconds that a process waits for another that puts the lines in order."""

_LONGEST_LINE = 2**20

_NUMBERED = re.compile(r"(\d{5,15})\.\w{3,4}")
"""Names of pictures by their row."""


def append_lines(folder: Path, lines: Sequence[str]) -> None:
    """Add lines; several processes may do so at once.

    Args:
        folder: The folder of the batch.
        lines: Without line breaks.
    """
    if not lines:
        return
    with hold_lock(folder, "manifest", _PATIENCE), (folder / MANIFEST).open("ab") as file:
        if file.tell() and not _ends_well(folder / MANIFEST):
            file.write(b"\n")  # a kill cut the last line off
        file.write("".join(f"{line}\n" for line in lines).encode())


def _ends_well(path: Path) -> bool:
    """Whether a file ends with a line break."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"


def settle_manifest(plan: Plan, folder: Path, rows: Iterable[int]) -> Path:
    """Put the lines in the order of the rows, once each, and add those that are missing.

    Args:
        plan: The plan.
        folder: The folder of the batch.
        rows: Rows whose pictures are there, rising.

    Returns:
        Path of the manifest. It is only written anew where something is wrong with it.
    """
    path = folder / MANIFEST
    with hold_lock(folder, "manifest", _PATIENCE):
        known, places, sound = _lines(plan, path)
        wanted = np.fromiter(rows, dtype=np.int64)
        missing = wanted[~np.isin(wanted, known)]
        extra = np.setdiff1d(known, wanted)
        gone = np.array([n for n in extra if not (folder / plan_name(plan, int(n))).is_file()])
        rising = bool((np.diff(known) > 0).all())
        if sound and rising and not missing.size and not gone.size:
            return path
        order = np.argsort(known, kind="stable")
        last = np.ones(len(order), dtype=bool)
        last[:-1] = np.diff(known[order]) != 0  # of several lines of a row the last counts
        order = order[last]
        order = order[~np.isin(known[order], gone)]

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file, _Opened(path) as source:
                for line in _merged(plan, source, (known[order], places[order]), missing, folder):
                    file.write(line)

        return write_by(path, write)


def plan_name(plan: Plan, number: int) -> str:
    """Name of a row's picture, also beyond the end of a plan that names pictures by their row.

    Args:
        plan: The plan.
        number: The row.

    Returns:
        The name; empty where the plan knows none.
    """
    if number < len(plan):
        return plan.file_name(number)
    return f"{number:05d}.png" if plan.names == USUAL else ""


def _merged(
    plan: Plan,
    source: BinaryIO | None,
    known: tuple[np.ndarray, np.ndarray],
    missing: np.ndarray,
    folder: Path,
) -> Iterator[bytes]:
    """Lines of the known rows, from their places, and of the missing ones, in order."""
    rest = iter(missing.tolist())
    new = next(rest, None)
    for number, place in zip(*(one.tolist() for one in known), strict=True):
        while new is not None and new < number:
            yield _new_line(plan, folder, new)
            new = next(rest, None)
        assert source is not None
        source.seek(place)
        yield source.readline().rstrip(b"\r\n") + b"\n"
    while new is not None:
        yield _new_line(plan, folder, new)
        new = next(rest, None)


def _new_line(plan: Plan, folder: Path, number: int) -> bytes:
    """The line of a picture that a kill left without one, as its writer would have written it."""
    try:
        digest = hashlib.sha256((folder / plan.file_name(number)).read_bytes()).hexdigest()
    except FileNotFoundError:  # somebody moves pictures while the batch is drawn
        digest = None
    return f"{manifest_line(plan, number, digest=digest)}\n".encode()


class _Opened:
    """A file that may not exist, in a `with` block."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb") if path.is_file() else None

    def __enter__(self) -> BinaryIO | None:
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _lines(plan: Plan, path: Path) -> tuple[np.ndarray, np.ndarray, bool]:
    """Rows of the lines, their places in the file, and whether each line says which row it is."""
    rows, places, sound = array("q"), array("q"), True
    with _Opened(path) as file:
        place = 0
        while file is not None and (line := file.readline(_LONGEST_LINE)):
            row = _row_of(plan, line)
            if row is None:
                sound = False
            else:
                rows.append(row)
                places.append(place)
            place += len(line)
    return np.array(rows, dtype=np.int64), np.array(places, dtype=np.int64), sound


def _row_of(plan: Plan, line: bytes) -> int | None:
    """The row that a line is about; none for lines that are cut off, or say something else."""
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
        file, row = entry["file"], entry.get("row")
        if row is None:  # written before plans were
            found = _NUMBERED.fullmatch(file)
            row = -1 if found is None else int(found[1])
        if type(row) is int and 0 <= row < 10**12 and file == plan_name(plan, row):
            return row
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    return None
