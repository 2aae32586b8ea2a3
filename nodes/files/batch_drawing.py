"""Draws the missing pictures of a batch shard by shard, and shows the latest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ...core.base.errors import PackError
from ...core.base.progress import Progress
from ...core.batch.drawing import Drawer
from ...core.batch.locks import shard_lock
from ...core.batch.packs.files import FILES
from ...core.batch.plan import Plan
from ...core.pictures.contact_sheet import contact_sheet
from ...core.pictures.images import pictures_for_sheet
from ...core.pictures.picture_files import read_picture
from .. import host
from ..previews import sheet_columns

_SHOWN, _TILE = 36, 256
"""Most pictures on the sheet, and their longer side in pixels."""


@dataclass
class Done:
    """What a run did."""

    drawn: int = 0
    """Pictures that it drew."""
    present: int = 0
    """Pictures of the chosen rows that are there now."""
    busy: list[int] = field(default_factory=list[int])
    """Shards that another process draws."""

    def notes(self, folder: str) -> list[str]:
        """What to say on the node.

        Args:
            folder: Name of the folder.

        Returns:
            Sentences.
        """
        there = f"{self.present:,} picture{'' if self.present == 1 else 's'}"
        said = [f"{self.drawn:,} drawn now; {there} in output/{folder}."]
        if self.busy:
            numbers = ", ".join(map(str, self.busy))
            said.append(f"Another process draws shard {numbers}; queue again when it has ended.")
        return said


def draw_missing(drawer: Drawer, folder: Path, chosen: Sequence[int]) -> Done:
    """Draw what the folder lacks of some rows; what is drawn stays when the user cancels.

    Args:
        drawer: Draws rows of the plan.
        folder: Folder of the batch, which holds the plan.
        chosen: Rows that are asked for.

    Returns:
        What was done.
    """
    plan, done = drawer.plan, Done()
    for shard, rows in _by_shard(plan, chosen):
        lock = shard_lock(folder, shard)
        if lock is None:
            done.busy.append(shard)
            continue
        try:
            missing = FILES.missing(plan, folder, rows)
            there = done.present + len(rows) - len(missing)
            if missing:
                report = _progress(plan, folder, missing, (there, len(chosen)))
                done.drawn += FILES.write(drawer, missing, folder, report)
        finally:
            lock.release()
        done.present += len(rows)
    return done


def _by_shard(plan: Plan, chosen: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """The chosen rows of each shard, rising."""
    if isinstance(chosen, range):
        for shard in range(plan.shards):
            rows = plan.shard(shard)
            part = range(max(rows.start, chosen.start), min(rows.stop, chosen.stop))
            if part:
                yield shard, part
        return
    found: dict[int, list[int]] = {}
    for row in sorted(chosen):
        found.setdefault(plan.shard_of(row), []).append(row)
    yield from found.items()


def _progress(
    plan: Plan, folder: Path, missing: Sequence[int], counts: tuple[int, int]
) -> Progress:
    """Progress over all chosen rows, with the latest picture; raises when the user cancels."""
    there, total = counts

    def latest(done: int) -> Image.Image | None:
        number = missing[min(done - there, len(missing)) - 1]
        try:
            with Image.open(folder / plan.file_name(number)) as image:
                return image.convert("RGB")
        except OSError:  # it is still being written
            return None

    report = host.progress(latest)
    return lambda done, _: report(there + done, total)


def last_sheet(plan: Plan, folder: Path, chosen: Sequence[int]) -> Tensor:
    """The last pictures of some rows, on one sheet.

    Args:
        plan: The plan.
        folder: Folder of the batch.
        chosen: The rows.

    Returns:
        `[H, W, 3]` uint8.

    Raises:
        PackError: None of them is there, since another process draws them.
    """
    tiles: list[Tensor] = []
    captions: list[str] = []
    for number in chosen[-_SHOWN:]:
        file = folder / plan.file_name(number)
        if file.is_file():
            tiles.append(pictures_for_sheet(read_picture(file), side=_TILE))
            captions.append(plan[number].caption)
    if not tiles:
        raise PackError(
            "None of the pictures is there yet: another process draws them",
            "at least one",
            "Queue again when it has ended",
        )
    return contact_sheet(torch.cat(tiles), sheet_columns(len(tiles)), captions)
