"""`demo`: every file is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from latent_levers.core.cli import main


def test_demo_names_every_file(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", gan, "--seeds", "0-1", "--out", str(tmp_path)]) == 0
    words = capsys.readouterr().out
    written = sorted(path.name for path in tmp_path.iterdir())
    assert "resefa_mouth_levers.png" in written
    assert "resefa_eyes_lever0_strip.png" in written
    assert "sefa_levers.png" in written
    assert "resefa_eyes.safetensors" in written
    assert all(name in words for name in written)
    assert not [name for name in written if name.startswith(".")]
    before = (tmp_path / "sefa.safetensors").read_bytes()
    assert main(["demo", gan, "--seeds", "0", "--out", str(tmp_path)]) == 0
    assert "sefa_2.safetensors" in capsys.readouterr().out
    assert (tmp_path / "sefa.safetensors").read_bytes() == before
