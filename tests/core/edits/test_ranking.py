"""Rankings of levers by a score, against the changes of rendered images."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError
from latent_levers.core.edits.ranking import ranked, ranking_text
from torch import Tensor


def redness(images: Tensor) -> Tensor:
    """One score, without a gradient."""
    return images.detach()[:, 0].mean(dim=(1, 2))


def test_changes_are_those_of_rendered_images() -> None:
    gan = tiny()
    codes, levers = some_code(gan, 3), ll.sefa(gan, count=3)
    ranking = ll.rank_levers(gan, levers, codes, redness, strength=0.5, deviations=torch.ones(1))
    assert sorted(entry.index for entry in ranking) == [0, 1, 2]
    assert [abs(e.change) for e in ranking] == sorted(abs(e.change) for e in ranking)[::-1]
    for entry in ranking:
        up, down = (
            redness(ll.render(gan, ll.edit(codes, levers, entry.index, s))) for s in (0.5, -0.5)
        )
        assert entry.change == pytest.approx(float((up - down).mean()), abs=1e-5)
        assert entry.share == pytest.approx(1)
    sorted_levers = ranked(levers, ranking)
    again = ll.rank_levers(gan, sorted_levers, codes, redness, strength=0.5)
    assert [entry.index for entry in again] == [0, 1, 2]
    assert all(entry.change > 0 for entry in again)
    assert "sefa" in ranking_text(levers, ranking, "redness").splitlines()[1]


def test_several_scores_are_ranked_by_share() -> None:
    gan = tiny()
    codes, levers = some_code(gan, 2), ll.sefa(gan, count=4)
    ranking = ll.rank_levers(gan, levers, codes, lambda images: images.mean(dim=(2, 3)), 1)
    shares = [entry.share for entry in ranking]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < shares[0] < 1


def test_what_cannot_be_ranked_is_refused() -> None:
    gan = tiny()
    codes, levers = some_code(gan), ll.sefa(gan, count=1)
    with pytest.raises(DirectionsError, match="Score 1 was asked for"):
        ll.rank_levers(gan, levers, codes, redness, 1)
    with pytest.raises(DirectionsError, match="do not differ"):
        ll.rank_levers(gan, levers, codes, lambda images: images.new_zeros(len(images)))
    with pytest.raises(DirectionsError, match="strength is 0"):
        ll.rank_levers(gan, levers, codes, redness, strength=0)
