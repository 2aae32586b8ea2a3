"""What every export does: pictures read whole, files written once, and words on the columns."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...base.atomic_files import write_atomically
from ...base.errors import PackError
from ...base.progress import Progress
from ..stored.contradictions import OTHER_BYTES, contradiction, digest_of, stated_digest
from ..stored.picture_checks import picture_state
from ..stored.records import Record
from ..stored.stored_pictures import StoredPictures
from .columns import LeverColumns

_MARK = ".export.json"
"""Says which batch a folder is an export of, so that an interrupted export can be repeated."""


@dataclass
class Export:
    """A batch on its way into a data set."""

    stored: StoredPictures
    """The batch."""
    records: Sequence[Record]
    """Its pictures that are exported, in order."""
    out: Path
    """Folder of the data set."""
    columns: LeverColumns
    """Columns of its levers."""
    copied: bool = False
    """Whether files are copied where they could be linked."""
    shard_size: int = 1000
    """Pictures of a shard, where the format has shards."""
    left_out: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Files that are damaged, of another row or not there, and what is wrong with each."""
    plan: str = ""
    """Digest of the plan, which pictures must state that state any; empty where there is none."""
    linked: int = 0
    """Files that share their bytes with those of the batch."""

    def pictures(self, progress: Progress) -> Iterator[tuple[Record, bytes]]:
        """Read the pictures one by one, and leave out what is damaged or of another row.

        Args:
            progress: Called with (pictures done, pictures).

        Yields:
            A picture's record, and its file.
        """
        for done, record in enumerate(self.records):
            progress(done, len(self.records))
            data = self.stored.read(record)
            if data is None:
                self.left_out.append((record.file, "is not there"))
                continue
            if wrong := self._wrong(record, data):
                self.left_out.append((record.file, wrong))
                continue
            yield record, data
        progress(len(self.records), len(self.records))

    def _wrong(self, record: Record, data: bytes) -> str:
        """What is wrong with a picture; empty where it is whole and the one of its row."""
        state = picture_state(data)
        stated = {**record.facts, "row": record.row}
        stated |= {"plan": self.plan} if self.plan else {}
        if wrong := state.damage or contradiction(state.texts, stated):
            return wrong
        digest = stated_digest(record.facts)
        return OTHER_BYTES if digest and digest != digest_of(data) else ""

    def shards(self, progress: Progress) -> Iterator[tuple[int, Iterator[tuple[Record, bytes]]]]:
        """The pictures in shards of `shard_size`.

        Args:
            progress: Called with (pictures done, pictures).

        Yields:
            Number of a shard, and its pictures, which must be read before the next.
        """
        rest = self.pictures(progress)
        number, first = 0, next(rest, None)
        while first is not None:
            beginning = first

            def shard() -> Iterator[tuple[Record, bytes]]:
                yield beginning  # noqa: B023
                for _ in range(self.shard_size - 1):
                    one = next(rest, None)
                    if one is None:
                        return
                    yield one

            yield number, shard()
            number, first = number + 1, next(rest, None)


class AbstractExport(ABC):
    """A format of data sets."""

    id: str
    """Short, unique, stable name."""
    loads: str
    """How it is loaded, as a line of Python; `{}` is the folder."""

    def check(self) -> None:
        """Find out, before any work, whether it can be written.

        Raises:
            PackError: A package is not installed.
        """
        return

    @abstractmethod
    def write(self, export: Export, progress: Progress) -> list[Path]:
        """Write the data set.

        Args:
            export: The batch; counts what is left out or linked.
            progress: Called with (pictures done, pictures); may raise to cancel.

        Returns:
            The files that hold the table.

        Raises:
            PackError: A package is not installed.
            OSError: The disk is full, or the folder cannot be written.
        """


def prepare(export: Export, kind: AbstractExport, plan: str) -> None:
    """Make the folder of a data set, or take up the one of an interrupted export.

    Args:
        export: The batch.
        kind: The format.
        plan: Digest of the plan; empty where there is none.

    Raises:
        PackError: The folder holds something else, or lies in that of the batch.
    """
    out, folder = export.out.resolve(), export.stored.folder.resolve()
    if out == folder or folder in out.parents:
        raise PackError(f"{str(export.out)!r} is in the folder of the batch", "a folder of its own")
    text = json.dumps({"to": kind.id, "batch": folder.name, "plan": plan})
    mark = out / _MARK
    if out.exists() and any(out.iterdir()):
        if not mark.is_file() or mark.read_text("utf-8", "replace") != text:
            raise PackError(
                f"{str(export.out)!r} holds something else",
                "a new or an empty folder",
                "«another_folder»",
            )
        return
    write_atomically(mark, text.encode())


def write_readme(export: Export, kind: AbstractExport) -> Path:
    """Write what the columns of a data set are, and how it is loaded.

    Args:
        export: The batch.
        kind: The format.

    Returns:
        The file.
    """
    facts = export.records[0].facts
    known = {name: facts[name] for name in _STATED if facts.get(name) not in (None, "")}
    lines = [
        "# Pictures by latent levers",
        "",
        f"{len(export.records) - len(export.left_out):,} pictures. Loaded by "
        f"`{kind.loads.format(export.out.name)}`.",
        "",
        *(f"- {name}: {_plain(value)}" for name, value in known.items()),
        "",
        "| column | meaning |",
        "| --- | --- |",
        "| row | row of the plan, which `latent-levers vary` draws again |",
        "| seed | seed of the latent code |",
        "| caption | seed and levers in words |",
        *(
            f"| {column} | strength of lever {index}, {_plain(name)}; 0 where it was not pulled |"
            for column, (index, name) in zip(
                export.columns.names, export.columns.levers, strict=True
            )
        ),
        "",
    ]
    return write_atomically(export.out / "README.md", "\n".join(lines).encode())


_STATED = ("generator", "levers", "unit", "truncation", "layers", "noise", "hold", "guard")
"""Facts that all pictures of a batch share."""


def _plain(value: object) -> str:
    """A fact on one line, without marks that change a page."""
    return re.sub(r"[^\w .,:;=+()/-]", "", " ".join(str(value).split()))[:200]
