"""Absurd command lines: each ends in one line of ours, within two seconds and one gigabyte."""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, result
from latent_levers.core.cli import main
from PIL import Image

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak() -> float:
    """Most gigabytes that this process has held since the last reset; 0 where nobody knows."""
    if not _STATUS.is_file():
        return 0.0
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1e6


@contextmanager
def bounded() -> Iterator[None]:
    """At most two seconds of computing and one gigabyte more than before."""
    if _RESET.exists():
        _RESET.write_text("5")
    before, start = peak(), time.process_time()
    yield
    assert time.process_time() - start < 2
    assert peak() - before < 1


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of hostile masks."""
    if os.name == "posix":
        os.mkfifo(tmp_path / "pipe")
    starts = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    for name in ("a.eps", "named.png"):
        (tmp_path / name).write_bytes(starts)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    for name, side in (("bomb.png", 60_000), ("large.png", 9_000)):
        head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        rows = zlib.compress(bytes(10 * side))
        picture = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + picture)
    (tmp_path / "cut.png").write_bytes((tmp_path / "large.png").read_bytes()[:60])
    return tmp_path


def polygons() -> str:
    """Forty soft polygons of five thousand corners."""
    corners = np.random.default_rng(0).random((40, 5000, 2)).round(3).tolist()
    return json.dumps([{"polygon": points, "feather": 0.2} for points in corners])


REGIONS = {
    "nested": ("[" * 200_000, "nested too deeply"),
    "huge number": ('[{"box": [' + "9" * 5000 + ", 0, 1, 1]}]", "huge number"),
    "polygons": (polygons(), "times the work"),
    "names": (",".join(["mouth"] * 100_000), "100,000 shapes"),
    "unknown names": (",".join(["tail"] * 100_000), "100,000 shapes"),
    "control characters": ("mou\x1b[2Jth", "not valid JSON"),
}


@pytest.mark.parametrize("option", ["--region", "--background"])
@pytest.mark.parametrize("kind", REGIONS)
def test_regions(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, option: str
) -> None:
    text, expected = REGIONS[kind]
    words = ["resefa", gan, "--region", "mouth", option, text, "--out", str(tmp_path / "a")]
    with bounded():
        line = complaint(capsys, *words)
    assert expected in line
    assert line.isprintable()
    assert len(line) < 1000


@pytest.mark.parametrize("name", ["pipe", "a.eps", "named.png", "bomb.png", "large.png", "cut.png"])
def test_masks(gan: str, files: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    words = ["resefa", gan, "--mask", str(files / name), "--out", str(files / "levers")]
    with bounded():
        line = complaint(capsys, *words)
    assert name in line
    assert sorted(path.name for path in files.iterdir() if path.suffix == ".safetensors") == []


def test_a_mask_of_many_pixels_is_reduced(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for side in (2000, 6000):
        half = np.zeros((side, side), np.uint8)
        half[side // 2 :] = 255
        Image.fromarray(half).save(tmp_path / "half.png")
        words = [
            "resefa",
            gan,
            "--mask",
            str(tmp_path / "half.png"),
            "--seeds",
            "0",
            "--count",
            "2",
        ]
        with bounded():
            facts = result(capsys, *words, "--out", str(tmp_path / f"{side}"))
        assert facts["details"]["region"] == "mask"
        found.append(facts["eigenvalues"])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


MANY = {
    "every seed": (["sample", "--seeds", "0-4294967295"], "more than a million"),
    "a million": (["sample", "--seeds", "0-999999"], "at most 100,000"),
    "many ranges": (["sample", "--seeds", ",".join(["0-999998"] * 300)], "more than a million"),
    "edits": (["edit", "--seeds", "0-999999"], "at most 100,000"),
    "a row of each": (["sweep", "--seeds", "0-99999", "--index", "0"], "500,000 images"),
    "frames": (["traverse", "--seeds", "0-99999"], "frames"),
    "a batch": (["vary", "--mode", "random", "--count", "1000000000001"], "1,000,000,000,001 rows"),
    "truncation": (["sample", "--truncation", "1e300"], "truncation_psi is 1e+300"),
    "strength": (["edit", "--strength", "1e300"], "a number from -1,000,000 to 1,000,000"),
    "rotation": (["sample", "--rotate", "inf"], "finite numbers"),
    "columns": (["sample", "--columns", "100000"], "at most 100 of this size"),
    "scale": (["sample", "--scale", "100000"], "--scale is 100000"),
    "a negative scale": (["vary", "--scale", "-1"], "--scale is -1"),
    "pixels": (["edit", "--scale", "256"], "at most 4096 x 4096 pixels"),
    "layers": (["edit", "--layers", "0-99999999999"], "not layers of this generator"),
    "levers": (["edit", "--index", "0-99999999999"], "cannot be read"),
    "a class": (["sample", "--label", "9" * 30], "without classes"),
    "no column": (["sample", "--columns", "0"], "not in the range"),
    "no step": (["sweep", "--steps", "-3"], "not in the range"),
    "no lever": (["sefa", "--count", "-3"], "not in the range"),
    "no memory": (["resefa", "--region", "mouth", "--memory", "1e-9"], "at least "),
    "NUL": (["sample", "--option", "a\0b=1"], "NUL"),
    "escape codes": (["describe", "--option", "a\x1b[2J=1"], r"a\x1b[2J"),
}


@pytest.mark.parametrize("kind", MANY)
def test_numbers(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (name, *more), expected = MANY[kind]
    words = [name, gan, *more]
    words += ["--levers", levers] if name in ("edit", "sweep", "traverse", "vary") else []
    out = {"sweep": "a.png", "traverse": "a.gif"}.get(name, "a")
    words += [] if name == "describe" else ["--out", str(tmp_path / out)]
    capsys.readouterr()
    with bounded():
        try:
            code = main(words)
        except SystemExit as ended:
            code = ended.code
    assert code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("latent-levers: ")
    assert expected in line
    assert line.isprintable()
    assert not list(tmp_path.rglob("*.png"))


def test_more_levers_than_there_are(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sefa", gan, "--count", "1000000000", "--out", str(tmp_path / "a")]
    with bounded():
        assert main(words) == 0
    assert "12 of 1000000000 directions, rank 12: There are no more than 12." in (
        capsys.readouterr().out
    )


def test_a_title_without_end(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--seeds", "0", "--index", "0", "--strength", "1", "--out", str(tmp_path / "a.png")]
    with bounded():
        result(capsys, "sweep", gan, "--levers", levers, *out, "--title", "x" * 100_000)


def test_a_folder_that_only_claims_to_be_writable(
    gan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("there is no /proc here")
    for words in (["sample", gan, "--out", "/proc/x"], ["sefa", gan, "--out", "/proc/x/a"]):
        with bounded():
            assert "cannot be written" in complaint(capsys, *words)
