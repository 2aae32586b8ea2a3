"""The pictures of a batch that GAN Save Batch shows: the latest, and the last on a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ...core.base.errors import PackError
from ...core.batch.drawing import Drawer, DrawnRow
from ...core.batch.packs.files import FilesPack
from ...core.batch.plan import Plan
from ...core.batch.stored.redrawing import readable_picture
from ...core.pictures.contact_sheet import contact_sheet
from ...core.pictures.images import from_bytes, pictures_for_sheet
from ..previews import sheet_columns

_SHOWN, _TILE = 36, 256
"""Most pictures on the sheet, and their longer side in pixels."""


class WatchedFiles(FilesPack):
    """The pack of files, which also keeps the latest picture for a preview."""

    def __init__(self) -> None:
        self._latest: Tensor | None = None

    def watched(self, drawn: Iterator[DrawnRow]) -> Iterator[DrawnRow]:
        """See `FilesPack.watched`; the latest is kept."""
        for row in drawn:
            self._latest = row.picture
            yield row

    def picture(self) -> Image.Image | None:
        """The latest picture.

        Returns:
            In colour; none where nothing was drawn yet.
        """
        return None if self._latest is None else Image.fromarray(self._latest[..., :3].numpy())


def last_sheet(
    opened: Callable[[], Drawer], plan: Plan, folder: Path, rows: Sequence[int]
) -> Tensor:
    """The last pictures of some rows, on one sheet; those that are damaged are drawn again.

    Args:
        opened: Returns a drawer of the plan.
        plan: The plan.
        folder: Folder of the batch.
        rows: The rows, rising.

    Returns:
        `[H, W, 3]` uint8.

    Raises:
        PackError: None of them is there.
    """
    tiles: list[Tensor] = []
    captions: list[str] = []
    for number in rows[max(0, len(rows) - _SHOWN) :]:
        file = folder / plan.file_name(number)
        if file.is_file():
            picture = from_bytes(readable_picture(opened, plan, folder, number)[None])
            tiles.append(pictures_for_sheet(picture, side=_TILE))
            captions.append(plan[number].caption)
    if not tiles:
        raise PackError("None of the last pictures is there", "pictures that stay while they run")
    return contact_sheet(torch.cat(tiles), sheet_columns(len(tiles)), captions)
