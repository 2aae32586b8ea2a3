"""`stylespace`: channels are printed with layer, kind and number, and can be pulled."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import tiny
from command_line import complaint, result
from latent_levers.core.cli import main
from latent_levers.core.files.writing import save_generator
from latent_levers.core.levers.direction_loading import load_directions


def test_channels_are_printed_saved_and_can_be_pulled(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "found.safetensors")
    words = ["stylespace", gan, "--region", "mouth", "--seeds", "0-1", "--count", "3"]
    facts = result(capsys, *words, "--layers", "0-3", "--shrinkage", "0.01", "--out", out)
    found = load_directions(out)
    assert found.method == facts["method"] == "stylespace"
    assert facts["space"] == "S"
    assert facts["details"]["shrinkage"] == 0.01
    channels = facts["details"]["style_channels"]
    assert len(channels) == len(found) == 3
    assert all(channel["layer"] <= 3 for channel in channels)
    assert main([*words, "--layers", "0-3", "--shrinkage", "0.01", "--out", out, "--force"]) == 0
    printed = capsys.readouterr().out
    for channel in channels:
        assert f"layer {channel['layer']} {channel['kind']} {channel['index']} " in printed
    assert "columns of the Jacobian per code" in printed
    pulled = ["edit", gan, "--levers", out, "--seeds", "0", "--out", str(tmp_path / "pulled")]
    assert main([*pulled, "--index", "all"]) == 0


def test_a_generator_without_styles_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(save_generator(tiny("pggan"), tmp_path / "pggan.safetensors"))
    words = ["stylespace", path, "--region", "mouth", "--out", str(tmp_path / "a")]
    assert "has no style channels" in complaint(capsys, *words)
