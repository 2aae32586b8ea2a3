"""Files that no reader opens are named for what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path

import latent_levers as ll
import pytest
from latent_levers.core.base.file_kinds import FILE_KINDS, file_kind
from latent_levers.core.base.wording import LIBRARY
from PIL import Image


def picture(kind: str) -> bytes:
    """A picture of a format."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind)
    return buffer.getvalue()


FILES = {
    "a JPEG picture": picture("JPEG"),
    "a PNG picture": picture("PNG"),
    "a GIF picture": picture("GIF"),
    "a WebP picture": picture("WEBP"),
    "an EXR or TIFF picture": picture("TIFF"),
    "a BMP picture": picture("BMP"),
    "an icon": picture("ICO"),
    "an SVG drawing": b"<svg xmlns=",
    "a TensorFlow SavedModel": b"\x08\x01\x12\xa0\x05\n\x05",
    "a file of zeros": bytes(600),
    "a text file": b"resolution: 256\nbatch: 8\n",
    "a video": b"\0\0\0\x20ftypisom",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "an ONNX model": b"\x08\x08\x12\x07pytorch\x1a\x062.1.0:",
    "a TensorFlow Lite model": b"\x1c\0\0\0TFL3",
    "an index of a TensorFlow checkpoint": b"\0\0\x0c\x08\x01\x1a\x02\x08\x01",
    "a GGUF model": b"GGUF\x03\0\0\0",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "a web page": b"\n<!DOCTYPE html>\n<html><head>",
    "a gzip archive": gzip.compress(b"x"),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\0",
    "an xz or bzip2 archive": bz2.compress(b"x"),
    "a PDF document": b"%PDF-1.7\n",
    "a program": b"\x7fELF\x02\x01",
}


@pytest.mark.parametrize("title", FILES)
def test_foreign_files_are_named(title: str, tmp_path: Path) -> None:
    """In each place that opens files."""
    path = tmp_path / "network.pkl"
    path.write_bytes(FILES[title])
    gan = ll.load_generator("portraits")
    for load in (ll.load_generator, lambda p: ll.load_directions(p, gan=gan), ll.load_latents):
        with pytest.raises(ll.PackError) as caught:
            load(path)
        kind = file_kind(FILES[title])
        assert kind is not None
        assert f"network.pkl is {title}" in str(caught.value)
        assert LIBRARY.word(kind.remedy) in str(caught.value)


def test_siblings() -> None:
    for head, title in (
        (lzma.compress(b"x"), "an xz or bzip2"),
        (b"<html>", "a web page"),
        (b"<HTML lang", "a web page"),
        (b'<?xml version="1.0"?>', "a web page"),
        (b"MZ\x90\0", "a program"),
        (b'{"a": 1}', "a text file"),
        (b"import torch\nfrom torch import nn\n", "a text file"),
    ):
        kind = file_kind(head)
        assert kind is not None
        assert kind.title.startswith(title)
    assert file_kind(b"") is None
    assert file_kind(b"\x80\x04\x95") is None
    assert len({kind.title for kind in FILE_KINDS}) == len(FILE_KINDS) == len(FILES)
