"""The rule of the bench of region levers, its tables and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from diffusion_worlds import (
    measured_in_planted_world,
    pulled,
)

from bench.diffusion import keeping
from bench.diffusion.contenders import BOX, LEVERS, LOCO, RANDOM
from bench.diffusion.drawn import MOUTH, Drawn, draw, drawn_table
from bench.diffusion.pulling import EQUAL, SIGNS
from bench.diffusion.results import (
    Measured,
    Search,
    Shift,
)
from bench.diffusion.rule import counts, judge, passes_mildly, ratio
from bench.diffusion.run import BEGIN, END, write_document
from bench.diffusion.tables import alike, whole

DRAWN = [Drawn("smile", 0.97, Shift("smile", 0.97, other, 0.1, "age")) for other in (0.1, 0.4)]


@pytest.fixture(scope="module")
def planted() -> Measured:
    return measured_in_planted_world()


def test_change_outside_is_taken_at_an_equal_change_inside() -> None:
    assert pulled(outside=3.0, inside=EQUAL / 2).equal_outside == pytest.approx(6.0)
    rows = [pulled(outside=2.0), pulled(outside=4.0), pulled(BOX, outside=12.0)]
    assert ratio(rows, "mouth", 0.5).median == pytest.approx(0.25)


@pytest.mark.parametrize(("others", "passing"), [(0.29, 3), (0.3, 0)])
def test_the_rule_counts_levers_that_move_nothing_else(others: float, passing: int) -> None:
    """A lever counts once, whichever way it passes; the mild reading looks at the mean."""
    rows = [pulled(index=i, sign=s, others=others) for i in range(3) for s in SIGNS]
    rows += [pulled(index=i, others=0.9, mean=0.25) for i in (3, 4)]
    rows += [pulled(index=5, own=0.8)]
    assert counts(rows) == [passing]
    assert counts(rows, passing=passes_mildly) == [5]


@pytest.mark.parametrize(("outside", "kept", "verdicts"), [
    (0.5, 3, ["holds", "holds"]), (0.52, 2, ["falls short", "falls short"]),
])  # fmt: skip
def test_the_rule_is_applied_to_figures(outside: float, kept: int, verdicts: list[str]) -> None:
    each = {LEVERS: outside, BOX: 1.0, LOCO: 1.0, RANDOM: 9.0}
    equal = [pulled(name, s, outside=x) for s in (1, 2) for name, x in each.items()]
    mouth = [pulled(seed=s, index=i, others=0.2 if i < kept else 0.4)
             for s in (1, 2) for i in range(6)]  # fmt: skip
    mouth += [pulled(BOX, s, index=i, others=0.1 * s + 0.1) for s in (1, 2) for i in (0, 1)]
    measured = Measured(equal, mouth, [Search(1, 0.5, "mouth", LEVERS, 113, 45, 6.0)])
    assert [line.verdict for line in judge(measured)] == verdicts
    text = whole(measured, DRAWN)
    assert text.count(verdicts[0]) == 3  # both halves, and the row of the region
    assert "| mouth | 0.5 | 2 |" in text
    assert "| levers | 113 | 45 | 6.0 |" in text
    assert f"| {kept / 6:.0%} | 50% |" in text  # levers that count, and noise: seed 1 alone
    assert "113" not in alike(measured, DRAWN)


def test_what_the_renderer_moves_is_read_as_moved() -> None:
    """Each attribute of the mouth alone, by one deviation; the table counts what passes."""
    found = draw(4)
    assert {each.attribute for each in found} == {
        "mouth_width", "mouth_openness", "smile", "lip_fullness", "lip_redness",
    }  # fmt: skip
    assert all(MOUTH.owns(each.attribute) for each in found)
    own = sorted(each.own for each in found)
    assert 0.7 < own[len(own) // 2] < 1.3
    assert drawn_table(DRAWN, 0.3)[1] == ["smile", "2", "0.97", "0.25", "50%"]


def test_pictures_are_kept(
    tmp_path: Path, planted: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is what was written, to the last digit; a picture is measured once, or again."""
    measured: list[int] = []

    def once(model: Path, seed: int) -> Measured:
        measured.append(seed)
        return planted

    monkeypatch.setattr(keeping, "measure", once)
    folder = tmp_path / "kept"
    for again in (False, False, True):
        assert keeping.measure_once(tmp_path, 5, folder, again) == planted
    assert measured == [5, 5]


def test_what_is_kept_belongs_to_one_model(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    assert keeping.folder_for(one) == keeping.folder_for(one)
    assert keeping.folder_for(one) != keeping.folder_for(other)


def test_the_document_has_a_place_for_the_tables(tmp_path: Path, planted: Measured) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "diffusion.md"
    copy = tmp_path / "diffusion.md"
    copy.write_text(page.read_text())
    write_document(copy, whole(planted, DRAWN), [5], "a model")
    text = copy.read_text()
    assert text.split(BEGIN)[0] == page.read_text().split(BEGIN)[0]
    assert text.split(END)[1] == page.read_text().split(END)[1]
    assert "a model; 1 pictures" in text
    assert "not measured" not in text.lower()
