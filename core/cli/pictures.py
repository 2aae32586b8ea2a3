"""PNG files with metadata in text chunks, and masks from pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, PngImagePlugin
from torch import Tensor

from ..base.atomic_files import write_atomically
from ..base.errors import PackError

SOFTWARE = "Latent Levers"
"""Value of the text chunk "software"."""

_END = b"IEND\xaeB`\x82"
"""The last bytes of every complete PNG."""


def save_png(path: Path, picture: Tensor, facts: Mapping[str, object] | None = None) -> Path:
    """Write a PNG atomically.

    Args:
        path: The file; missing folders are created, an existing file is replaced.
        picture: `[H, W, 3]` uint8.
        facts: Keywords and values of text chunks, such as seed, direction and strength; values of
            None are skipped.

    Returns:
        The path.
    """
    chunks = PngImagePlugin.PngInfo()
    for name, value in {**(facts or {}), "software": SOFTWARE}.items():
        if value is not None:
            chunks.add_text(name, str(value))
    buffer = io.BytesIO()
    Image.fromarray(picture.cpu().numpy()).save(buffer, "PNG", pnginfo=chunks)
    return write_atomically(path, buffer.getvalue())


def is_complete(path: Path) -> bool:
    """Check whether a PNG was written completely.

    Args:
        path: A file that may not exist.

    Returns:
        Whether the file exists and ends with the end chunk of a PNG.
    """
    if not path.is_file() or path.stat().st_size < len(_END):
        return False
    with path.open("rb") as file:
        file.seek(-len(_END), io.SEEK_END)
        return file.read() == _END


def read_mask(path: Path) -> Tensor:
    """Read a mask from a picture: white is inside, black is outside, grey is a partial weight.

    Args:
        path: A picture in any format that Pillow reads.

    Returns:
        `[H, W]` float32 in [0, 1].

    Raises:
        PackError: The file does not exist or is not a picture.
    """
    try:
        with Image.open(path) as picture:
            return torch.from_numpy(np.asarray(picture.convert("L"), dtype=np.float32) / 255)
    except (OSError, ValueError) as error:
        raise PackError(
            f"The mask {str(path)!r} cannot be read ({error})",
            "a picture, white inside the region and black outside",
        ) from None
