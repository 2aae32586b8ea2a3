"""Numbers as ranges: the order that people wrote, in the memory of the ranges."""

from __future__ import annotations

import random

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.number_runs import NumberRuns


def parsed(text: str) -> NumberRuns:
    """Seeds of a text."""
    return NumberRuns.parse(text, 2**32, "seeds")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0-3", [0, 1, 2, 3]),
        ("3", [3]),
        ("0, 2; 5-7", [0, 2, 5, 6, 7]),
        ("9,1-3,7-8", [9, 1, 2, 3, 7, 8]),
        ("7-9,0-8", [7, 8, 9, 0, 1, 2, 3, 4, 5, 6]),
        ("4,2-6", [4, 2, 3, 5, 6]),
    ],
)
def test_numbers_keep_their_order(text: str, numbers: list[int]) -> None:
    runs = parsed(text)
    assert list(runs) == numbers == [runs[place] for place in range(len(runs))]
    assert runs[-1] == numbers[-1]
    assert runs[1:3] == numbers[1:3]
    assert parsed(str(runs)) == runs


def test_ranges_that_overlap_are_what_a_list_would_be() -> None:
    chance = random.Random(3)
    for _ in range(200):
        ranges = [(a, a + chance.randrange(1, 9)) for a in chance.choices(range(40), k=8)]
        listed = dict.fromkeys(n for run in ranges for n in range(*run))
        assert list(NumberRuns.joined(ranges)) == list(listed)
        assert list(NumberRuns.of(listed)) == list(listed)


def test_four_billion_numbers_are_one_range() -> None:
    runs = parsed("0-4294967295")
    assert len(runs) == 2**32
    assert runs[2**32 - 1] == 2**32 - 1
    with pytest.raises(IndexError):
        _ = runs[2**32]


def test_the_end_of_the_last_range_may_grow() -> None:
    assert parsed("0-9").open_text == parsed("0-99").open_text == "0"
    assert parsed("0,5").open_text == parsed("0,5-9").open_text
    assert parsed("0,5").open_text != parsed("0,6").open_text


@pytest.mark.parametrize("text", ["", "a", "3-1", "4294967296", "-1", "1-2-3", "\u0663", "1" * 40])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(PackError, match="The seeds .* cannot be read"):
        parsed(text)


def test_texts_are_bounded() -> None:
    with pytest.raises(PackError, match="at most 100,000 ranges"):
        parsed("0," * 100_001)
