"""`show`: what a file of levers or latent codes holds."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, printed, result
from latent_levers.core.cli import main
from latent_levers.core.files.latent_files import save_latents
from latent_levers.core.files.loading import load_generator
from latent_levers.core.files.writing import save_directions
from latent_levers.core.generators.description import as_text, describe
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.direction_loading import load_directions


def test_levers(gan: str, levers: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = result(capsys, "show", levers)
    assert (facts["method"], facts["space"]) == ("sefa", "W")
    assert [lever["name"] for lever in facts["levers"]] == [f"sefa {n}" for n in range(4)]
    assert facts["generator"] == load_generator(gan).spec.fingerprint
    assert main(["show", levers]) == 0
    words = capsys.readouterr().out
    assert "sefa 3" in words
    assert "eigenvalue" in words


def test_latents(gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_latents(sample_latents(load_generator(gan), 2, 7), tmp_path / "codes")
    facts = result(capsys, "show", str(path))
    assert (facts["codes"], facts["space"], facts["seeds"]) == (2, "W", [7, 8])
    assert facts["truncation"] == 0.7
    assert facts["edited"] is False


def test_files_of_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Arrays with their shapes, since they may be levers or latent codes."""
    np.savez_compressed(tmp_path / "w.npz", smile=np.ones((1, 5)), w=np.ones((1, 4, 5)))
    facts = result(capsys, "show", str(tmp_path / "w.npz"))
    assert facts["arrays"] == {"smile": [1, 5], "w": [1, 4, 5]}
    assert main(["show", str(tmp_path / "w.npz")]) == 0
    assert "--levers or --latents" in capsys.readouterr().out


def test_what_is_neither(gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no file" in complaint(capsys, "show", str(tmp_path / "none"))
    assert "This is no file" in complaint(capsys, "show", str(tmp_path))
    (tmp_path / "face.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "is a PNG picture" in complaint(capsys, "show", str(tmp_path / "face.png"))


def test_a_generator_is_described(gan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert result(capsys, "show", gan) == result(capsys, "describe", gan)
    assert result(capsys, "show", "portraits") == result(capsys, "describe", "portraits")
    assert main(["show", "portraits"]) == 0
    assert "64 x 64 pixels" in capsys.readouterr().out


def test_arrays_in_a_stated_space_are_levers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "smile.npy", np.ones((2, 5)))
    facts = result(capsys, "show", str(tmp_path / "smile.npy"), "--space", "W")
    assert (facts["space"], len(facts["levers"])) == ("W", 2)


def test_the_region_keeps_its_name(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "mouth.safetensors")
    words = ["resefa", gan, "--region", "mouth", "--seeds", "0", "--count", "2", "--out", path]
    assert result(capsys, *words)["details"]["region"] == "mouth"
    facts = result(capsys, "show", path)
    assert (facts["region"], facts["background"]) == ("mouth", "not mouth")
    assert main(["show", path]) == 0
    assert re.search("^region  +mouth$", capsys.readouterr().out, re.MULTILINE)


def test_long_names_of_facts_stand_apart_from_their_values(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = load_directions(levers)
    told = {"a_name_of_20_letters": "apart", "n" * 40: "far"}
    path = save_directions(replace(found, details=told), tmp_path / "named")
    words = printed(capsys, "show", str(path))
    assert f"\n{'a_name_of_20_letters':<32}apart\n" in words
    assert f"\n{'n' * 40}  far\n" in words
    assert f"\n{'method':<32}sefa\n" in words
    path = save_directions(replace(found, details={"short": "near"}), tmp_path / "short")
    assert "\nshort         near\n" in printed(capsys, "show", str(path))


def test_a_description_says_nothing_of_what_is_unknown(gan: str) -> None:
    loaded = load_generator(gan)
    told = {**loaded.details, "source": {"name": "a", "sha256": None}, "origin": {"sha256": None}}
    lines = as_text(describe(replace(loaded, details=told))).splitlines()
    assert f"{'source':<14}name a" in lines
    assert not [line for line in lines if line.startswith("origin") or "sha256 None" in line]
