"""Rows of seeds and labels, as people and spreadsheets write them."""

from __future__ import annotations

import pytest
from latent_levers.core.base.errors import LatentError
from latent_levers.core.base.seed_labels import MOST_CHARACTERS, MOST_ROWS, read_seed_labels


@pytest.mark.parametrize(
    "text",
    [
        "3,1\n7,0\n",
        "seed,label\r\n3,1\r\n7,0",
        '\ufeff"seed";"smile"\n"3";"1"\n"7";"0"',
        "# mine\n\n3\t1.0\n 7   0 \n3,1",
    ],
)
def test_every_common_form(text: str) -> None:
    assert read_seed_labels(text) == ([3, 7], [1.0, 0.0])


def test_labels_may_be_scores_below_zero() -> None:
    assert read_seed_labels("0,-1.5\n4294967295,2e-1") == ([0, 4294967295], [-1.5, 0.2])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no labels"),
        ("seed,label\n", "no labels"),
        ("1,0\n2", "Row 2 of the labels cannot be read: '2'"),
        ("1,0\n\n2,yes", "Row 3"),
        ("1,0\nseed,label", "Row 2"),
        ("-1,0", "Row 1"),
        ("4294967296,0", "Row 1"),
        ("1.5,0", "Row 1"),
        ("1,nan", "Row 1"),
        ("1,inf", "Row 1"),
        ("1,0,1", "Row 1"),
        ("1," + "9" * 400, "Row 1"),
        ("5,1\n6,1\n5,0", "Seed 5 has the label 1 in row 1 and 0 in row 3"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_row(text: str, words: str) -> None:
    with pytest.raises(LatentError, match=words) as caught:
        read_seed_labels(text)
    assert len(str(caught.value)) < 300


def test_there_are_bounds() -> None:
    with pytest.raises(LatentError, match="at most 8,000,000"):
        read_seed_labels(" " * (MOST_CHARACTERS + 1))
    with pytest.raises(LatentError, match="more than 100,000 labels"):
        read_seed_labels("\n".join(f"{seed},1" for seed in range(MOST_ROWS + 1)))
