"""Whether a file holds a whole picture: every checksum is computed, every pixel decompressed."""

from __future__ import annotations

import contextlib
import io
import json
import re
import struct
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from ...base.errors import PackError
from ...pictures.films.film_files import Frame

PICTURE_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
"""Endings of the pictures of a batch."""

_FORMATS = ("PNG", "WEBP", "JPEG")

_MOST_BYTES = 256 * 2**20
"""Bytes of the largest picture that is read."""

_MOST_PIXELS = 64 * 2**20
"""Pixels of the largest picture that is decoded."""

_LONGEST_TEXT = 2**16
"""Characters of the longest text of a picture that is kept; graphs of nodes are longer."""

_MOST_TEXTS = 100
"""Most texts of a picture that are kept."""

_ZEROS = re.compile(rb"\0{512,}")
"""A sector of a disk that was never written."""

_PNG, _END = b"\x89PNG\r\n\x1a\n", b"IEND"

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Numbers of a pixel by the colour type of a PNG."""


@dataclass(frozen=True)
class PictureState:
    """What a file holds."""

    damage: str = ""
    """What is wrong, such as "ends within the chunk IDAT"; empty for a whole picture."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its facts, by keyword; of a damaged file, those before the damage."""


def picture_state(data: bytes) -> PictureState:
    """Check a picture byte by byte.

    Args:
        data: All bytes of a PNG, WebP or JPEG. WebP and JPEG hold no checksums: a run of 512 zeros
            in them counts as damage, and so does all that their decoders refuse.

    Returns:
        Its state.
    """
    if len(data) > _MOST_BYTES:
        return PictureState(f"has {len(data):,} bytes, more than any picture of a batch")
    if not data.strip(b"\0"):
        return PictureState(f"is {len(data):,} zeros" if data else "is empty")
    try:
        if data.startswith(_PNG):
            return _png_state(data)
        return _decoded_state(data)
    except (ValueError, struct.error, zlib.error) as error:
        return PictureState(f"cannot be decoded ({error})")


def _png_state(data: bytes) -> PictureState:
    """Walk the chunks of a PNG."""
    texts: dict[str, str] = {}
    pixels, expected = zlib.decompressobj(), -1
    place, got, kind = len(_PNG), 0, b""
    while kind != _END:
        if place + 12 > len(data):
            return PictureState("ends without its last chunk", texts)
        length, kind = struct.unpack_from(">I4s", data, place)
        body, stop = memoryview(data)[place + 8 : place + 8 + length], place + 12 + length
        name = kind.decode("latin-1") if kind.isalpha() else "that is none"
        if stop > len(data):
            return PictureState(f"ends within the chunk {name}", texts)
        (stated,) = struct.unpack_from(">I", data, stop - 4)
        if zlib.crc32(body, zlib.crc32(kind)) != stated:
            return PictureState(f"has a wrong checksum in the chunk {name}{_run(body)}", texts)
        place = stop
        if kind == b"IHDR":
            expected = _png_bytes(bytes(body))
            if not 0 <= expected <= 8 * _MOST_PIXELS:
                return PictureState("has impossible sizes", texts)
        elif kind == b"IDAT":
            got += len(pixels.decompress(body, max(1, expected - got + 1)))
        elif kind in (b"tEXt", b"iTXt") and len(texts) < _MOST_TEXTS:
            _add_text(texts, kind, bytes(body))
    if place != len(data):
        return PictureState(f"has {len(data) - place:,} bytes behind its end", texts)
    if got != expected or not pixels.eof:
        return PictureState("lacks pixels", texts)
    return PictureState("", texts)


def _png_bytes(header: bytes) -> int:
    """Bytes of the unpacked pixels of a PNG with one pass; -1 for what this pack never writes."""
    width, height, depth, colour, _, _, passes = struct.unpack(">IIBBBBB", header)
    if passes or colour not in _SAMPLES or depth not in (1, 2, 4, 8, 16) or not width * height:
        return -1
    return height * (1 + -(-width * _SAMPLES[colour] * depth // 8))


def _run(body: bytes | memoryview) -> str:
    """Words on a run of zeros, as what a lost sector leaves."""
    zeros = _ZEROS.search(body)
    return "" if zeros is None else f", in which {len(zeros[0]):,} bytes are zeros"


def _add_text(texts: dict[str, str], kind: bytes, body: bytes) -> None:
    """Keep the text of a chunk, if it is short and not compressed."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"iTXt":
        if not rest.startswith(b"\0"):
            return
        text = rest[2:].split(b"\0", 2)[-1].decode("utf-8", "replace")
    else:
        text = rest.decode("latin-1")
    if len(text) <= _LONGEST_TEXT:
        texts[keyword.decode("latin-1")] = text


def _decoded_state(data: bytes) -> PictureState:
    """Decode a WebP or JPEG, and see that its last byte is its end."""
    texts: dict[str, str] = {}
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS[1:]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return PictureState("has impossible sizes")
            kind = picture.format
            picture.load()
            texts = _exif_texts(picture)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        return PictureState(f"cannot be decoded ({error})", texts)
    if zeros := _run(data):
        return PictureState(f"is damaged{zeros}", texts)
    if kind == "JPEG" and not data.endswith(b"\xff\xd9"):
        return PictureState("does not end as a JPEG", texts)
    if kind == "WEBP" and len(data) != (8 + int.from_bytes(data[4:8], "little") + 1) // 2 * 2:
        return PictureState("has another length than it says", texts)
    return PictureState("", texts)


def _exif_texts(picture: Image.Image) -> dict[str, str]:
    """The facts in the description of a WebP or JPEG, where it is a JSON object."""
    try:
        stored: Any = picture.getexif().get(ExifTags.Base.ImageDescription)
        if not isinstance(stored, str) or len(stored) > _LONGEST_TEXT:
            return {}
        facts = json.loads(stored)
    except (ValueError, OSError, SyntaxError, RecursionError):
        return {}
    entries = list(facts.items())[:_MOST_TEXTS] if isinstance(facts, dict) else []
    return {str(name): str(value) for name, value in entries}


def read_pixels(path: Path) -> Frame:
    """Decode a picture of a batch.

    Args:
        path: A PNG, WebP or JPEG.

    Returns:
        `[H, W, 3]` uint8; opacity is dropped.

    Raises:
        PackError: The file is damaged, too large, or something else.
    """
    with _opened(path) as picture:
        if picture.width * picture.height <= _MOST_PIXELS:
            return np.asarray(picture.convert("RGB")).copy()
    raise PackError(f"{str(path)!r} is too large", f"at most {_MOST_PIXELS // 2**20} megapixels")


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture of a batch, from its header.

    Args:
        path: A PNG, WebP or JPEG.

    Returns:
        Both in pixels.

    Raises:
        PackError: The file is something else.
    """
    with _opened(path) as picture:
        return picture.size


@contextlib.contextmanager
def _opened(path: Path) -> Generator[Image.Image]:
    """Context with an open picture of a batch; what goes wrong in it is a `PackError`."""
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            yield picture
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PackError(
            f"{str(path)!r} cannot be read ({error})",
            "a picture of a batch",
            "«repair_batch»",
        ) from None
