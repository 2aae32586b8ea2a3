"""Kinds of files that no reader opens, by their first bytes, and what to do with each."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNPACK = "Unpack it and choose the file inside"
_PICTURE = "Choose the model's file; «pictures»"
_CONVERT = "Save the weights as safetensors, or with torch, in the program that wrote the file"


@dataclass(frozen=True)
class FileKind:
    """One kind of file."""

    title: str
    """Name of the kind, with its article."""
    magic: bytes
    """Regular expression that matches the first bytes of the file."""
    remedy: str
    """What to do, as a sentence without a full stop."""


FILE_KINDS = (
    FileKind(
        "a pointer of Git LFS, which stands for a large file that was not downloaded",
        rb"version https://git-lfs",
        "Run `git lfs pull` in its folder, or download the file from the repository's page",
    ),
    FileKind(
        "a web page",
        rb"\s*<(![dD]|[hH][tTeE]|\?xml|!--)",
        "Download the file itself; some sites show a page of their own before it",
    ),
    FileKind("a JPEG picture", rb"\xff\xd8\xff", _PICTURE),
    FileKind("a PNG picture", rb"\x89PNG\r\n", _PICTURE),
    FileKind("a GIF picture", rb"GIF8[79]a", _PICTURE),
    FileKind("a WebP picture", rb"RIFF....WEBP", _PICTURE),
    FileKind("a BMP picture", rb"BM.{4}\0\0\0\0", _PICTURE),
    FileKind("an icon", rb"\0\0\x01\0[\x01-\x40]\0", _PICTURE),
    FileKind("an SVG drawing", rb"\s*<svg", _PICTURE),
    FileKind("an EXR or TIFF picture", rb"v/1\x01|II\*\0|MM\0\*", _PICTURE),
    FileKind("a video", rb"....ftyp|\x1aE\xdf\xa3", "Choose the model's file"),
    FileKind("an HDF5 file, as Keras and h5py write them", rb"\x89HDF\r\n\x1a\n", _CONVERT),
    FileKind("a TensorFlow SavedModel", rb"\x08\x01\x12[\x80-\xff]{1,4}[\0-\x7f]\x0a", _CONVERT),
    FileKind("an ONNX model", rb"\x08[\x01-\x20](\x12|:|\x1a)", _CONVERT),
    FileKind("a TensorFlow Lite model", rb"....TFL3", _CONVERT),
    FileKind(
        "an index of a TensorFlow checkpoint, without its weights",
        rb"\0\0.\x08\x01",
        "Load the checkpoint in TensorFlow and pickle or save the network",
    ),
    FileKind(
        "a GGUF model", rb"GGUF", "It holds a language or diffusion model; a GAN is needed here"
    ),
    FileKind("a gzip archive", rb"\x1f\x8b", _UNPACK),
    FileKind("a 7z archive", rb"7z\xbc\xaf\x27\x1c", _UNPACK),
    FileKind("a RAR archive", rb"Rar!\x1a\x07", _UNPACK),
    FileKind("an xz or bzip2 archive", rb"\xfd7zXZ\0|BZh\d", _UNPACK),
    FileKind("a PDF document", rb"%PDF-", "Choose the model's file"),
    FileKind("a program", rb"MZ|\x7fELF", "Never run a program that came as a model"),
    FileKind(
        "a file of zeros, as unfinished downloads are",
        rb"\0{32}",
        "Wait until it has finished, or download it again",
    ),
    FileKind(
        "a text file, such as settings or a program",
        rb"[\t\n\r -~]{24}|[\t\n\r -~]+\Z",
        "Choose the file of numbers that it belongs to, which often lies beside it",
    ),
)
"""The first match is taken."""


def file_kind(head: bytes) -> FileKind | None:
    """Identify a file that no reader opens.

    Args:
        head: Its first bytes; 32 suffice.

    Returns:
        The kind, or none if it is unknown.
    """
    for kind in FILE_KINDS:
        if re.match(kind.magic, head, re.DOTALL):
            return kind
    return None
