"""Pictures of a batch are found in files and in shards alike."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.stored.findings import Expected
from latent_levers.core.batch.stored.records import MANIFEST
from latent_levers.core.batch.stored.stored_pictures import open_batch


def line(row: int, **more: Any) -> str:
    facts = {"file": f"{row:05d}.png", "row": row, "seed": row, "pulls": [[0, 1.0]], **more}
    return json.dumps(facts)


def write_tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rows 0 and 1 in files, 1 to 4 in shards."""
    (tmp_path / MANIFEST).write_text(f"{line(1, caption='file')}\n{line(0)}\n")
    for row in (0, 1):
        (tmp_path / f"{row:05d}.png").write_bytes(b"file %d" % row)
    for shard, rows in ((0, (1, 2)), (1, (3, 4))):
        members: dict[str, bytes] = {}
        for row in rows:
            members[f"{row:012d}.png"] = b"member %d" % row
            members[f"{row:012d}.json"] = line(row).encode()
        write_tar(tmp_path / f"shard-{shard:06d}.tar", members)
    return tmp_path


def test_files_and_members(folder: Path) -> None:
    batch = open_batch(folder)
    assert [record.row for record in batch.records] == [0, 1, 2, 3, 4]
    assert [batch.read(record) for record in batch.records] == [
        b"file 0", b"file 1", b"member 2", b"member 3", b"member 4",
    ]  # fmt: skip
    assert [batch.is_file(record) for record in batch.records] == [True, True, False, False, False]
    assert batch.records[1].caption == "file"


def test_the_last_line_of_a_row_counts(folder: Path) -> None:
    with (folder / MANIFEST).open("a") as file:
        file.write(f"{line(0, caption='later')}\n")
    assert open_batch(folder).records[0].caption == "later"


def test_what_is_gone_or_broken(folder: Path) -> None:
    (folder / "00000.png").unlink()
    (folder / "00001.png").unlink()
    second = folder / "shard-000001.tar"
    second.write_bytes(second.read_bytes()[:700])
    batch = open_batch(folder)
    assert [record.row for record in batch.records] == [0, 1, 2]
    assert [batch.read(record) for record in batch.records] == [None, b"member 1", b"member 2"]
    ((name, words),) = batch.unread.shards
    assert (name, batch.unread.lines) == ("shard-000001.tar", 0)
    assert "cannot be read to its end" in words


def test_a_header_in_the_middle(folder: Path) -> None:
    first = folder / "shard-000000.tar"
    data = bytearray(first.read_bytes())
    data[2048:2560] = bytes(512)
    first.write_bytes(data)
    batch = open_batch(folder)
    assert [record.row for record in batch.records] == [0, 1, 3, 4]
    ((name, words),) = batch.unread.shards
    assert name == "shard-000000.tar"
    assert words.startswith("is damaged from byte 2,")


def test_members_that_lie_are_left_out(tmp_path: Path) -> None:
    write_tar(
        tmp_path / "shard-000000.tar",
        {
            "1.png": b"one", "1.json": b'{"file": "../1.png", "row": 1}',
            "2.json": line(2).encode(), "2.png": b"two",
            "../3.png": b"three", "../3.json": line(3).encode(),
        },
    )  # fmt: skip
    batch = open_batch(tmp_path)
    assert [record.file for record in batch.records] == ["00003.png"]  # its name is never used
    assert batch.unread.shards == [("shard-000000.tar", "says nothing of 1 pictures")]


def test_the_plan_knows_pictures_without_a_line(folder: Path) -> None:
    expected = Expected(6, lambda row: f"{row:05d}.png", line=lambda row: line(row, caption="plan"))
    for name in ("00005.png", "mine.png"):
        (folder / name).write_bytes(b"unlisted")
    assert [record.row for record in open_batch(folder).records] == [0, 1, 2, 3, 4]
    records = open_batch(folder, expected).records
    assert [(record.row, record.caption) for record in records[4:]] == [(4, ""), (5, "plan")]


def test_folders_without_a_batch(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(PackError, match="vary wrote"):
            open_batch(place)
