"""Latent codes of a file in place of seeds, in every command that takes seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from cases import tiny
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli import COMMANDS, load_command, main
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.files.latent_files import save_latents
from latent_levers.core.files.loading import load_generator
from latent_levers.core.files.writing import save_generator
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
    for name in sorted({*COMMANDS} - {"tune"}):  # it fits photographs, which seeds do not draw
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


def test_seeds_and_latents_contradict_each_other(
    gan: str, projected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sample", gan, "--latents", projected, "--out", str(tmp_path / "a")]
    assert "--seeds and --latents were given" in complaint(capsys, *words, "--seeds", "0-7")
    assert main([*words, "--truncation", "0.5", "--truncation-cutoff", "2"]) == 0
    errors = capsys.readouterr().err
    assert "--truncation acts on seeds" in errors
    assert "--truncation-cutoff acts on seeds" in errors
    assert main(words) == 0
    assert capsys.readouterr().err == ""


def test_codes_of_several_kinds_of_file(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same two codes as an array, in a torch file and in a compressed archive."""
    codes = sample_latents(load_generator(gan), 2, 5, space="W+").values
    np.save(tmp_path / "a.npy", codes.numpy())
    torch.save({"latents": codes}, tmp_path / "b.pt")
    np.savez_compressed(tmp_path / "c.npz", ws=codes.numpy())
    result(capsys, "sample", gan, "--seeds", "5-6", "--out", str(tmp_path / "seeds"))
    for name in ("a.npy", "b.pt", "c.npz"):
        out = tmp_path / name[0]
        words = ["sample", gan, "--latents", str(tmp_path / name), "--out", str(out)]
        assert result(capsys, *words)["seeds"] == [None, None]
        for row in range(2):
            same = pixels(out / f"code000{row}.png")
            assert abs(same - pixels(tmp_path / "seeds" / f"seed000{row + 5}.png")).max() <= 1
        assert text_of(out / "sheet.png")["latents"] == name


def test_a_row_per_layer_is_one_code_unless_a_space_is_stated(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = load_generator(gan).spec
    path = tmp_path / "face.npy"
    np.save(path, np.random.default_rng(1).normal(size=(spec.num_ws, spec.w_dim)))
    words = ["sample", gan, "--latents", str(path)]
    assert main([*words, "--out", str(tmp_path / "a")]) == 0
    assert "was read as one code in W+" in capsys.readouterr().err
    assert len(list((tmp_path / "a").glob("code*.png"))) == 1
    for space, count in (("W+", 1), ("W", spec.num_ws), ("Z", spec.num_ws)):
        out = tmp_path / space
        facts = result(capsys, *words, "--latents-space", space, "--out", str(out))
        assert len(facts["seeds"]) == count
        assert text_of(out / "code0000.png")["latents_space"] == space
    one, other = tmp_path / "a" / "code0000.png", tmp_path / "W+" / "code0000.png"
    assert (pixels(one) == pixels(other)).all()


def test_codes_that_do_not_fit_are_named(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "long.npy", np.ones((2, 99)))
    path = save_latents(
        LatentCode(torch.ones(1, 1, 99), LatentSpace.W), tmp_path / "own.safetensors"
    )
    for file in (tmp_path / "long.npy", path):
        words = ["sample", gan, "--latents", str(file), "--out", str(tmp_path / "a")]
        assert Path(file).name in complaint(capsys, *words)


def test_truncation_without_a_mapping_network_is_no_silent_wish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dcgan.safetensors"
    save_generator(tiny("dcgan"), path)
    words = ["sample", str(path), "--seeds", "0", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert "truncation" not in capsys.readouterr().err
    assert main([*words, "--truncation", "0.5"]) == 0
    assert "--truncation changes nothing" in capsys.readouterr().err
