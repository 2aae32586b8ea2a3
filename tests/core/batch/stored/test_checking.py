"""What is wrong with a batch is found and named; a repaired batch is drawn whole again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from latent_levers.core.batch.locks import shard_lock
from latent_levers.core.batch.parts import parts_folder
from latent_levers.core.batch.stored.checking import (
    BatchReport,
    check_batch,
)
from latent_levers.core.batch.stored.findings import Expected
from latent_levers.core.batch.stored.records import MANIFEST
from latent_levers.core.batch.stored.repair import DAMAGED_FOLDER, repair_batch
from PIL import Image, PngImagePlugin


def save(path: Path, caption: str, level: int = 0) -> None:
    """A small picture with a caption."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("caption", caption)
    Image.new("RGB", (8, 8), (level, 40, 40)).save(path, pnginfo=chunks)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A folder of eight pictures."""
    folder = tmp_path / "batch"
    folder.mkdir()
    lines = []
    for row in range(8):
        save(folder / f"{row:05d}.png", f"seed {row}", row)
        lines.append(json.dumps({"file": f"{row:05d}.png", "seed": row, "caption": f"seed {row}"}))
    (folder / MANIFEST).write_text("".join(f"{line}\n" for line in lines))
    return folder


def planned(count: int) -> Expected:
    return Expected(count, lambda row: f"{row:05d}.png")


def found(report: BatchReport) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for one in report.findings:
        kinds.setdefault(one.kind, []).append(one.file or one.words)
    return kinds


def test_a_whole_batch(batch: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = check_batch(batch, progress=lambda *at: seen.append(at))
    assert (report.sound, report.findings, report.counts()) == (8, (), {})
    assert (seen[0], seen[-1]) == ((0, 8), (8, 8))
    assert check_batch(batch, planned(8)).findings == ()


def test_every_kind_is_found(batch: Path) -> None:
    data = (batch / "00001.png").read_bytes()
    (batch / "00001.png").write_bytes(data[:60] + b"\0" * 20 + data[80:])
    (batch / "00002.png").write_bytes((batch / "00002.png").read_bytes()[:-9])
    shutil.copy(batch / "00003.png", batch / "00004.png")
    save(batch / "99999.png", "nobody's")
    (batch / ".00005.png.k2j.part").write_bytes(b"x")
    (batch / "00006.png").unlink()
    (batch / "sheet.png").write_bytes(b"\0" * 99)
    with (batch / MANIFEST).open("a") as file:
        file.write('{"file": "00007.p')
    report = check_batch(batch)
    assert found(report) == {
        "unreadable": [f"1 lines of {MANIFEST} say nothing"],
        "unfinished": [".00005.png.k2j.part"],
        "damaged": ["00001.png", "00002.png", "sheet.png"],
        "misplaced": ["00004.png"],
        "orphaned": ["99999.png"],
        "missing": ["rows 6 are in the manifest, and their files are gone"],
    }
    assert report.sound == 4
    moved = repair_batch(report).moved
    assert sorted(path.name for path in moved) == sorted(
        [".00005.png.k2j.part", "00001.png", "00002.png", "00004.png", "99999.png", "sheet.png"]
    )
    assert {path.parent for path in moved} == {batch / DAMAGED_FOLDER}
    again = check_batch(batch)
    assert (again.sound, again.findings) == (4, ())
    kept = [json.loads(line)["file"] for line in (batch / MANIFEST).read_text().splitlines()]
    assert kept == ["00000.png", "00003.png", "00005.png", "00007.png"]
    missing = check_batch(batch, planned(8)).findings
    assert [one.words for one in missing] == ["rows 1-2,4,6 of the plan have no picture"]


def test_nothing_is_replaced_where_files_go(batch: Path) -> None:
    for text in ("one", "two"):
        (batch / "00001.png").write_text(text)
        repair_batch(check_batch(batch))
    moved = sorted((batch / DAMAGED_FOLDER).iterdir())
    assert [(path.name, path.read_text()) for path in moved] == [
        ("00001.png", "one"),
        ("00001_2.png", "two"),
    ]


def test_a_row_under_two_names(batch: Path) -> None:
    save(batch / "again.png", "seed 3", 3)
    line = json.dumps({"file": "again.png", "row": 3, "caption": "seed 3"})
    with (batch / MANIFEST).open("a") as file:
        file.write(f"{line}\n")
    assert found(check_batch(batch)) == {"doubled": ["again.png"]}
    assert found(check_batch(batch, planned(8)))["orphaned"] == ["again.png"]


def test_copies_without_facts_of_their_own(batch: Path) -> None:
    for row in (2, 5):
        Image.new("RGB", (8, 8)).save(batch / f"{row:05d}.png")
    assert found(check_batch(batch)) == {"doubled": ["00002.png", "00005.png"]}


def test_the_same_picture_twice_by_plan_is_no_double(batch: Path) -> None:
    lines = (batch / MANIFEST).read_text().splitlines()
    lines[5] = lines[4].replace("00004", "00005")
    (batch / MANIFEST).write_text("".join(f"{line}\n" for line in lines))
    shutil.copy(batch / "00004.png", batch / "00005.png")
    assert check_batch(batch).findings == ()


def test_a_picture_whose_line_a_kill_prevented(batch: Path) -> None:
    lines = (batch / MANIFEST).read_text().splitlines(keepends=True)
    (batch / MANIFEST).write_text("".join(lines[:-1]))
    assert check_batch(batch, planned(8)).findings == ()
    assert found(check_batch(batch)) == {"orphaned": ["00007.png"]}


def test_a_shard_that_a_run_draws_is_left_alone(batch: Path) -> None:
    expected = Expected(8, lambda row: f"{row:05d}.png", shard_of=lambda row: row // 4)
    for name in ("00001.png", "00006.png"):
        (batch / name).write_bytes(b"")
    lock = shard_lock(batch, 1)
    assert lock is not None
    repair = repair_batch(check_batch(batch, expected))
    assert ([path.name for path in repair.moved], repair.busy) == (["00001.png"], [1])
    lock.release()
    repair = repair_batch(check_batch(batch, expected))
    assert ([path.name for path in repair.moved], repair.busy) == (["00006.png"], [])


def test_unfinished_files_of_a_shard(batch: Path) -> None:
    part = parts_folder(batch, 3) / "00007.png"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    (finding,) = check_batch(batch).findings
    assert (finding.kind, finding.file, finding.shard) == (
        "unfinished",
        ".parts/000003/00007.png",
        3,
    )


def test_pictures_of_somebody_else_are_left_alone(batch: Path) -> None:
    for name in ("mine.png", "icon.png"):
        (batch / name).write_bytes(b"no picture at all")
    shutil.copy(batch / "00003.png", batch / "best.png")
    for expected in (None, planned(8)):
        report = check_batch(batch, expected)
        assert (report.sound, report.findings) == (8, ())
        assert report.foreign == ("best.png", "icon.png", "mine.png")
        assert repair_batch(report).moved == []


def test_digests_of_lines(batch: Path) -> None:
    lines = [json.loads(line) for line in (batch / MANIFEST).read_text().splitlines()]
    for line in lines:
        data = (batch / line["file"]).read_bytes()
        line["sha256"] = hashlib.sha256(data).hexdigest()
    (batch / MANIFEST).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert check_batch(batch, planned(8)).findings == ()
    save(batch / "00005.png", "seed 5", 77)
    report = check_batch(batch, planned(8))
    assert [(one.kind, one.file, one.words) for one in report.findings] == [
        ("damaged", "00005.png", "has other bytes than were written")
    ]


def test_what_has_no_digest_is_said(batch: Path) -> None:
    Image.new("RGB", (8, 8)).save(batch / "00008.jpg")
    line = {"file": "00008.jpg", "row": 8}
    with (batch / MANIFEST).open("a") as file:
        file.write(f"{json.dumps(line)}\n")
    report = check_batch(batch)
    assert (report.findings, report.sound, report.unproven) == ((), 9, 1)


def test_a_repair_says_what_it_leaves(batch: Path) -> None:
    (batch / "00001.png").write_bytes(b"")
    (batch / "00002.png").unlink()
    assert repair_batch(check_batch(batch, planned(8))).left == []


def test_rows_of_names() -> None:
    names = [f"face {row}" for row in range(20)]
    expected = Expected(20, lambda row: f"{names[row]}.png")
    wanted = ["face 7.png", "mine.png", "face 12.png"]
    assert expected.rows_of(wanted) == {"face 7.png": 7, "face 12.png": 12}
    assert expected.rows_of(wanted, {7}) == {"face 12.png": 12}
    letters = Expected(3, lambda row: f"{'abc'[row]}.png")
    assert letters.rows_of(["c.png", "d.png"]) == {"c.png": 2}
