"""Counted columns are those that are computed."""

from __future__ import annotations

import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.jacobians.cost import jacobian_cost
from latent_levers.core.jacobians.image_map import image_map
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan3-t", "pggan", "biggan-chunks"])
def test_columns_are_counted_as_they_are_computed(name: str) -> None:
    gan = tiny(name)
    for space in gan.spec.spaces:
        for layers in (None, (0, 1)) if space.is_plus else (None,):
            image = image_map(gan, some_code(gan), space, layers)
            source = LinearisedStrategy().source(image, torch.float32, 8)
            cost = jacobian_cost(gan, space, layers)
            assert (cost.columns, cost.dimensions) == (source.count, image.size)
            stored = source.nbytes(torch.float32) - 8 * source.count**2
            assert cost.column_bytes == stored


def test_the_cost_in_words() -> None:
    words = jacobian_cost(tiny(), LatentSpace.W_PLUS).sentence
    assert words.startswith("W+ has 20 dimensions: 33 columns of the Jacobian per code, 6.6 times")
