"""`export`: the same bytes, a column per lever, and words on what is left out."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from command_line import complaint, result
from latent_levers.core.batch.row_numbers import PICKS_FORMAT
from latent_levers.core.batch.stored.records import MANIFEST
from latent_levers.core.cli import main
from PIL import Image

NAMES = ("smile", "smile!", "L\u00e4cheln", "\u7b11", "a | b`c")


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Twelve pictures; names of levers that need care."""
    folder = tmp_path / "batch"
    folder.mkdir()
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        for row in range(12):
            Image.new("RGB", (8, 8), (20 * row, 0, 0)).save(folder / f"{row:05d}.png")
            lever = row % 6
            pulled = lever < 5
            facts = {
                "file": f"{row:05d}.png", "seed": None if row == 3 else row, "unit": "sigma",
                "direction": NAMES[lever] if pulled else "", "caption": f"seed {row}",
                "pulls": [[lever, 0.5 * row]] if pulled else [],
            }  # fmt: skip
            file.write(f"{json.dumps(facts)}\n")
    return folder


def lacking(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What an export prints that left something out, which its exit code says."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 3
    return json.loads(capsys.readouterr().out)


def drawn(gan: str, levers: str, folder: Path, *more: str) -> Path:
    """A batch of twelve rows in shards of four."""
    words = ["vary", gan, "--levers", levers, "--index", "0", "--seeds", "0-5", "--shard-size", "4"]
    assert main([*words, "--out", str(folder), *more]) == 0
    return folder


def test_imagefolder(batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    facts = result(capsys, "export", str(batch), "--out", str(out))
    assert facts["columns"] == {
        "lever_smile": "smile",
        "lever_smile_1": "smile!",
        "lever_lacheln": "L\u00e4cheln",
        "lever_3": "\u7b11",
        "lever_a_b_c": "a | b`c",
    }
    lines = [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]
    assert [line["file_name"] for line in lines] == [f"{row:05d}.png" for row in range(12)]
    assert (lines[3]["seed"], lines[7]["lever_smile_1"], lines[7]["lever_smile"]) == (None, 3.5, 0)
    assert not any(lines[5][name] for name in facts["columns"])
    assert os.path.samefile(out / "00004.png", batch / "00004.png")
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "| lever_a_b_c | strength of lever 4, a  bc; 0 where" in readme
    again = result(capsys, "export", str(batch), "--copy", "--out", str(out))
    assert (again["linked"], again["pictures"]) == (0, 12)
    assert not os.path.samefile(out / "00004.png", batch / "00004.png")
    assert (out / "00004.png").read_bytes() == (batch / "00004.png").read_bytes()


def test_webdataset_is_the_same_each_time(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", str(batch), "--to", "webdataset", "--shard-size", "5", "--out"]
    for name in ("one", "two"):
        facts = result(capsys, *words, str(tmp_path / name))
        assert len(facts["files"]) == 3 + 1
    for path in sorted((tmp_path / "one").glob("*.tar")):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    with tarfile.open(tmp_path / "one" / "shard-000001.tar") as tar:
        names = tar.getnames()
        assert names[:2] == ["000000000005.png", "000000000005.json"]
        assert len(names) == 10
        stored = tar.extractfile(names[3])
        assert stored is not None
        assert json.load(stored)["lever_smile"] == 3.0


def test_picks_choose_and_damage_is_left_out(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picks = tmp_path / "picks.json"
    picks.write_text(json.dumps({"format": PICKS_FORMAT, "version": 1, "keep": "2-4,9"}))
    (batch / "00003.png").write_bytes(b"\0" * 70)
    (batch / "00009.png").unlink()
    out = tmp_path / "out"
    facts = lacking(capsys, "export", str(batch), "--rows", str(picks), "--out", str(out))
    assert facts["pictures"] == 2
    assert facts["left_out"] == [["00003.png", "is 70 zeros"], ["00009.png", "is not there"]]
    lines = [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [2, 4]
    assert sorted(path.name for path in out.glob("*.png")) == ["00002.png", "00004.png"]


def test_what_is_refused(batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", str(batch), "--out"]
    assert "folder of its own" in complaint(capsys, *words, str(batch / "inside"))
    assert "folder of its own" in complaint(capsys, *words, str(batch))
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    assert "holds something else" in complaint(capsys, *words, str(other))
    out = str(tmp_path / "out")
    result(capsys, *words, out)
    assert "holds something else" in complaint(capsys, *words, out, "--to", "webdataset")
    assert "from 0 to 11" in complaint(capsys, *words, out, "--rows", "12")
    assert "vary wrote" in complaint(capsys, "export", str(other), "--out", out)


def test_no_picture_goes_under_the_labels_of_another_row(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = drawn(gan, levers, tmp_path / "batch")
    first, second = (folder / f"{row:05d}.png" for row in (0, 1))
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    shutil.copy(folder / "00005.png", folder / "00004.png")
    facts = lacking(capsys, "export", str(folder), "--out", str(tmp_path / "out"))
    assert [name for name, _ in facts["left_out"]] == ["00000.png", "00001.png", "00004.png"]
    assert all(why.startswith("has row ") for _, why in facts["left_out"])
    assert facts["pictures"] == 9
    assert not (tmp_path / "out" / "00004.png").exists()


def test_rows_of_damaged_shards_are_named(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = drawn(gan, levers, tmp_path / "batch", "--pack", "webdataset")
    words = ["export", str(folder), "--out"]
    assert result(capsys, *words, str(tmp_path / "whole"))["pictures"] == 12
    (folder / "shard-000001.tar").unlink()
    last = folder / "shard-000002.tar"
    last.write_bytes(last.read_bytes()[: last.stat().st_size // 2])
    assert main([*words, str(tmp_path / "out")]) == 3
    said = capsys.readouterr().err
    assert "rows 4-7,10-11 of the plan are missing (6)" in said
    assert "shard-000002.tar cannot be read to its end" in said
    assert "manifest" not in said
    facts = lacking(capsys, *words, str(tmp_path / "again"))
    assert (facts["pictures"], facts["missing"]) == (6, "4-7,10-11")
    assert result(capsys, *words, str(tmp_path / "some"), "--rows", "0-3,8")["pictures"] == 5


def test_a_line_that_a_kill_took(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = drawn(gan, levers, tmp_path / "batch")
    lines = (folder / MANIFEST).read_text().splitlines(keepends=True)
    (folder / MANIFEST).write_text("".join(lines[:-1]))
    facts = result(capsys, "export", str(folder), "--out", str(tmp_path / "out"))
    assert (facts["pictures"], facts["missing"]) == (12, "")
    kept = (tmp_path / "out" / "metadata.jsonl").read_text().splitlines()
    assert json.loads(kept[-1])["row"] == 11
