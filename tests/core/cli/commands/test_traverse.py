"""`traverse`: animations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, pixels, result, text_of
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
    refused = complaint(capsys, *start, "--out", str(tmp_path / "film.avi"))
    assert ".webp, .gif, .png, .mp4" in refused
    assert "--fps is 0" in complaint(capsys, *start, "--fps", "0")


def test_a_folder_of_frames_is_written_as_they_are_drawn(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["traverse", gan, "--frames", "3", "--scale", "1", "--no-gauge", "--seeds", "0,1"]
    film = tmp_path / "film.png"
    result(capsys, *words, "--levers", levers, "--strength=-3,3", "--out", str(film))
    folder = f"{tmp_path / 'frames.1'}/"
    facts = result(capsys, *words, "--levers", levers, "--strength=-3,3", "--out", folder)
    names = sorted(path.name for path in Path(folder).iterdir())
    assert names == [f"{n:06d}.png" for n in range(facts["frames"])]
    with Image.open(film) as one:
        for number, name in enumerate(names):
            one.seek(number)
            assert (np.asarray(one.convert("RGB")) == pixels(Path(folder) / name)).all()
    assert text_of(Path(folder) / names[0])["direction"] == "sefa 0"
    assert "holds frames already" in complaint(capsys, *words, "--out", folder)


def test_a_grid_shows_several_at_once(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["traverse", gan, "--frames", "2", "--scale", "1", "--no-gauge", "--way", "once"]
    one, grid = f"{tmp_path / 'one'}/", f"{tmp_path / 'grid'}/"
    result(capsys, *words, "--seeds", "4-5", "--out", one)
    facts = result(capsys, *words, "--seeds", "0-11", "--grid", "3x2", "--out", grid)
    assert (facts["frames"], len(facts["moves"])) == (3, 6)
    page = pixels(Path(grid) / "000001.png")
    assert page.shape == (64, 96, 3)
    assert (page[:32, 64:] == pixels(Path(one) / "000001.png")).all()  # the third pair of seeds
    pulled = [*words, "--levers", levers, "--grid", "3x1", "--strength=-3,3"]
    out = tmp_path / "pulled.png"
    result(capsys, *pulled, "--seeds", "0-1", "--out", str(out))
    with Image.open(out) as film:
        assert film.size == (96, 32)
    for more, part in (
        (["--seeds", "0-6", "--grid", "3x2"], "such as 12"),
        (["--seeds", "0-6", "--grid", "3"], "such as 4x2"),
        (["--seeds", "0-6", "--grid", "99x99"], "at most 100"),
    ):
        assert part in complaint(capsys, *words, *more, "--out", str(out))
    assert "at most 3 seeds" in complaint(capsys, *pulled, "--seeds", "0-3", "--out", str(out))
