"""`sample`: pictures that know their seed."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import pixels, result, text_of


def test_sample_writes_pictures_that_know_their_seed(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(capsys, "sample", gan, "--seeds", "2-3,9", "--out", str(tmp_path))
    assert facts["seeds"] == [2, 3, 9]
    names = [Path(file).name for file in facts["files"]]
    assert names == ["seed0002.png", "seed0003.png", "seed0009.png", "sheet.png"]
    chunks = text_of(tmp_path / "seed0009.png")
    assert chunks["seed"] == "9"
    assert chunks["generator"] == facts["generator"]
    assert chunks["software"] == "Latent Levers"
    assert pixels(tmp_path / "seed0009.png").shape == (32, 32, 3)
    result(capsys, "sample", gan, "--seeds", "9", "--out", str(tmp_path / "alone"))
    same = pixels(tmp_path / "seed0009.png") - pixels(tmp_path / "alone" / "seed0009.png")
    assert abs(same).max() <= 1  # another batch may round another way
