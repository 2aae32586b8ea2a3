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
from bench.diffusion.pulling import EQUAL, SIGNS
from bench.diffusion.results import (
    Measured,
    Search,
)
from bench.diffusion.rule import counts, judge, passes_mildly, ratio
from bench.diffusion.run import BEGIN, END, write_document
from bench.diffusion.tables import alike, whole


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
    measured = Measured(equal, mouth, [Search(1, 0.5, "mouth", LEVERS, 113, 45, 6.0)])
    assert [line.verdict for line in judge(measured)] == verdicts
    text = whole(measured)
    assert text.count(verdicts[0]) == 3  # both halves, and the row of the region
    assert "| mouth | 0.5 | 2 |" in text
    assert "| levers | 113 | 45 | 6.0 |" in text
    assert "113" not in alike(measured)


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
    write_document(copy, planted, [5], "a model")
    text = copy.read_text()
    assert text.split(BEGIN)[0] == page.read_text().split(BEGIN)[0]
    assert text.split(END)[1] == page.read_text().split(END)[1]
    assert "a model; 1 pictures" in text
    assert "not measured" not in text.lower()
