"""PNG files that say how they were made."""

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
"""What the text chunk "Software" says."""

_END = b"IEND\xaeB`\x82"
"""How every complete PNG ends."""


def save_png(path: Path, picture: Tensor, facts: Mapping[str, object] | None = None) -> Path:
    """Write a picture whole or not at all.

    Args:
        path: Where to; missing folders are made, an existing file is replaced.
        picture: `[H, W, 3]` uint8.
        facts: Names to values for text chunks, such as seed, direction, strength; none are left
            out.

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
    """Tell a finished PNG from one that was cut off by whatever means.

    Args:
        path: A file that may not exist.

    Returns:
        Whether it ends as PNGs do.
    """
    if not path.is_file() or path.stat().st_size < len(_END):
        return False
    with path.open("rb") as file:
        file.seek(-len(_END), io.SEEK_END)
        return file.read() == _END


def read_mask(path: Path) -> Tensor:
    """A mask from a picture: white is inside, black outside, grey between.

    Args:
        path: Any picture that Pillow reads.

    Returns:
        `[H, W]` float32 in [0, 1].

    Raises:
        PackError: There is no such file, or it is no picture.
    """
    try:
        with Image.open(path) as picture:
            return torch.from_numpy(np.asarray(picture.convert("L"), dtype=np.float32) / 255)
    except (OSError, ValueError) as error:
        raise PackError(
            f"The mask {str(path)!r} cannot be read ({error})",
            "a picture, white inside the region and black outside",
        ) from None
