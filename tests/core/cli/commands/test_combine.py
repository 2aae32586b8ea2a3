"""`combine`: levers made of levers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, result
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
    assert "3 strengths were given for 1 levers" in complaint(
        capsys, *start, "--index", "1", "--sum=1,2,3"
    )
