"""`edit`: levers pulled on seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli import main


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


def test_strengths_that_look_alike_have_pictures_of_their_own(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(
        capsys, "edit", gan, "--levers", levers, "--seeds", "0", "--strength=0.5001,0.5004",
        "--out", str(tmp_path),
    )  # fmt: skip
    assert len(set(facts["files"])) == 3
    assert (tmp_path / "seed0000_lever0_+0.5001.png").is_file()
    assert (tmp_path / "seed0000_lever0_+0.5004.png").is_file()


def test_levers_of_another_generator_are_refused_before_work(
    levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["edit", "portraits", "--levers", levers, "--seeds", "0", "--out", str(tmp_path)],
        ["combine", "portraits", "--levers", levers, "--index", "0", "--sum=1", "--out",
         str(tmp_path / "sum.safetensors")],
    ):  # fmt: skip
        line = complaint(capsys, *words)
        assert "sefa.safetensors does not fit this stylegan2 generator: 12 numbers each" in line
    assert list(tmp_path.iterdir()) == []


def test_guarded_edits_are_shortened_or_refused(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["edit", gan, "--levers", levers, "--seeds", "3", "--strength=100"]
    name = "seed0003_lever0_+100.0.png"
    result(capsys, *words, "--out", str(tmp_path / "plain"))
    assert main([*words, "--guard", "shorten", "--out", str(tmp_path / "guarded")]) == 0
    assert "The guard shortened 1 of 1 pulls" in capsys.readouterr().err
    assert text_of(tmp_path / "guarded" / name)["guard"] == "shorten"
    assert "guard" not in text_of(tmp_path / "plain" / name)
    assert (pixels(tmp_path / "plain" / name) != pixels(tmp_path / "guarded" / name)).any()
    words += ["--guard", "refuse", "--out", str(tmp_path / "refused")]
    assert "leave what random images look like" in complaint(capsys, *words)
