"""A shard of a batch as one tar file: pictures and facts, the same bytes whoever writes it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...base.errors import PackError
from ...base.progress import Progress
from ..drawing import Drawer, DrawnRow
from ..facts import manifest_line
from ..parts import parts_folder
from ..plan import Plan

_MOST_THREADS = 2
"""Threads that encode; several processes share the cores."""

_LONGEST = 4096
"""Characters of what a tar says of itself."""


@dataclass(frozen=True)
class Sample:
    """A picture of a tar, for the table of a shard."""

    facts: dict[str, Any]
    """Its line of the manifest."""
    size: int
    """Bytes of its file."""
    digest: str
    """SHA-256 of its file."""


def tar_path(folder: Path, shard: int) -> Path:
    """The tar of a shard.

    Args:
        folder: Folder of the batch.
        shard: Number of the shard.

    Returns:
        Its path.
    """
    return folder / f"shard-{shard:06d}.tar"


def require_whole(plan: Plan, rows: Sequence[int], pack: str) -> int:
    """Check that rows are a whole shard, since a tar is written at once.

    Args:
        plan: The plan.
        rows: Rows of one shard, rising, at least one.
        pack: Id of the pack.

    Returns:
        Number of the shard.

    Raises:
        PackError: They are not.
    """
    shard = plan.shard_of(rows[0])
    if len(rows) != len(plan.shard(shard)):
        raise PackError(
            f"{len(rows)} of the {len(plan.shard(shard))} rows of shard {shard} were asked for",
            f"whole shards of {plan.shard_size} rows, which the pack {pack!r} writes at once",
            "Leave the rows out, or use the pack 'files'",
        )
    return shard


def stated_rows(path: Path, plan: Plan) -> int:
    """How many rows a tar of the plan holds.

    Args:
        path: The tar.
        plan: The plan.

    Returns:
        Its number of rows; 0 where there is no such file.

    Raises:
        PackError: It is a tar of another plan, or none.
    """
    if not path.is_file():
        return 0
    try:
        with tarfile.open(path, "r:") as tar:
            tar.next()
            text = tar.pax_headers.get("comment", "")[:_LONGEST]
        about: Any = json.loads(text)
        rows, digest = int(about["rows"]), str(about["plan"])
    except (tarfile.TarError, OSError, ValueError, LookupError, TypeError, RecursionError):
        rows, digest = 0, ""
    require_plan(path, digest, plan)
    return rows


def require_plan(path: Path, digest: str, plan: Plan) -> None:
    """Refuse a file of a shard that belongs to another plan.

    Args:
        path: The file.
        digest: The digest that it states; empty where it states none.
        plan: The plan.

    Raises:
        PackError: The digest is another.
    """
    if digest != plan.digest:
        raise PackError(
            f"{path.name} is not a shard of this plan",
            "shards of one plan in a folder",
            "Move it elsewhere. «another_folder»",
        )


def write_tar(
    drawer: Drawer, rows: Sequence[int], folder: Path, progress: Progress | None
) -> list[Sample]:
    """Draw a shard into a tar, and rename it when it is complete.

    Members of a sample share their name up to the dot, as WebDataset wants it; times and owners are
    zero, so that the file is the same whoever writes it.

    Args:
        drawer: Draws rows of the plan.
        rows: All rows of a shard.
        folder: Folder of the batch.
        progress: Called with (done, total) rows; may raise to cancel.

    Returns:
        What each picture is.
    """
    plan = drawer.plan
    shard = plan.shard_of(rows[0])
    part = parts_folder(folder, shard) / tar_path(folder, shard).name
    part.parent.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"plan": plan.digest, "shard": shard, "rows": len(rows)})
    samples: list[Sample] = []
    options: Any = {"format": tarfile.PAX_FORMAT, "pax_headers": {"comment": about}}
    with tarfile.open(part, "w", **options) as tar:
        for drawn, data in _encoded(drawer, rows, progress):
            digest = hashlib.sha256(data).hexdigest()
            line = manifest_line(plan, drawn.number, digest=digest)
            name = Path(plan.file_name(drawn.number))
            _add(tar, f"{drawn.number:012d}{name.suffix}", data)
            _add(tar, f"{drawn.number:012d}.json", line.encode())
            samples.append(Sample(json.loads(line), len(data), digest))
    with part.open("rb+") as file:
        os.fsync(file.fileno())  # since its presence says that the shard is done
    part.replace(tar_path(folder, shard))
    with contextlib.suppress(OSError):
        part.parent.rmdir()
        part.parent.parent.rmdir()
    return samples


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file with no time and no owner."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    tar.addfile(entry, io.BytesIO(data))


def _encoded(
    drawer: Drawer, rows: Sequence[int], progress: Progress | None
) -> Iterator[tuple[DrawnRow, bytes]]:
    """Pictures and their files in order, encoded while the next are drawn."""
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    waiting: deque[tuple[DrawnRow, Future[bytes]]] = deque()
    with ThreadPoolExecutor(threads, "encode") as pool:
        for drawn in drawer.draw(rows, progress):
            waiting.append((drawn, pool.submit(drawer.encode, drawn)))
            if len(waiting) > 2 * threads:
                first, data = waiting.popleft()
                yield first, data.result()
        for first, data in waiting:
            yield first, data.result()
