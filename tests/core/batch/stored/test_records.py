"""Manifests are read line by line; what is no entry is counted and left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from latent_levers.core.batch.stored.records import (
    MANIFEST,
    Pull,
    Unread,
    is_picture_name,
    is_sheet_name,
    read_lines,
)

LINE = {
    "file": "00002.png", "seed": 5, "direction": "smile; age", "strength": "+1.0; -2.0",
    "caption": "seed 5", "pulls": [[0, 1.0], [3, -2.0]],
}  # fmt: skip


def written(folder: Path, *lines: object) -> Path:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def test_lines(tmp_path: Path) -> None:
    first = {**LINE, "file": "x.webp", "row": 1, "direction": "a; b; c"}
    found = [record for _, record in read_lines(written(tmp_path, first, LINE))]
    assert [record.row for record in found] == [1, 2]
    assert found[1].pulls == (Pull(0, "smile", 1.0), Pull(3, "age", -2.0))
    assert found[0].pulls[0].name == "lever 0"
    assert (found[1].seed, found[1].file, found[1].caption) == (5, "00002.png", "seed 5")


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "3", "null", "[" * 9999, '{"file": "00001.png", "pulls": [[0]]}',
        {**LINE, "file": "../00001.png"}, {**LINE, "file": "a/1.png"}, {**LINE, "file": "a\\1.png"},
        {**LINE, "file": "1.exe"}, {**LINE, "file": ".1.png"}, {**LINE, "file": 3},
        {**LINE, "file": "name.png"}, {**LINE, "row": -1}, {**LINE, "row": True},
        {**LINE, "row": 10**30}, {**LINE, "pulls": [[-1, 2.0]]}, {**LINE, "pulls": 7},
        '{"file": "00001.png", "pulls": [[0, NaN]]}', {**LINE, "pulls": [[0, 10**400]]},
        {**LINE, "caption": "x" * 2**20}, {**LINE, "file": "sheet_2.png", "row": 1},
    ],
)  # fmt: skip
def test_lines_that_are_no_entries(tmp_path: Path, line: object) -> None:
    unread = Unread()
    written(tmp_path, line, LINE)
    assert [record.row for _, record in read_lines(tmp_path, unread)] == [2]
    assert unread.lines == 1


def test_a_line_that_was_cut_off(tmp_path: Path) -> None:
    whole = json.dumps(LINE)
    (tmp_path / MANIFEST).write_text(f"{whole}\n{whole[:40]}", encoding="utf-8")
    unread = Unread()
    assert len(list(read_lines(tmp_path, unread))) == unread.lines == 1


def test_names() -> None:
    for name in ("00000.png", "seed 3 \u2192.webp", "a.JPG"):
        assert is_picture_name(name)
    for name in ("sheet.png", "sheet_2.png", "a\nb.png", "a:b.png", "a.gif", ".a.png", "x" * 300):
        assert not is_picture_name(name)
    assert is_sheet_name("sheet_2.png")
    assert not is_sheet_name("00000.png")
