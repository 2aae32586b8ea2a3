"""Files of plans: created once, grown, refused, and read with care."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_plans import plan_of
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.entries import ImageEntry
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.plan_file import change_image, create_plan, read_plan


def test_a_plan_grows_and_never_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "new" / "plan.json"
    small = create_plan(path, plan_of("random", count=5))
    assert read_plan(path) == read_plan(path.parent) == small
    grown = create_plan(path, plan_of("random", count=10**9))
    assert len(read_plan(path)) == len(grown) == 10**9
    assert len(create_plan(path, plan_of("random", count=5))) == 10**9
    assert path.stat().st_size < 5000


def test_seeds_of_a_grid_grow_and_those_of_random_rows_do_not(tmp_path: Path) -> None:
    grid, random = tmp_path / "g.json", tmp_path / "r.json"
    create_plan(grid, plan_of("grid", "3-12", 60))
    assert create_plan(grid, plan_of("grid", "3-99", 500)).codes.seed(90) == 93
    with pytest.raises(PackError, match="seeds was 3-, now 4-"):
        create_plan(grid, plan_of("grid", "4-12", 10))
    create_plan(random, plan_of("random", "3-12", 60))
    with pytest.raises(PackError, match="seeds was 3-12, now 3-13"):
        create_plan(random, plan_of("random", "3-13", 60))


def test_another_plan_is_refused_with_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan = create_plan(path, plan_of("random"))
    for name, value in (("batch_size", 8), ("shard_size", 7), ("names", "{n}")):
        with pytest.raises(PackError, match=f"{name} was {getattr(plan, name)}"):
            create_plan(path, replace(plan, **{name: value}))
    moved = replace(plan, generator=replace(plan.generator, file="elsewhere"))
    assert create_plan(path, moved) == plan


def test_of_many_at_once_one_plan_wins(tmp_path: Path) -> None:
    def attempt(number: int) -> bool:
        plan = plan_of("random")
        try:
            create_plan(tmp_path / "plan.json", replace(plan, batch_size=1 + number))
        except PackError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "00001.png").write_bytes(b"mine")
    with pytest.raises(PackError, match="no readable plan or settings.json"):
        create_plan(tmp_path / "plan.json", plan_of("random"))
    assert not (tmp_path / "plan.json").exists()


def test_the_format_changes_only_before_the_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    create_plan(path, plan_of("random"))
    assert change_image(path, ImageEntry("webp")).file_name(3) == "00003.webp"
    (tmp_path / "manifest.jsonl").write_text("{}\n")
    assert change_image(path, ImageEntry("webp", 90)).image.format == "webp"
    with pytest.raises(PackError, match="holds pictures as webp, level 90"):
        change_image(path, ImageEntry("png"))


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A plan as JSON, with one value changed and no digest."""
    whole = json.loads(json.dumps(plan_of("random").to_json()))
    del whole["digest"]
    place: Any = whole
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return whole


HOSTILE: list[tuple[tuple[str | int, ...], Any]] = [
    (("format",), "other"), (("version",), 2), (("version",), True), (("generator",), []),
    (("generator", "file"), 3), (("generator", "options"), ["x" * 10_000]),
    (("levers", "names"), ["a"] * 30_000), (("levers", "names"), []), (("codes",), None),
    (("codes", "seeds"), "0-99999999999"), (("codes", "seeds"), None), (("codes", "noise"), "x"),
    (("codes", "stored"), {"count": 10**9}), (("codes", "truncation"), 1e300),
    (("rows", "mode"), "spiral"), (("rows", "count"), 10**15), (("rows", "count"), 0),
    (("rows", "count"), "9" * 30), (("rows", "indices"), [7]), (("rows", "indices"), [-1]),
    (("rows", "strengths"), [1e30]), (("rows", "strengths"), ["a"]), (("rows", "seed"), -1),
    (("rows", "mode"), "table"), (("batch_size",), 10**9), (("batch_size",), 0),
    (("shard_size",), 0), (("names",), "../{n}"), (("names",), "{n.real}"),
    (("image", "format"), "exe"), (("image", "level"), 99), (("image", "scale"), 10**9),
    (("pull", "guard"), "yes"), (("pull", "composite"), 1),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), HOSTILE, ids=str)
def test_hostile_plans_are_refused(path: tuple[str | int, ...], value: Any) -> None:
    with pytest.raises(PackError):
        Plan.from_json(changed(path, value))


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, '{"format": NaN}', "3", "null"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(PackError):
        read_plan(tmp_path)


def test_a_plan_changed_by_hand_is_told(tmp_path: Path) -> None:
    whole = plan_of("random").to_json()
    whole["codes"]["truncation"] = 0.9
    with pytest.raises(PackError, match="digest does not fit"):
        Plan.from_json(whole)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("codes", "truncatoin"), "'codes' has the field 'truncatoin'.*mean 'truncation'"),
        (("shard",), "The plan has the field 'shard'.*mean 'shard_size'"),
        (("generator", "x"), "'generator' has the field 'x', which does not exist. Expected file"),
        (("levers", "name"), "mean 'names'"),
        (("pull", "units"), "mean 'unit'"),
        (("rows", "counts"), "mean 'count'"),
        (("image", "levels"), "mean 'level'"),
    ],
)
def test_fields_that_nobody_reads_are_refused(path: tuple[str, ...], words: str) -> None:
    with pytest.raises(PackError, match=words):
        Plan.from_json(changed(path, 0.3))
    whole = changed(("codes", "seeds"), None)
    whole["codes"]["stored"] = {"file": "a", "fingerprint": "b", "count": 1, "spaces": "w"}
    with pytest.raises(PackError, match="The entry of stored codes has.*mean 'space'"):
        Plan.from_json(whole)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON.*Check quotes"),
        (
            "[]",
            "a list of 0 entries, in .*as it was written, or begin anew. Choose another",
        ),
        ('{"a": 1, "a": 2}', "'a' twice in one object.*Expected each name once. Restore"),
        ('{"a": ' + "9" * 5000 + "}", r"integer string conversion\b"),
    ],
)
def test_the_file_of_a_broken_plan_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(PackError, match=words) as caught:
        read_plan(tmp_path)
    assert str(tmp_path / "plan.json") in str(caught.value)
    assert "such as" not in str(caught.value)


def test_rows_of_a_table_are_bounded() -> None:
    table = [[0, [], ""]] * 100_001
    rows = {"mode": "table", "count": len(table), "counted": 1, "table": table}
    with pytest.raises(PackError, match="at most 100000 entries"):
        Plan.from_json(changed(("rows",), rows))
    for row in ([0, []], [0, [[0]], ""], [99, [], ""], [0, [[9, 1.0]], ""], [0, [], "../a"]):
        rows = {"mode": "table", "count": 1, "counted": 1, "table": [row]}
        with pytest.raises(PackError):
            Plan.from_json(changed(("rows",), rows))
