"""Shards are whole or wrong: every picture in a tar is read, and the table beside it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from latent_levers.core.batch.stored.checking import check_batch
from latent_levers.core.batch.stored.findings import Expected
from latent_levers.core.batch.stored.records import MANIFEST
from latent_levers.core.batch.stored.repair import repair_batch
from latent_levers.core.batch.stored.shard_checks import check_shards
from PIL import Image


def picture(row: int) -> bytes:
    buffer = io.BytesIO()
    values = np.random.RandomState(row).randint(0, 256, (16, 16, 3)).astype(np.uint8)
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def write_tar(path: Path, rows: range, more: str = "") -> None:
    with tarfile.open(path, "w") as tar:
        for row in rows:
            for ending, data in ((".png", picture(row)), (".json", b"{}")):
                entry = tarfile.TarInfo(f"{row:012d}{ending}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        if more:
            tar.addfile(tarfile.TarInfo(more))


def table(path: Path) -> None:
    path.write_bytes(b"PAR1" + b"data" + b"footer" + (6).to_bytes(4, "little") + b"PAR1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shards of four rows, two with tables."""
    for shard in range(3):
        write_tar(tmp_path / f"shard-{shard:06d}.tar", range(4 * shard, 4 * shard + 4))
    return tmp_path


def planned(count: int = 12) -> Expected:
    return Expected(
        count, lambda row: f"{row:05d}.png", "d", lambda shard: range(4 * shard, 4 * shard + 4)
    )


def words(folder: Path) -> list[tuple[str, str, str]]:
    return [(one.kind, one.file, one.words) for one in check_shards(folder, planned()).findings]


def test_whole_shards(folder: Path) -> None:
    found = check_shards(folder, planned())
    assert (found.findings, found.sound) == ([], 12)
    assert found.rows == [range(4), range(4, 8), range(8, 12)]
    assert check_batch(folder, planned()).findings == ()
    (missing,) = check_batch(folder, planned(14)).findings
    assert missing.words == "rows 12-13 of the plan have no picture"


def test_zeroed_truncated_and_foreign_shards(folder: Path) -> None:
    first = folder / "shard-000000.tar"
    data = bytearray(first.read_bytes())
    place = data.index(picture(1)) + 300
    data[place : place + 64] = bytes(64)
    first.write_bytes(data)
    second = folder / "shard-000001.tar"
    second.write_bytes(second.read_bytes()[:3000])
    write_tar(folder / "shard-000002.tar", range(8, 11), "../evil.png")
    found = words(folder)
    assert [(kind, file) for kind, file, _ in found] == [
        ("damaged", f"shard-{shard:06d}.tar") for shard in range(3)
    ]
    assert "000000000001.png, which has a wrong checksum" in found[0][2]
    assert "has no end" in found[1][2]
    assert "'../evil.png', which is no picture" in found[2][2]
    assert "lacks rows 11 of its shard" in found[2][2]


def test_tables_go_with_their_shards(folder: Path) -> None:
    table(folder / "part-000000.parquet")
    table(folder / "part-000001.parquet")
    table(folder / "part-000007.parquet")
    (folder / "part-000001.parquet").write_bytes(b"\0" * 40)
    report = check_batch(folder, planned())
    assert [(one.kind, one.file) for one in report.findings] == [
        ("orphaned", "part-000007.parquet"),
        ("damaged", "shard-000001.tar"),
        ("damaged", "part-000001.parquet"),
        ("unfinished", "shard-000002.tar"),
        ("missing", ""),
    ]
    repair_batch(report)
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert names == ["part-000000.parquet", "shard-000000.tar"]
    (missing,) = check_batch(folder, planned()).findings
    assert list(missing.rows) == list(range(4, 12))


def test_a_file_that_only_says_that_it_is_a_tar(folder: Path) -> None:
    (folder / "shard-000001.tar").write_bytes(b"no tar" * 400)
    ((kind, file, said),) = words(folder)
    assert (kind, file) == ("damaged", "shard-000001.tar")
    assert "cannot be read" in said


def test_rows_in_files_and_in_shards(folder: Path) -> None:
    lines = []
    for row in range(6):
        (folder / f"{row:05d}.png").write_bytes(picture(row))
        lines.append(json.dumps({"file": f"{row:05d}.png", "row": row}))
    (folder / MANIFEST).write_text("".join(f"{line}\n" for line in lines))
    for expected in (planned(), None):
        report = check_batch(folder, expected)
        (twice,) = report.findings
        assert (twice.kind, list(twice.rows), report.sound) == ("doubled", list(range(6)), 12)
        assert "rows 0-5 are stored twice, as files and in shards" in twice.words
        assert report.counts() == {"doubled": 6}
    repair = repair_batch(report)
    assert (repair.moved, repair.left) == ([], [twice])


def test_digests_and_rows_of_members(folder: Path) -> None:
    members: list[tuple[str, bytes]] = []
    for row in range(4):
        data = picture(row if row != 2 else 9)
        facts = {"row": row, "sha256": hashlib.sha256(picture(row)).hexdigest()}
        members += [(".png", data), (".json", json.dumps(facts).encode())]
    with tarfile.open(folder / "shard-000000.tar", "w") as tar:
        for number, (ending, data) in enumerate(members):
            entry = tarfile.TarInfo(f"{number // 2:012d}{ending}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    ((kind, file, said),) = words(folder)
    assert (kind, file) == ("damaged", "shard-000000.tar")
    assert said == "holds 000000000002.png, which has other bytes than were written"
