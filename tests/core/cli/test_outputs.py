"""Where results go is checked before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import complaint, result
from latent_levers.core.base.errors import PackError
from latent_levers.core.cli import main
from latent_levers.core.cli.outputs import OutputFile, OutputFolder


def test_a_name_gets_its_ending(tmp_path: Path) -> None:
    kind = OutputFile(".webp", ".gif")
    assert kind.convert(str(tmp_path / "new" / "a"), None, None).name == "a.webp"
    assert kind.convert(str(tmp_path / "a.GIF"), None, None).name == "a.GIF"
    with pytest.raises(PackError, match=r"ends in \.webp, \.gif"):
        kind.convert(str(tmp_path / "a.mp4"), None, None)
    with pytest.raises(PackError, match="which is no file"):
        kind.convert(str(tmp_path), None, None)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for kind in (OutputFile(".png"), OutputFolder()):
        with pytest.raises(PackError, match="below the file"):
            kind.convert(str(tmp_path / "file" / "deeper" / "a.png"), None, None)
    if os.name == "posix" and os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(PackError, match="cannot be written"):
            OutputFolder().convert(str(tmp_path / "new"), None, None)


def test_levers_are_never_lost(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "levers.safetensors"
    words = ["sefa", gan, "--count", "2", "--out", str(path)]
    assert main(words) == 0
    before = path.read_bytes()
    with monkeypatch.context() as context:
        context.setattr("latent_levers.core.cli.commands.sefa.open_generator", None)
        assert "exists already" in complaint(capsys, *words, "--count", "3")
        assert "exists already" in complaint(capsys, *words[:-1], str(tmp_path / "levers"))
    assert path.read_bytes() == before
    assert main([*words, "--count", "3", "--force"]) == 0
    assert path.read_bytes() != before


def test_a_lever_file_is_not_replaced_by_a_generator(
    gan: str, levers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path(levers).read_bytes()
    assert "exists already" in complaint(capsys, "convert", gan, "--out", levers)
    assert Path(levers).read_bytes() == before


def test_names_that_no_system_takes(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["sefa"], ["sample"], ["sweep", "--levers", "x"]):
        out = str(tmp_path / ("a" * 300 + (".png" if words[0] == "sweep" else ".safetensors")))
        assert "too long" in complaint(capsys, words[0], gan, *words[1:], "--out", out).lower()
    if os.name == "posix":
        assert "which is no file" in complaint(capsys, "sefa", gan, "--out", os.devnull)
    name = str(tmp_path / "A.SAFETENSORS")
    assert main(["sefa", gan, "--count", "1", "--out", name]) == 0
    assert Path(name).is_file()
    assert "--sheet names" in complaint(capsys, "sefa", gan, "--sheet", str(tmp_path / "a.jpg"))


def test_what_is_replaced_is_said(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pictures are replaced, and each that was there before is named."""
    words = ["sample", gan, "--out", str(tmp_path), "--seeds"]
    first = result(capsys, *words, "0-1")
    assert first["replaced"] == []
    again = result(capsys, *words, "1-2")
    names = [Path(name).name for name in again["replaced"]]
    assert names[0] == "seed0001.png"
    assert "seed0002.png" not in names
    assert main([*words, "2"]) == 0
    assert "seed0002.png (replaced)" in capsys.readouterr().out
    assert main([*words, "3"]) == 0
    assert "seed0003.png\n" in capsys.readouterr().out
