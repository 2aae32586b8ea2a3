"""Numbers of rows: what is read is what was written; nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from latent_levers.core.base.errors import FieldError, PackError
from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.batch.row_numbers import (
    PICKS_FORMAT,
    parse_rows,
    read_picks,
    read_rows,
)


@pytest.mark.parametrize(
    ("text", "rows", "again"),
    [
        ("137,2000-2999", [137, *range(2000, 3000)], "137,2000-2999"),
        (" 5 ; 3,4-4 3", [3, 4, 5], "3-5"),
        ("0-9,5-20,22", [*range(21), 22], "0-20,22"),
        ("0", [0], "0"),
    ],
)
def test_texts(text: str, rows: list[int], again: str) -> None:
    found = parse_rows(text)
    assert list(found) == rows
    assert str(found) == again
    assert parse_rows(again) == found


def test_a_large_range_takes_no_room() -> None:
    assert parse_rows("0-999999999999") == NumberRuns(((0, 10**12),))


@pytest.mark.parametrize("text", ["", "a", "3-1", "-3", "1.5", "1-2-3", "9" * 30, "0x3", "\u0663"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(PackError, match="cannot be read"):
        parse_rows(text)


def test_rows_that_do_not_exist() -> None:
    assert list(read_rows("9", 10)) == [9]
    with pytest.raises(PackError, match="from 0 to 9"):
        read_rows("2,8-10", 10)


def picks(folder: Path, **changes: object) -> str:
    path = folder / "picks.json"
    facts = {"format": PICKS_FORMAT, "version": 1, "plan": "abc", "keep": "3,7-9", "drop": "1"}
    path.write_text(json.dumps({**facts, **changes}), encoding="utf-8")
    return str(path)


def test_picks(tmp_path: Path) -> None:
    assert list(read_rows(picks(tmp_path), 10, "abc")) == [3, 7, 8, 9]
    assert read_picks(Path(picks(tmp_path))).drop == parse_rows("1")
    assert read_rows(picks(tmp_path, plan=""), 10, "other") == read_rows(picks(tmp_path), 10)


def test_picks_that_are_refused(tmp_path: Path) -> None:
    for changes, part in (
        ({"format": "x"}, "holds no picks"),
        ({"version": 2}, "holds no picks"),
        ({"keep": ""}, "keeps no picture"),
        ({"keep": "99"}, "from 0 to 9"),
        ({"keep": [1]}, "as 'keep'"),
        ({"plan": "other"}, "another batch"),
    ):
        with pytest.raises(PackError, match=part):
            read_rows(picks(tmp_path, **changes), 10, "abc")
    with pytest.raises(PackError, match="There are no picks"):
        read_rows(str(tmp_path / "none.json"), 10)
    (tmp_path / "picks.json").write_bytes(b"\xff\xfe")
    with pytest.raises(PackError, match="holds no text"):
        read_rows(str(tmp_path / "picks.json"), 10)
    (tmp_path / "picks.json").write_text("[" * 100_000)
    with pytest.raises(FieldError):
        read_rows(str(tmp_path / "picks.json"), 10)
