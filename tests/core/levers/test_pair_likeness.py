"""The likeness to a pair: its axes are a rotation, and the first one is the change of the pair."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.levers.pair_likeness import small_pictures


def test_the_first_column_is_the_change_and_the_others_do_not_see_it() -> None:
    before, after = torch.rand(2, 1, 3, 16, 16)
    score = ll.pair_likeness(before, after)
    change = score(after) - score(before)
    length = (small_pictures(after) - small_pictures(before)).norm()
    assert change.shape == (1, 192)
    assert float(change[0, 0]) == pytest.approx(float(length), rel=1e-5)
    assert float(change[0, 1:].abs().max()) < 1e-5 * float(length)
    other = torch.rand(1, 3, 16, 16)  # a rotation keeps lengths
    assert float(score(other).norm()) == pytest.approx(float(small_pictures(other).norm()))


def test_a_lever_is_found_again_from_a_pair_of_pictures() -> None:
    gan = tiny()
    codes = some_code(gan, 2)
    lever = ll.sefa(gan, count=1)
    ends = [ll.render(gan, ll.edit(codes, lever, 0, strength)) for strength in (-0.5, 0.5)]
    score = ll.pair_likeness(ends[0], ends[1])
    found = ll.score_lever(gan, codes, score)
    assert float((found.vectors @ lever.vectors.T).item()) > 0.8
    ranking = ll.rank_levers(gan, ll.sefa(gan, count=4), codes, score)
    assert ranking[0].index == 0
    assert ranking[0].change > 0


def test_pictures_of_another_size_are_resized() -> None:
    before, after = torch.rand(2, 1, 3, 40, 40)
    score = ll.pair_likeness(before, after, size=(16, 16))
    assert score(torch.rand(2, 3, 16, 16)).shape == (2, 192)


def test_no_change_and_unequal_pictures_are_refused() -> None:
    picture = torch.rand(1, 3, 16, 16)
    with pytest.raises(DirectionsError, match="Nothing changes"):
        ll.pair_likeness(picture, picture)
    with pytest.raises(DirectionsError, match="one size"):
        ll.pair_likeness(picture, torch.rand(1, 3, 8, 8))
