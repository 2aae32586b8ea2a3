"""Scores that people ask for: attributes where they can be read, pairs for any generator."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.wanted_scores import attribute_score, pair_score


def test_a_lever_for_the_light_moves_the_light_on_other_faces() -> None:
    gan = ll.load_generator("portraits")
    wanted = attribute_score(gan, "light")
    units = torch.ones(
        len(bundled_reader().names)
    )  # the network's own units: the deviations over renders
    codes = ll.sample_latents(gan, 3, seed=0, truncation_psi=1.0)
    lever = ll.score_lever(gan, codes, wanted.score, wanted.target, deviations=units)
    others = ll.sample_latents(gan, 4, seed=100, truncation_psi=1.0)
    (entry,) = ll.rank_levers(gan, lever, others, wanted.score, wanted.target, deviations=units)
    assert entry.change > 0.3
    assert entry.share > 0.6
    assert entry.agreement == 1


def test_attributes_of_other_generators_are_refused() -> None:
    with pytest.raises(PackError, match="No bundled network reads"):
        attribute_score(tiny(), "light")
    with pytest.raises(PackError, match="head_turn"):
        attribute_score(ll.load_generator("portraits"), "mood")


@pytest.mark.parametrize("name", ["stylegan2-skip", "dcgan"])
def test_pairs_suit_any_generator(name: str) -> None:
    gan = tiny(name)
    before, after = torch.rand(2, 1, 3, 50, 50)
    wanted = pair_score(gan, before, after)
    images = ll.render(gan, ll.sample_latents(gan, 2))
    assert wanted.score(images).shape == (2, 64 * gan.spec.img_channels)
