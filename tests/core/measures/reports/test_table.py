"""Tables as CSV and Markdown."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures.reports.measure import Figure
from latent_levers.core.measures.reports.table import (
    MeasureRow,
    MeasureTable,
    as_words,
    in_digits,
    save_table,
)

FIGURES = (
    Figure("rms", "rms outside", "grey levels; less is better"),
    Figure("ratio", "in | out", "more is better", tail_at=0.1),
    Figure("word", "attribute", "a word"),
    Figure("mse", "MSE", "squares", in_files_only=True),
    Figure("unknown", "never", "nobody knows"),
)


@pytest.fixture
def table() -> MeasureTable:
    """Two levers; the second lacks a figure."""
    first = {"rms": torch.tensor([1.0, 2.0, 4.0]), "ratio": torch.tensor([1234.0]), "word": "smile"}
    second = {"rms": torch.tensor([0.5]), "ratio": torch.tensor([2.0]), "mse": 0.25}
    rows = (
        MeasureRow.of("resefa 0", first, FIGURES),
        MeasureRow.of('a, "quoted" | name\n', second, FIGURES),
    )
    return MeasureTable(FIGURES, rows)


def test_csv_holds_every_number(table: MeasureTable) -> None:
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert [row["lever"] for row in rows] == ["resefa 0", 'a, "quoted" | name\n']
    assert rows[0]["rms_median"] == "2"
    assert rows[0]["rms_p90"] == "3.6"
    assert (float(rows[0]["rms_low"]), float(rows[0]["rms_high"])) == (1, 4)
    assert rows[0]["ratio_p10"] == "1234"
    assert (rows[0]["word"], rows[1]["word"]) == ("smile", "")
    assert (rows[0]["mse"], rows[1]["mse"]) == ("", "0.25")
    assert not [name for name in rows[0] if name.startswith("unknown")]
    assert table.to_csv().count("\r\n") == 3


def test_markdown_is_a_table_that_explains_itself(table: MeasureTable) -> None:
    lines = table.to_markdown().splitlines()
    assert lines[0] == "| lever | rms outside | in \\| out | attribute |"
    assert lines[1] == "| --- | ---: | ---: | ---: |"
    assert lines[2].startswith("| resefa 0 | 2 (1 to 4; p90 3.6) | 1234 (1234 to 1234; p10 1234) |")
    assert lines[3].startswith('| a, "quoted" \\| name | 0.5')
    assert lines[3].endswith("| - |")
    assert "- rms outside: grey levels; less is better." in lines
    assert any("95% interval" in line for line in lines)
    assert not any("MSE" in line or "never" in line for line in lines)


def test_the_grid_has_a_column_per_lever(table: MeasureTable) -> None:
    grid = table.grid()
    assert [line[0] for line in grid] == ["", "rms outside", "in | out", "attribute"]
    assert grid[1][1] == "2\n(1 to 4; p90 3.6)"
    assert {len(line) for line in grid} == {3}


def test_files_are_written_by_their_ending(table: MeasureTable, tmp_path: Path) -> None:
    saved = save_table(table, tmp_path / "new" / "table.CSV")
    assert saved.read_bytes().decode() == table.to_csv()
    assert save_table(table, tmp_path / "table.md").read_text() == table.to_markdown()
    with pytest.raises(PackError, match=r"table\.txt.*\.csv or \.md"):
        save_table(table, tmp_path / "table.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "table.md"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"), (-0.0123456, "-0.0123"), (0.99996, "1"), (12.345, "12.3"), (100.0, "100"),
        (1234.5, "1234"), (99999999.0, "99999999"), (1e-7, "0.0000001"), (math.inf, "inf"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_no_exponent(value: float, words: str) -> None:
    assert in_digits(value) == words
    assert as_words(value) == words


def test_a_table_needs_a_lever() -> None:
    with pytest.raises(PackError, match="without levers"):
        MeasureTable(FIGURES, ())
