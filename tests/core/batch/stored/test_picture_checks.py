"""Every byte of a picture counts: no damage in the middle goes unseen."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.stored.picture_checks import picture_state, read_pixels
from latent_levers.core.cli.wording import COMMAND_LINE
from latent_levers.core.pictures.picture_files import read_written
from PIL import ExifTags, Image, PngImagePlugin


def noise(size: int = 64, seed: int = 0) -> Image.Image:
    """A picture of noise, which fills its file with pixels."""
    values = np.random.RandomState(seed).randint(0, 256, (size, size, 3))
    return Image.fromarray(values.astype(np.uint8))


def encoded(kind: str, picture: Image.Image | None = None) -> bytes:
    """A file with facts."""
    buffer = io.BytesIO()
    if kind == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text("caption", "seed 3, smile +1.0")
        chunks.add_text("direction", "l\u00e4cheln \u2192")
        (picture or noise()).save(buffer, kind, pnginfo=chunks)
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.ImageDescription] = json.dumps({"caption": "seed 3, smile +1.0"})
        (picture or noise()).save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_whole_pictures(kind: str) -> None:
    state = picture_state(encoded(kind))
    assert state.damage == ""
    assert state.texts["caption"] == "seed 3, smile +1.0"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16"])
def test_modes_of_png(mode: str) -> None:
    values = Image.fromarray(np.arange(12 * 9, dtype=np.uint16).reshape(9, 12))
    picture = values if mode == "I;16" else noise(13).convert(mode)
    assert picture_state(encoded("PNG", picture)).damage == ""


def test_every_flipped_byte_of_a_png_is_found() -> None:
    data = encoded("PNG", noise(12))
    for place in range(len(data)):
        broken = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        assert picture_state(broken).damage, place


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_zeroed_and_truncated_pictures_are_found(kind: str) -> None:
    data = encoded(kind)
    middle = len(data) // 2
    zeroed = picture_state(data[:middle] + b"\0" * 512 + data[middle + 512 :])
    assert zeroed.damage
    assert kind != "PNG" or "bytes are zeros" in zeroed.damage
    for length in (1, 9, 40, middle, len(data) - 1):
        assert picture_state(data[:length]).damage, length
    assert picture_state(data + b"\0" * 600).damage
    assert "zeros" in picture_state(b"\0" * len(data)).damage
    assert picture_state(b"").damage == "is empty"
    assert picture_state(b"MZ" + data).damage


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, pixels: bytes, passes: int = 0) -> bytes:
    """A PNG of grey bytes that may lie."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, passes)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


def test_files_that_lie_are_refused_without_work() -> None:
    assert picture_state(png(2, 1, zlib.compress(b"\0ab"))).damage == ""
    bomb = zlib.compress(b"\0" * 50_000_000, 9)
    assert picture_state(png(2, 1, bomb)).damage == "lacks pixels"
    assert picture_state(png(2, 1, zlib.compress(b"\0a"))).damage == "lacks pixels"
    assert picture_state(png(2**31 - 1, 2**31 - 1, b"")).damage == "has impossible sizes"
    assert picture_state(png(2, 1, zlib.compress(b"\0ab"), 1)).damage == "has impossible sizes"
    assert picture_state(png(2, 1, b"no deflate")).damage.startswith("cannot be decoded")


def test_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded("PNG"))
    assert (read_pixels(path) == np.asarray(noise())).all()
    path.write_bytes(encoded("PNG")[:-300])
    for read in (read_pixels, read_written):
        with pytest.raises(PackError, match="cannot be read.*draw its row again") as failure:
            read(path)
        said = failure.value.worded(COMMAND_LINE)
        assert str(path) in said
        assert "Run latent-levers check --repair on its folder, then vary again" in said
