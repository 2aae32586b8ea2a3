"""`lowrankgan`: its options reach the method, and its levers can be pulled."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import complaint, result
from latent_levers.core.cli import main
from latent_levers.core.levers.direction_loading import load_directions


def test_levers_are_saved_and_can_be_pulled(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "found.safetensors")
    words = ["lowrankgan", gan, "--region", "mouth", "--seeds", "0-1", "--out", out]
    facts = result(
        capsys, *words, "--sparsity", "0.5", "--relaxation", "1", "--max-iterations", "400",
        "--count", "2",
    )  # fmt: skip
    found = load_directions(out)
    assert found.method == facts["method"] == "lowrankgan"
    assert 1 <= len(found) <= 2
    details = facts["details"]
    assert (details["sparsity"], details["relaxation"]) == (0.5, 1)
    assert max(details["iterations"]) <= 400
    assert details["seeds"] == [0, 1]
    assert main([*words, "--force", "--sparsity", "0.5", "--sheet", str(tmp_path / "a.png")]) == 0
    printed = capsys.readouterr().out
    assert "robust PCA left rank" in printed
    assert "lowrankgan 0" in printed
    pulled = ["edit", gan, "--levers", out, "--seeds", "0", "--out", str(tmp_path / "pulled")]
    assert main(pulled) == 0


def test_mistakes_are_one_line(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lowrankgan", gan, "--region", "mouth", "--out", str(tmp_path / "a"), "--seeds", "0"]
    assert "sparsity is 0" in complaint(capsys, *words, "--sparsity", "0")
