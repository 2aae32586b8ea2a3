"""`--names` of the commands that find levers."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import complaint, result
from latent_levers.core.levers.direction_loading import load_directions


def test_levers_are_saved_with_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds the names and how they were found."""
    out = tmp_path / "named.safetensors"
    facts = result(capsys, "sefa", "portraits", "--count", "1", "--names", "--out", str(out))
    (row,) = facts["details"]["naming"]
    saved = load_directions(out)
    assert saved.details["naming"] == [row]
    assert row["named"] == (row["agreement"] >= 0.9)
    assert saved.names == ((row["attribute"].replace("_", " "),) if row["named"] else ())


def test_other_generators_are_refused(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written, and the message says why."""
    out = tmp_path / "named.safetensors"
    words = complaint(capsys, "sefa", gan, "--count", "1", "--names", "--out", str(out))
    assert "no network that reads attributes off this generator's pictures" in words
    assert not out.exists()
