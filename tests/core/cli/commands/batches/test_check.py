"""`check`: what is wrong is said, in words and by the exit code; `vary` draws it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import complaint, result
from latent_levers.core.batch.stored.picture_checks import picture_state
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
    (out / "mine.png").write_bytes(b"my own")
    assert main(["check", str(out), "--repair"]) == 0
    said = capsys.readouterr().out
    assert "1 files moved to" in said
    assert "to bring one back" in said
    assert "not of this batch, left alone: mine.png" in said
    assert "Repaired; draw them again with vary" in said
    assert (out / "mine.png").read_bytes() == b"my own"
    (out / "mine.png").unlink()
    assert main(words) == 0
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".png"}
    assert after == before
    assert main(["check", str(out)]) == 0
    assert "no folder" in complaint(capsys, "check", str(tmp_path / "none"))


@pytest.mark.parametrize("kind", ["webp", "jpeg"])
def test_changed_bytes_that_decode(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    out = tmp_path / "batch"
    words = ["vary", gan, "--levers", levers, "--index", "0", "--seeds", "0-2", "--out", str(out)]
    assert main([*words, "--image", kind]) == 0
    (path, *_) = sorted(out.glob(f"0*.{kind[:1]}*"))
    data = path.read_bytes()
    place = next(
        place
        for place in range(len(data) - 60, 0, -1)
        if not picture_state(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]).damage
    )
    changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    path.write_bytes(changed)
    capsys.readouterr()
    assert main(["check", str(out)]) == 3
    assert f"{path.name} has other bytes than were written" in capsys.readouterr().out
    assert main(["export", str(out), "--out", str(tmp_path / "faces")]) == 3
    assert not (tmp_path / "faces" / path.name).exists()
    capsys.readouterr()
    lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    assert all(line.pop("sha256") for line in lines)
    (out / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert main(["check", str(out)]) == 0
    said = capsys.readouterr().out
    assert "6 pictures: each decodes; not checked bit by bit" in said
    assert "Nothing is wrong" not in said
