"""A picture and its facts as the bytes of a file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image
from torch import Tensor

from ...pictures.picture_files import facts_as_text, text_chunks
from ..entries import ImageEntry
from ..facts import FACTS


def encode_picture(
    picture: Tensor, entry: ImageEntry, facts: Mapping[str, Any], whole: Mapping[str, Any]
) -> bytes:
    """Encode a picture with its facts. Pillow frees the interpreter's lock meanwhile.

    Args:
        picture: `[H, W, 3]` or `[H, W, 4]` uint8; opacity is dropped in a JPEG.
        entry: Format and level.
        facts: Keywords and values: text chunks of a PNG, else JSON in the EXIF description.
        whole: All that decides the picture; JSON in the chunk "latent_levers".

    Returns:
        The file.
    """
    buffer = io.BytesIO()
    image = Image.fromarray(picture.numpy())
    level = entry.chosen_level
    if entry.format == "png":
        chunks = text_chunks({**facts, FACTS: json.dumps(whole, separators=(",", ":"))})
        image.save(buffer, "PNG", pnginfo=chunks, compress_level=level)
        return buffer.getvalue()
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = facts_as_text({**facts, FACTS: dict(whole)})
    if entry.format == "webp":
        lossless = level == 100
        quality = 0 if lossless else level  # of a lossless file the effort, of which 0 is quick
        method = 0 if lossless else 4
        image.save(buffer, "WEBP", quality=quality, lossless=lossless, method=method, exif=exif)
    else:
        plain = image if image.mode == "RGB" else image.convert("RGB")
        plain.save(buffer, "JPEG", quality=level, subsampling=0, exif=exif)
    return buffer.getvalue()
