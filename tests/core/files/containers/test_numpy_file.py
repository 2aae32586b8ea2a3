""".npy files that are up to no good, and objects that nobody unpickles."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from latent_levers.core.base.errors import DirectionsError


def header(text: bytes, version: bytes = b"\x01\x00") -> bytes:
    """The beginning of a .npy file with such a header."""
    width = 2 if version[0] == 1 else 4
    return b"\x93NUMPY" + version + len(text).to_bytes(width, "little") + text


class Hostile:
    """Would write a file if anybody unpickled it."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> object:
        return (Path.touch, (self.marker,))


FINE = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 5), }"
HEADERS = {
    "terabytes": header(FINE.replace(b"(1, 5)", b"(1000000, 1000000)")),
    "overflow": header(FINE.replace(b"(1, 5)", b"(9223372036854775807, 9223372036854775807)")),
    "many digits": header(FINE.replace(b"1, 5", b"9" * 4000 + b", " + b"9" * 4000)),
    "negative": header(FINE.replace(b"(1, 5)", b"(-1, -40)")),
    "empty": header(FINE.replace(b"(1, 5)", b"(0, 5)")),
    "scalar": header(FINE.replace(b"(1, 5)", b"()")) + b"\0" * 8,
    "not a tuple": header(FINE.replace(b"(1, 5)", b"'five'")),
    "expression": header(FINE.replace(b"(1, 5)", b"__import__('os').getpid()")),
    "deep": header(FINE.replace(b"(1, 5)", b"(" * 4000 + b")" * 4000)),
    "open brackets": header(FINE.replace(b"(1, 5)", b"(" * 4000)),
    "open brackets of Python 2": header(FINE.replace(b"(1, 5)", b"(1L, 5L, [" + b"(" * 99)),
    "very deep": header(b"-" * 9000 + b"1"),
    "integers": header(FINE.replace(b"<f8", b"<i8")) + b"\0" * 40,
    "complex": header(FINE.replace(b"<f8", b"<c16")) + b"\0" * 80,
    "fields": header(FINE.replace(b"'<f8'", b"[('a', '<f8')]")) + b"\0" * 40,
    "no number": header(FINE.replace(b"<f8", b"banana")) + b"\0" * 40,
    "cut in the numbers": header(FINE) + b"\0" * 39,
    "too long": header(FINE) + b"\0" * 41,
    "cut in the header": header(FINE)[:30],
    "cut in the magic": b"\x93NUMPY\x01",
    "another version": header(FINE, b"\x09\x00") + b"\0" * 40,
    "named fields": header(FINE, b"\x03\x00") + b"\0" * 40,
    "endless header": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 100,
    "zeros": header(FINE) + b"\0" * 40,
    "nan": header(FINE) + np.full(5, np.nan).tobytes(),
}


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_npy(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hostile.npy"
    path.write_bytes(HEADERS[name])
    begun = time.monotonic()
    with pytest.raises(DirectionsError, match="Expected .+"):
        ll.load_directions(path, space="W")
    assert time.monotonic() - begun < 2


def test_pickled_objects_are_never_read(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    array = np.array([Hostile(marker), None], dtype=object)
    path = tmp_path / "objects.npy"
    np.save(path, array, allow_pickle=True)
    with pytest.raises(DirectionsError, match="Python objects, which are never read"):
        ll.load_directions(path)
    path = tmp_path / "objects.pt"
    torch.save({"comp": torch.ones(2, 5), "std": Hostile(marker)}, path)
    with pytest.raises(DirectionsError):
        ll.load_directions(path)
    assert not marker.exists()


def npz(path: Path, **members: bytes) -> Path:
    """A zip archive whose members are no more than stored."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_members_of_npz(tmp_path: Path, name: str) -> None:
    path = npz(tmp_path / "hostile.npz", w=HEADERS[name])
    begun = time.monotonic()
    with pytest.raises(DirectionsError, match="Expected .+"):
        ll.load_directions(path, space="W")
    assert time.monotonic() - begun < 2


def bomb(path: Path, size: int, stated: int) -> Path:
    """A compressed member of zeros whose directory states another size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w.npy", bytes(size))
    content = path.read_bytes()
    place = content.rindex(b"PK\x01\x02")
    path.write_bytes(content[: place + 24] + struct.pack("<I", stated) + content[place + 28 :])
    return path


@pytest.mark.parametrize(
    ("size", "stated", "words"),
    [
        (200 << 20, 200 << 20, "more memory than its own size"),
        (1 << 20, 3 << 30, "more memory than its own size"),
        (8 << 20, 100, "not of the size that is stated"),
        (100, 1 << 20, "not of the size that is stated"),
    ],
)
def test_archives_that_unpack_to_gigabytes(
    size: int, stated: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DirectionsError, match=words):
        ll.load_directions(bomb(tmp_path / "bomb.npz", size, stated), space="W")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method: int, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("w.npy", bytes(2000))
    with pytest.raises(DirectionsError, match="packed member"):
        ll.load_directions(path, space="W")


def test_noise_instead_of_compressed_bytes(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez_compressed(path, w=np.arange(50.0))
    whole = path.read_bytes()
    for place in range(45, len(whole) - 120, 11):
        path.write_bytes(whole[:place] + b"\xff\xff\xff" + whole[place + 3 :])
        try:
            levers = ll.load_directions(path, space="W")
        except DirectionsError:
            continue
        assert torch.isfinite(levers.vectors).all()


def test_an_archive_cut_off_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "whole.npz"
    np.savez(path, w=np.ones((2, 5)))
    whole = path.read_bytes()
    for length in range(0, len(whole), 9):
        path.write_bytes(whole[:length])
        with pytest.raises(DirectionsError):
            ll.load_directions(path, space="W")


def test_other_members_of_an_archive_are_passed_over(tmp_path: Path) -> None:
    array = np.arange(1, 6, dtype="<f4")[None]
    good = header(FINE.replace(b"<f8", b"<f4")) + array.tobytes()
    path = npz(tmp_path / "w.npz", note=HEADERS["integers"], w=good)
    levers = ll.load_directions(path, space="W")
    torch.testing.assert_close(levers.vectors, torch.from_numpy(array / np.linalg.norm(array)))
