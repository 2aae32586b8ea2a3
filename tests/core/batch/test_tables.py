"""Rows from a table: what is read, and what is refused with words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from batch_plans import plan_of
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.plan_file import create_plan
from latent_levers.core.batch.tables import read_table

LEVERS = ("smile", "age", "resefa 2")


def written(folder: Path, text: str) -> Path:
    """A table."""
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_rows(tmp_path: Path, mark: str) -> None:
    text = "\ufeffseed,smile,2,file\n7,1.5,,a\n\n3,,-2,b\n7,0,1,c\n".replace(",", mark)
    table = read_table(written(tmp_path, text), LEVERS)
    assert list(table.seeds or ()) == [7, 3]
    assert [(row.code, row.pulls, row.name) for row in table.rows.table] == [
        (0, ((0, 1.5),), "a"),
        (1, ((2, -2.0),), "b"),
        (0, ((2, 1.0),), "c"),
    ]
    plan = plan_of("random")
    plan = replace(plan, codes=replace(plan.codes, seeds=table.seeds), rows=table.rows)
    assert plan[1].caption == "seed 3, sefa 2 -2.0"
    assert plan.file_name(2) == "c.png"
    assert Plan.from_json(plan.to_json()) == plan


def test_codes_of_a_file_are_named_by_their_row(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "code,age\n4,1\n"), LEVERS, stored=True)
    assert table.seeds is None
    assert table.rows.table[0].code == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("smile\n1\n", "no column 'seed'"),
        ("seed,grin\n1,2\n", "a column 'grin'. Expected seed, file, or a lever: smile, age"),
        ("seed,3\n1,2\n", "number from 0 to 2"),
        ("seed,smile,0\n1,2,3\n", "the same lever"),
        ("seed,age,age\n1,2,3\n", "Two columns .* named 'age'"),
        (
            "seed,age\n-1,2\n",
            "'-1' as a seed in row 1. Expected a whole number from 0 to 4294967295",
        ),
        ("seed,age\n1,2\n4294967296,2\n", "'4294967296' as a seed in row 2"),
        ("seed,age\n1.5,2\n", "'1.5' as a seed in row 1"),
        ("seed,age\n,2\n", "no seed in row 1"),
        ("Sead, 0 \n1,2\n", "no column 'seed'; its columns, between commas, are 'Sead', '0'"),
        ("seed.age\n1.2\n", "its columns, between commas, are 'seed.age'"),
        ("seed;age\n1;1,5\n", "'1,5' as a strength in row 1. Expected a number, such as 1.5"),
        ("seed,smile,age\n1,2\n", "2 cells in row 1. Expected 3, as in the row of names"),
        ("seed,file\n1,a.jpg\n", "ends in .jpg, and the pictures are png. Expected 'a', to which"),
        ("seed,age\n1,much\n", "'much' as a strength in row 1"),
        ("seed,age\n1,nan\n", "as a strength"),
        ("seed,age\n1,2,3\n", "3 cells in row 1"),
        ("seed,file\n1,../a\n", "cannot be used for a file"),
        ("seed,age\n", "no rows"),
        ("", "no column 'seed'; its first row is empty"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PackError, match=words):
        read_table(written(tmp_path, text), LEVERS)


def test_tables_of_other_programs_are_read(tmp_path: Path) -> None:
    """Columns of floats, names in capitals with spaces, and names of files with an ending."""
    table = read_table(written(tmp_path, "Seed, 0 ,File\n7.0,1.5,a.png\n3.,,b\n"), LEVERS)
    assert list(table.seeds or ()) == [7, 3]
    assert [(row.pulls, row.name) for row in table.rows.table] == [(((0, 1.5),), "a"), ((), "b")]
    table = read_table(written(tmp_path, "seed,file\n1,a.JPEG\n"), LEVERS, image="jpeg")
    assert table.rows.table[0].name == "a"


def test_tables_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="more than 100,000 rows"):
        read_table(written(tmp_path, "seed\n" + "1\n" * 100_001), LEVERS)


def test_a_table_grows_where_its_rows_stay(tmp_path: Path) -> None:
    def plan(text: str) -> Plan:
        table = read_table(written(tmp_path, text), LEVERS)
        whole = plan_of("random")
        return replace(whole, codes=replace(whole.codes, seeds=table.seeds), rows=table.rows)

    first = create_plan(tmp_path / "plan.json", plan("seed,age\n1,2\n5,1\n"))
    grown = create_plan(tmp_path / "plan.json", plan("seed,age\n1,2\n5,1\n9,1\n"))
    assert (len(grown), grown.digest) == (3, first.digest)
    with pytest.raises(PackError, match="other settings"):
        create_plan(tmp_path / "plan.json", plan("seed,age\n1,2\n5,1.5\n9,1\n"))
