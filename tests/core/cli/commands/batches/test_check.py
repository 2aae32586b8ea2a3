"""`check`: what is wrong is said, in words and by the exit code; `vary` draws it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import complaint, result
from latent_levers.core.cli import main


def test_from_the_command_line_to_a_batch_that_is_whole_again(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "batch"
    words = ["vary", gan, "--levers", levers, "--index", "0", "--seeds", "0-2", "--out", str(out)]
    assert main(words) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".png"}
    assert result(capsys, "check", str(out))["sound"] == 6
    data = bytearray(before["00002.png"])
    data[len(data) // 2 : len(data) // 2 + 30] = bytes(30)
    (out / "00002.png").write_bytes(data)
    assert main(["check", str(out), "--json"]) == 3
    facts = json.loads(capsys.readouterr().out)
    assert facts["found"] == {"damaged": 1}
    assert main(["check", str(out), "--repair"]) == 3
    assert "moved to" in capsys.readouterr().out
    assert main(words) == 0
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".png"}
    assert after == before
    assert main(["check", str(out)]) == 0
    assert "no folder" in complaint(capsys, "check", str(tmp_path / "none"))
