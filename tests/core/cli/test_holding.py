"""`--hold` and `--composite` of the commands that pull levers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, pixels, result, text_of
from PIL import Image

CORNER = '[{"box": [0, 0, 0.5, 0.5]}]'


def test_edit_holds_and_says_what(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The picture states the region; JSON has the change of each image."""
    words = ["edit", gan, "--levers", levers, "--seeds", "0", "--strength", "1"]
    result(capsys, *words, "--out", str(tmp_path / "plain"))
    facts = result(capsys, *words, "--hold", CORNER, "--out", str(tmp_path / "held"))
    (image,) = facts["images"]
    assert image["held"]["outside_held"] < image["held"]["outside_pulled"]
    assert image["hold"] == CORNER
    name = "seed0000_lever0_+1.0.png"
    assert text_of(tmp_path / "held" / name)["hold"] == CORNER
    assert "hold" not in text_of(tmp_path / "plain" / name)
    assert (pixels(tmp_path / "held" / name) != pixels(tmp_path / "plain" / name)).any()


def test_a_picture_of_the_region_and_the_composite(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Far from a white corner, the composite has the pixels of the image before."""
    mask = np.zeros((32, 32), np.uint8)
    mask[:8, :8] = 255
    Image.fromarray(mask).save(tmp_path / "corner.png")
    words = ["edit", gan, "--levers", levers, "--seeds", "0", "--strength", "1"]
    words += ["--hold", str(tmp_path / "corner.png"), "--composite"]
    result(capsys, *words, "--out", str(tmp_path / "a"))
    path = tmp_path / "a" / "seed0000_lever0_+1.0.png"
    assert text_of(path)["hold"] == "corner.png"
    assert text_of(path)["composite"] == "True"
    result(capsys, "sample", gan, "--seeds", "0", "--out", str(tmp_path / "b"))
    before = pixels(tmp_path / "b" / "seed0000.png")
    assert (pixels(path)[16:, 16:] == before[16:, 16:]).all()
    assert (pixels(path)[:8, :8] != before[:8, :8]).any()


def test_vary_resumes_with_the_same_hold_only(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["vary", gan, "--levers", levers, "--seeds", "0", "--indices", "0", "--out"]
    held = [*words, str(tmp_path), "--hold", CORNER]
    assert result(capsys, *held)["drawn"] == 2
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [line["hold"] for line in lines] == [CORNER] * 2
    (tmp_path / "00001.png").unlink()
    assert result(capsys, *held)["drawn"] == 1
    assert "hold was" in complaint(capsys, *words, str(tmp_path))


def test_sweep_and_traverse_hold(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, film = tmp_path / "page.png", tmp_path / "film.webp"
    words = [gan, "--levers", levers, "--seeds", "0", "--hold", CORNER]
    result(capsys, "sweep", *words, "--index", "0", "--strength", "1", "--steps", "3",
           "--out", str(page))  # fmt: skip
    assert text_of(page)["hold"] == CORNER
    result(capsys, "traverse", *words, "--strength=0,1", "--frames", "2", "--way", "once",
           "--out", str(film))  # fmt: skip
    assert film.is_file()


def test_what_cannot_be_held(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["edit", gan, "--levers", levers, "--seeds", "0", "--out", str(tmp_path)]
    assert "without --hold" in complaint(capsys, *words, "--composite")
    whole = '[{"box": [0, 0, 1, 1]}]'
    assert "whole image" in complaint(capsys, *words, "--hold", whole)
    assert "no file" in complaint(capsys, *words, "--hold", "absent.png")
    assert "random" in complaint(capsys, *words, "--hold", CORNER, "--noise", "random")
    alone = ["traverse", gan, "--seeds", "0-1", "--hold", CORNER, "--out", str(tmp_path / "a.webp")]
    assert "without --levers" in complaint(capsys, *alone)
