"""Pictures of a batch that are read for a sheet: those that cannot be read are drawn again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from ...base.errors import PackError
from ...base.wording import warn
from ...pictures.picture_files import read_written
from ..drawing import Drawer
from ..manifest import settle_manifest
from ..packs.files import FILES
from ..plan import Plan
from ..running import draw_rows
from .repair import DAMAGED_FOLDER, set_aside


def readable_picture(opened: Callable[[], Drawer], plan: Plan, folder: Path, number: int) -> Tensor:
    """Read a picture of a batch; one that cannot be read is moved aside and drawn again.

    Args:
        opened: Returns a drawer of the plan; called only where something is drawn.
        plan: The plan.
        folder: The folder of the batch, of files.
        number: The row.

    Returns:
        `[H, W, 3]` uint8; opacity is dropped.

    Raises:
        PackError: Another run draws the row, or what was drawn cannot be read either.
        OSError: The file cannot be moved or written.
    """
    path = folder / plan.file_name(number)
    try:
        return read_written(path)
    except PackError:
        words = f"{path.name} could not be read, and was drawn again"
        if path.is_file():
            kept = set_aside(path, folder / DAMAGED_FOLDER)
            words += f"; the damaged file is {DAMAGED_FOLDER}/{kept.name}"
    draw_rows(opened, FILES, plan, folder, [number])
    settle_manifest(plan, folder, [number])
    warn(words)
    return read_written(path)
