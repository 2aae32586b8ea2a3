"""Every picture states what made it: single ones, sheets, strips, animations; JSON has numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import result, text_of
from latent_levers.core.files.loading import load_generator
from PIL import ExifTags, Image


def test_pages_state_levers_strengths_and_seeds(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pull = ["--levers", levers, "--seeds", "4-5", "--layers", "0-1", "--truncation", "0.5"]
    words = ["sweep", gan, *pull, "--index", "1,2", "--strength", "2", "--steps", "3"]
    facts = result(capsys, *words, "--out", str(tmp_path / "page.png"))
    assert facts["strengths"] == [[-2.0, 0.0, 2.0]] * 2
    chunks = text_of(tmp_path / "page.png")
    assert chunks["direction"] == "sefa 1; sefa 2"
    assert chunks["strength"] == "-2.0, 0.0, +2.0"
    assert (chunks["seeds"], chunks["unit"], chunks["truncation"]) == ("4-5", "sigma", "0.5")
    assert (chunks["layers"], chunks["levers"]) == ("0-1", "sefa.safetensors")
    assert chunks["generator"] == load_generator(gan).spec.fingerprint
    assert chunks["software"] == "Latent Levers"
    result(capsys, "sweep", gan, *pull, "--out", str(tmp_path / "each.png"))
    chunks = text_of(tmp_path / "each.png")
    assert len(chunks["strength"].split("; ")) == len(chunks["direction"].split("; ")) == 4


def test_a_page_of_found_levers(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.png"
    words = ["sefa", gan, "--count", "2", "--sheet", str(page), "--out", str(tmp_path / "a")]
    result(capsys, *words, "--seeds", "7")
    chunks = text_of(page)
    assert (chunks["method"], chunks["seeds"]) == ("sefa", "7")
    assert chunks["direction"] == "sefa 0; sefa 1"
    assert len(chunks["strength"].split("; ")) == 2


def test_single_pictures_state_what_is_not_usual(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--seeds", "0", "--truncation-cutoff", "2", "--noise", "none"]
    words += ["--option", "distribution=uniform"]
    result(capsys, "sample", gan, *words, "--out", str(tmp_path / "a"))
    chunks = text_of(tmp_path / "a" / "seed0000.png")
    assert (chunks["truncation_cutoff"], chunks["noise"]) == ("2", "none")
    assert chunks["option"] == "distribution=uniform"
    plain = ["edit", gan, "--levers", levers, "--seeds", "0", "--levers-space", "W"]
    facts = result(capsys, *plain, "--out", str(tmp_path / "b"), "--strength=-1.5")
    chunks = text_of(tmp_path / "b" / "seed0000_lever0_-1.5.png")
    assert chunks["levers_space"] == "W"
    assert "truncation_cutoff" not in chunks
    assert facts["images"][0]["strength"] == -1.5
    assert facts["images"][0]["seed"] == 0


@pytest.mark.parametrize("ending", [".png", ".gif", ".webp"])
def test_animations(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    film = tmp_path / f"film{ending}"
    words = ["traverse", gan, "--levers", levers, "--index", "0", "--frames", "3", "--seeds", "2"]
    facts = result(capsys, *words, "--strength=-2,1", "--out", str(film))
    assert facts["strengths"] == [[-2.0, 1.0]]
    if ending == ".png":
        stated = text_of(film)
    else:
        with Image.open(film) as picture:
            picture.load()
            if ending == ".gif":
                text = picture.info["comment"].decode()
            else:
                text = picture.getexif()[ExifTags.Base.ImageDescription]
            assert picture.n_frames == facts["frames"]  # type: ignore[attr-defined]
        stated = {name: str(value) for name, value in json.loads(text).items()}
    assert (stated["direction"], stated["strength"]) == ("sefa 0", "-2.0, +1.0")
    assert (stated["seeds"], stated["frames"], stated["unit"]) == ("2", "3", "sigma")
    assert stated["software"] == "Latent Levers"


def test_a_morph_states_its_seeds(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "film.png"
    facts = result(capsys, "traverse", gan, "--seeds", "0,5", "--frames", "2", "--out", str(film))
    assert "strengths" not in facts
    assert text_of(film)["seeds"] == "0,5"
    assert "direction" not in text_of(film)
