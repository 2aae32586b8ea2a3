"""PNG files with metadata in text chunks, and masks from pictures."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin
from torch import Tensor

from ..base.atomic_files import write_atomically
from ..base.errors import PackError
from ..base.wording import warn
from .images import from_bytes

SOFTWARE = "Latent Levers"
"""Value of the text chunk "software"."""

_END = b"IEND\xaeB`\x82"
"""The last bytes of every complete PNG."""


def save_png(
    path: Path,
    picture: Tensor,
    facts: Mapping[str, object] | None = None,
    level: int | None = None,
) -> Path:
    """Write a PNG atomically.

    Args:
        path: The file; missing folders are created, an existing file is replaced.
        picture: `[H, W, 3]` uint8, or `[H, W, 4]` with an alpha channel.
        facts: Keywords and values of text chunks, such as seed, direction and strength; values of
            None are skipped.
        level: Of the compression, from 0 to 9; none means Pillow's.

    Returns:
        The path.
    """
    buffer = io.BytesIO()
    about: dict[str, Any] = {} if level is None else {"compress_level": level}
    chunks = text_chunks(facts or {})
    Image.fromarray(picture.cpu().numpy()).save(buffer, "PNG", pnginfo=chunks, **about)
    return write_atomically(path, buffer.getvalue())


def text_chunks(facts: Mapping[str, object]) -> PngImagePlugin.PngInfo:
    """Text chunks of a PNG, still or animated.

    Args:
        facts: Keywords and values; values of None are skipped.

    Returns:
        The chunks, "software" among them.
    """
    chunks = PngImagePlugin.PngInfo()
    for name, value in {**facts, "software": SOFTWARE}.items():
        if value is not None:
            chunks.add_text(name, str(value))
    return chunks


def facts_as_text(facts: Mapping[str, object]) -> str:
    """Facts as JSON, for files that hold one text.

    Args:
        facts: Keywords and values; values of None are skipped.

    Returns:
        ASCII, with "software".
    """
    known = {name: value for name, value in facts.items() if value is not None}
    return json.dumps({**known, "software": SOFTWARE}, default=str)


def is_complete(path: str | os.PathLike[str]) -> bool:
    """Check whether a PNG, JPEG or WebP was written completely, by its end alone.

    Args:
        path: A file that may not exist; its ending says what it is, a PNG unless it is another.

    Returns:
        Whether the file exists and ends as its format does; a WebP, whether it has the size that
        it states.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb", buffering=0) as file:
            size = file.seek(0, io.SEEK_END)
            if name.endswith(".webp"):
                file.seek(0)
                head = file.read(8)
                return len(head) == 8 and int.from_bytes(head[4:], "little") + 8 == size
            end = b"\xff\xd9" if name.endswith((".jpg", ".jpeg")) else _END
            if size < len(end):
                return False
            file.seek(-len(end), io.SEEK_END)
            return file.read() == end
    except OSError:
        return False


def read_written(path: Path) -> Tensor:
    """Read a picture of this pack: a PNG, WebP or JPEG.

    Args:
        path: The file.

    Returns:
        `[H, W, 3]` uint8; opacity is dropped.

    Raises:
        PackError: The file is damaged, or something else.
    """
    try:
        with Image.open(path, formats=("PNG", "WEBP", "JPEG")) as picture:
            if picture.width * picture.height <= _MOST_PIXELS:
                return torch.from_numpy(np.asarray(picture.convert("RGB")).copy())
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        found = f"{str(path)!r} cannot be read ({error})"
        raise PackError(found, "a picture of this pack", "«repair_batch»") from None
    raise PackError(f"{str(path)!r} is too large", f"at most {_MOST_PIXELS // 2**20} megapixels")


def read_picture(path: Path) -> Tensor:
    """Read a picture of any program as an image of a network.

    Args:
        path: A PNG, JPEG, WebP, BMP, TIFF or GIF of at most 64 megapixels.

    Returns:
        `[1, 3, H, W]` float32 in [-1, 1], upright as its EXIF says, in sRGB. Grey pictures get
        three channels. Opacity, and more than 8 bits of a colour, are dropped with a warning; a
        colour profile other than sRGB is converted, or left out where it cannot be read, likewise.

    Raises:
        PackError: The file does not exist, is not such a picture, or is too large.
    """
    kinds = f"a picture ({', '.join(_FORMATS)})"
    if not path.is_file():  # a pipe would be waited for
        raise PackError(f"There is no file {str(path)!r}", kinds)
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            if picture.width * picture.height <= _MOST_PIXELS:
                return _colours(picture, path.name)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PackError(f"{str(path)!r} cannot be read ({error})", kinds) from None
    raise PackError(f"{str(path)!r} is too large", f"at most {_MOST_PIXELS // 2**20} megapixels")


def _colours(picture: Image.Image, name: str) -> Tensor:
    """The colours of an opened picture, `[1, 3, H, W]` in [-1, 1]; says what is lost."""
    if picture.mode == "F":
        raise PackError(f"{name!r} holds fractions of unknown range", "8 or 16 bits a colour")
    tiles = getattr(picture, "tile", ())  # of files; the way their bytes are packed
    packed: object = tiles[0][3] if tiles else ""
    raw_mode = packed[0] if isinstance(packed, tuple) and packed else packed
    deep = isinstance(raw_mode, str) and ";16" in raw_mode
    turned = picture.getexif().get(ExifTags.Base.Orientation, 1) not in (0, 1)
    upright = ImageOps.exif_transpose(picture) if turned else picture
    if turned:
        warn(f"{name!r} is turned as its EXIF says: positions in it count as viewers show it")
    if upright.mode.startswith("I"):  # Pillow would cut off all above 255
        left = " and its colour profile is left out" if "icc_profile" in upright.info else ""
        warn(f"{name!r} has 16 bits of grey; pictures are written in 8{left}")
        grey = _grey(upright)  # [H, W]
        return (2 * grey - 1).expand(1, 3, -1, -1).contiguous()
    if deep:
        warn(f"{name!r} has 16 bits a colour, of which 8 are used")
    if upright.mode in _TRANSPARENT or "transparency" in upright.info:
        alpha = upright.convert("RGBA").getchannel("A")
        if alpha.getextrema()[0] != 255:
            warn(f"{name!r} is transparent in places; its opacity is dropped")
    return from_bytes(torch.from_numpy(np.asarray(_in_srgb(upright, name)).copy())[None])


def _in_srgb(picture: Image.Image, name: str) -> Image.Image:
    """The colours as sRGB, by the colour profile that the file holds; says what is done."""
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return picture.convert("RGB")
    try:
        if len(profile) > _LARGEST_PROFILE:
            raise ValueError(f"{len(profile):,} bytes")
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        title = " ".join(ImageCms.getProfileDescription(source).split())[:60]
        if picture.mode in _PLAIN and title.lower().startswith("srgb"):
            return picture.convert("RGB")
        plain = picture if picture.mode in _WITH_PROFILES else picture.convert("RGB")
        made = ImageCms.profileToProfile(
            plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        warn(f"{name!r} has a colour profile that cannot be used ({reason}); it is read as sRGB")
        return picture.convert("RGB")
    if made is None:  # only where a picture is changed in place
        return picture.convert("RGB")
    warn(f"{name!r} has the colour profile {title!r} and is converted to sRGB, as it is written")
    return made


_LARGEST_PROFILE = 4 * 1024 * 1024
"""Most bytes of a colour profile; those of printers have two million."""

_PLAIN = ("RGB", "RGBA", "RGBX", "P", "PA")
"""Modes whose colours are red, green and blue."""

_WITH_PROFILES = ("RGB", "CMYK", "L", "LAB")
"""Modes that colour profiles are for; palettes and opacity are resolved first."""


_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""Formats of pictures that are opened. Pillow knows others; EPS would start Ghostscript."""

_MOST_PIXELS = 64 * 1024 * 1024
"""Most pixels of a picture; checked before they are decoded."""

_ENOUGH_PIXELS = 4 * 1024 * 1024
"""Pixels of a mask above which it is reduced when it is read."""

_TRANSPARENT = ("LA", "La", "PA", "RGBA", "RGBa")
"""Modes of Pillow with an alpha channel."""


def read_mask(path: Path) -> Tensor:
    """Read a mask from a picture: white is inside, black is outside, grey is a partial weight.

    Where the picture has an alpha channel that varies, it was painted on a transparent layer: alpha
    is the mask then, whatever the colour.

    Args:
        path: A PNG, JPEG, WebP, BMP, TIFF or GIF of at most 64 megapixels.

    Returns:
        `[H, W]` float32 in [0, 1].

    Raises:
        PackError: The file does not exist, is not such a picture, or is too large.
    """
    if not path.is_file():  # a pipe would be waited for
        raise PackError(f"There is no file {str(path)!r}", "a picture of the region")
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height <= _MOST_PIXELS:
                return _weights(picture)
    except Image.DecompressionBombError:
        width, height = 0, 0
    except (OSError, ValueError, SyntaxError) as error:
        raise PackError(
            f"The mask {str(path)!r} cannot be read ({error})",
            f"a picture ({', '.join(_FORMATS)}), white inside the region and black outside",
        ) from None
    shape = f"{width} x {height} pixels" if width else "far too large"
    raise PackError(
        f"The mask {str(path)!r} is {shape}",
        f"at most {_MOST_PIXELS // 2**20} megapixels",
        "Save it smaller; it is resized to the image anyway",
    )


def _weights(picture: Image.Image) -> Tensor:
    """Alpha where it varies, else luminance, as `[H, W]` float32 in [0, 1]."""
    if picture.mode in _TRANSPARENT or "transparency" in picture.info:
        alpha = picture.convert("RGBA").getchannel("A")
        low, high = alpha.getextrema()
        if low != high:
            return _grey(alpha)
    return _grey(picture)


def _grey(picture: Image.Image) -> Tensor:
    """Luminance as `[H, W]` float32 in [0, 1]; 16-bit pictures keep their range."""
    if picture.mode.startswith("I"):
        return torch.from_numpy(np.asarray(picture, dtype=np.float32) / 65535).clamp(0, 1)
    grey = picture.convert("L")
    times = math.ceil(math.sqrt(grey.width * grey.height / _ENOUGH_PIXELS))
    if times > 1:  # it is averaged over areas later anyway
        grey = grey.reduce(times)
    return torch.from_numpy(np.asarray(grey, dtype=np.float32) / 255)
