"""`traverse`: animations."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import complaint, result
from PIL import Image


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".png"])
def test_traverse_writes_a_film_that_loops(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    out = tmp_path / f"film{suffix}"
    start = ["traverse", gan, "--frames", "4", "--scale", "2", "--fps", "10", "--out", str(out)]
    facts = result(capsys, *start, "--levers", levers, "--strength=-3,3", "--seeds", "0,1")
    assert (facts["frames"], facts["fps"]) == (16, 10)
    assert facts["moves"] == ["sefa 0: -3.0 to +3.0 sigma"]
    with Image.open(out) as film:
        assert film.n_frames == 16
        assert film.info["loop"] == 0
        assert film.width == 64
    facts = result(capsys, *start, "--seeds", "0-2", "--way", "round", "--no-gauge")
    assert facts["frames"] == 12
    with Image.open(out) as film:
        assert (film.n_frames, film.size) == (12, (64, 64))
    assert "two, from and to" in complaint(
        capsys, *start, "--levers", levers, "--strength", "1,2,3"
    )
    assert ".webp, .gif, .png" in complaint(capsys, *start, "--out", str(tmp_path / "film.mp4"))
