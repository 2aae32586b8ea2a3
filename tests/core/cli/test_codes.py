"""Latent codes of a file in place of seeds, in every command that takes seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli import COMMANDS, load_command
from latent_levers.core.files.latent_files import save_latents
from latent_levers.core.files.loading import load_generator
from latent_levers.core.latents.sampling import sample_latents


@pytest.fixture
def projected(gan: str, tmp_path: Path) -> str:
    """A code of w per layer, as projectors write it."""
    spec = load_generator(gan).spec
    values = np.random.default_rng(0).normal(size=(1, spec.num_ws, spec.w_dim))
    path = tmp_path / "projected_w.npz"
    np.savez_compressed(path, w=values)
    return str(path)


def test_every_command_that_takes_seeds_takes_latents() -> None:
    for name in COMMANDS:
        options = {parameter.name for parameter in load_command(name).parameters()}
        assert ("seeds" in options) == ("latents" in options) == ("latents_space" in options), name


def test_codes_of_our_own_file_are_their_seeds(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = sample_latents(load_generator(gan), 2, 3)
    path = str(save_latents(codes, tmp_path / "codes"))
    facts = result(capsys, "sample", gan, "--latents", path, "--out", str(tmp_path / "a"))
    assert facts["seeds"] == [3, 4]
    result(capsys, "sample", gan, "--seeds", "3-4", "--out", str(tmp_path / "b"))
    assert (
        pixels(tmp_path / "a" / "seed0004.png") == pixels(tmp_path / "b" / "seed0004.png")
    ).all()
    assert text_of(tmp_path / "a" / "seed0004.png")["latents"] == "codes.safetensors"


def test_a_projected_photograph_is_edited(
    gan: str, levers: str, projected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [gan, "--latents", projected, "--out"]
    facts = result(capsys, "sample", *words, str(tmp_path / "a"))
    assert facts["seeds"] == [None]
    assert (tmp_path / "a" / "code0000.png").is_file()
    facts = result(capsys, "edit", *words, str(tmp_path / "b"), "--levers", levers)
    chunks = text_of(tmp_path / "b" / "code0000_lever0_+3.0.png")
    assert chunks["caption"].startswith("row 0, sefa 0")
    assert "truncation" not in chunks
    page = str(tmp_path / "page.png")
    assert result(capsys, "sweep", *words, page, "--levers", levers)["rows"]
    film = str(tmp_path / "film.gif")
    result(capsys, "traverse", *words, film, "--levers", levers, "--frames", "3")
    found = str(tmp_path / "mouth.safetensors")
    result(capsys, "resefa", *words, found, "--region", "mouth", "--count", "2")
    again = ["vary", *words, str(tmp_path / "c"), "--levers", levers, "--indices", "0"]
    assert result(capsys, *again)["drawn"] == 2
    assert result(capsys, *again)["drawn"] == 0
    changed = complaint(
        capsys, "vary", gan, "--seeds", "0", "--levers", levers, "--indices", "0",
        "--out", str(tmp_path / "c"),
    )  # fmt: skip
    assert "latents was" in changed


def test_the_space_of_latents_may_be_stated(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = load_generator(gan)
    path = tmp_path / "z.npy"
    np.save(path, torch.randn(2, generator.spec.z_dim).numpy())
    words = ["sample", gan, "--latents", str(path)]
    result(capsys, *words, "--latents-space", "Z", "--out", str(tmp_path / "z"))
    result(capsys, *words, "--latents-space", "W", "--out", str(tmp_path / "w"))
    first, second = (pixels(tmp_path / name / "code0000.png") for name in "zw")
    assert (first != second).any()
    assert "--label and --latents" in complaint(capsys, *words, "--label", "0")
