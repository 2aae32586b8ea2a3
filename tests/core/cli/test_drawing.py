"""`sample`, `edit`, `sweep` and `traverse`: pictures of seeds and levers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli import main
from PIL import Image


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


def test_edit_pulls_and_tells(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(
        capsys, "edit", gan, "--levers", levers, "--seeds", "3-4", "--index", "1",
        "--strength=-2,0", "--out", str(tmp_path),
    )  # fmt: skip
    assert len(facts["images"]) == 4
    assert (tmp_path / "sheet.png").is_file()
    chunks = text_of(tmp_path / "seed0003_lever1_-2.0.png")
    assert chunks["seed"] == "3"
    assert chunks["direction"] == "sefa 1"
    assert chunks["strength"] == "-2.0"
    assert chunks["unit"] == "sigma"
    assert chunks["caption"] == "seed 3, sefa 1 -2.0"
    assert chunks["levers"] == "sefa.safetensors"
    still = pixels(tmp_path / "seed0003_lever1_0.0.png")
    assert (still != pixels(tmp_path / "seed0003_lever1_-2.0.png")).any()
    result(capsys, "sample", gan, "--seeds", "3-4", "--out", str(tmp_path / "seeds"))
    assert abs(still - pixels(tmp_path / "seeds" / "seed0003.png")).max() <= 1


def test_edit_takes_directions_of_others(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Z and W have 12 numbers each, so the space is assumed; strengths are in sigma still."""
    np.save(tmp_path / "smile.npy", np.linspace(-1, 1, 12)[None])
    words = ["edit", gan, "--levers", str(tmp_path / "smile.npy"), "--seeds", "0"]
    facts = result(capsys, *words, "--out", str(tmp_path / "w"))
    assert facts["images"][0]["direction"] == "smile"
    assert main([*words, "--out", str(tmp_path / "again")]) == 0
    assert "smile.npy does not say in which space" in capsys.readouterr().err
    assert main([*words, "--levers-space", "Z", "--out", str(tmp_path / "z")]) == 0
    assert capsys.readouterr().err == ""
    name = "seed0000_lever0_+3.0.png"
    assert (pixels(tmp_path / "w" / name) != pixels(tmp_path / "z" / name)).any()
    np.save(tmp_path / "long.npy", np.ones((1, 13)))
    words = ["edit", gan, "--levers", str(tmp_path / "long.npy"), "--out", str(tmp_path)]
    assert "13 numbers each in W. Expected 12" in complaint(capsys, *words, "--levers-space", "W")


def test_sweep_draws_a_labelled_page(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.png"
    start = ["sweep", gan, "--levers", levers, "--steps", "3", "--scale", "1", "--out", str(out)]
    facts = result(capsys, *start, "--index", "0-1", "--strength", "2")
    assert facts["rows"] == ["sefa 0 up to +2.0 sigma", "sefa 1 up to +2.0 sigma"]
    assert min(pixels(out).shape[:2]) > 64
    facts = result(capsys, *start, "--index", "1", "--seeds", "0-2")
    assert [row.split(" up")[0] for row in facts["rows"]] == [
        "sefa 1 on seed 0", "sefa 1 on seed 1", "sefa 1 on seed 2",
    ]  # fmt: skip


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
