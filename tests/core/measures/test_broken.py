"""Broken faces: samples are whole, noise and pulls without measure are broken."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.broken import BrokenFaces, broken_faces


@pytest.fixture(scope="module")
def gan() -> ll.Generator:
    """The bundled generator."""
    return ll.load_generator("portraits")


def test_samples_are_whole_and_excessive_pulls_are_broken(gan: ll.Generator) -> None:
    """Of other samples hardly one, most of those pulled 20 sigmas, and all noise."""
    broken = BrokenFaces(gan, bundled_reader(), samples=150)
    codes = ll.sample_latents(gan, 12, seed=100)
    assert broken.count(ll.render(gan, codes)) <= 1
    assert broken.count(ll.render(gan, ll.edit(codes, ll.sefa(gan), 0, 20.0))) >= 8
    noise = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert broken.count(noise) == 4
    assert broken.distances(noise).shape == (4,)


def test_progress_cancels_and_nothing_is_kept(gan: ll.Generator) -> None:
    """What progress raises comes through; the next call starts anew."""

    def cancel(done: int, total: int) -> None:
        assert total == 6000
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            broken_faces(gan, bundled_reader(), cancel)
