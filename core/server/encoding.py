"""Pictures as bytes and as addresses that contain them."""

from __future__ import annotations

import base64
import io

from PIL import Image
from torch import Tensor


def encoded(pixels: Tensor, quality: int | None) -> tuple[str, bytes]:
    """Encode a picture as PNG, or as JPEG of a quality.

    Args:
        pixels: `[h, w, 3]` or `[h, w]` uint8.
        quality: From 1 to 95; none for PNG, which loses nothing.

    Returns:
        MIME type and bytes.
    """
    image = Image.fromarray(pixels.contiguous().numpy())
    out = io.BytesIO()
    if quality is None:
        image.save(out, "PNG", compress_level=1)
        return "image/png", out.getvalue()
    image.save(out, "JPEG", quality=quality)
    return "image/jpeg", out.getvalue()


def data_url(pixels: Tensor, quality: int | None = 88) -> str:
    """Encode a picture as an address that contains it.

    Args:
        pixels: `[h, w, 3]` or `[h, w]` uint8.
        quality: From 1 to 95; none for PNG.

    Returns:
        A data URL.
    """
    kind, data = encoded(pixels, quality)
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
