"""`combine`: levers made of levers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, result
from latent_levers.core.cli import main
from latent_levers.core.files.loading import load_generator
from latent_levers.core.levers.direction_loading import load_directions


def test_combine_makes_levers_of_levers(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = [
        "combine",
        gan,
        "--levers",
        levers,
        "--out",
        str(tmp_path / "new.safetensors"),
        "--force",
    ]
    facts = result(capsys, *start, "--index", "0,2", "--sum=2,-1", "--names", "both")
    assert facts["levers"] == ["both"]
    old, new = load_directions(levers), load_directions(tmp_path / "new.safetensors")
    assert old.sigma is not None
    assert new.sigma is not None
    strengths = np.array([2, -1]) * old.sigma[[0, 2]].numpy()
    wanted = strengths @ old.vectors[[0, 2]].double().numpy()
    given = facts["strength"] * float(new.sigma[0]) * new.vectors[0].double().numpy()
    np.testing.assert_allclose(given, wanted, atol=1e-6)
    clean = ["--index", "3", "--without", str(tmp_path / "new.safetensors")]
    facts = result(capsys, *start, *clean)
    assert facts["lost"][0] == pytest.approx(0, abs=1e-6), "SeFa's levers are orthogonal"
    facts = result(capsys, *start, "--index", "1", "--and", levers)
    assert facts["levers"] == ["sefa 1", "sefa 0", "sefa 1", "sefa 2", "sefa 3"]
    assert "3 strengths for 1 lever" in complaint(capsys, *start, "--index", "1", "--sum=1,2,3")


def test_the_space_of_each_file_may_be_stated(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An array of another program that has as many rows as the generator has layers."""
    spec = load_generator(gan).spec
    rows = np.random.default_rng(0).normal(size=(spec.num_ws, spec.w_dim))
    path, out = tmp_path / "rows.npy", ["--out", str(tmp_path / "new"), "--force"]
    np.save(path, rows)
    words = ["combine", gan, "--levers", str(path), "--and", str(path), *out]
    facts = result(capsys, *words, "--levers-space", "W", "--other-space", "W")
    assert len(facts["levers"]) == 2 * spec.num_ws
    facts = result(capsys, *words, "--levers-space", "W+", "--other-space", "W+")
    assert len(facts["levers"]) == 2
    facts = result(capsys, "combine", gan, "--levers", levers, "--and", str(path), *out,
                   "--other-space", "W")  # fmt: skip
    assert len(facts["levers"]) == 4 + spec.num_ws
    with pytest.raises(SystemExit):
        main(["combine", gan, "--levers", levers, "--sum=1,1,1,1", "--other-space", "W", *out])
    assert "--other-space belongs to" in capsys.readouterr().err


def test_a_space_that_contradicts_our_own_file_is_told(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["edit", gan, "--levers", levers, "--seeds", "0", "--out", str(tmp_path)]
    assert main([*words, "--levers-space", "W"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*words, "--levers-space", "Z"]) == 0
    assert "contains directions in W; they are used in Z" in capsys.readouterr().err
    assert "W+ for" in complaint(capsys, *words, "--levers-space", "W+")
