"""Broken faces: samples are whole, those pulled without measure are broken."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.measures.attribute_network import AttributeNetwork, bundled_reader
from latent_levers.core.measures.broken import (
    BrokenFaces,
    broken_faces,
    sample_features,
    stored_features,
)


@pytest.fixture(scope="module")
def gan() -> ll.Generator:
    """The bundled generator."""
    return ll.load_generator("portraits")


def test_samples_are_whole_and_excessive_pulls_are_broken(gan: ll.Generator) -> None:
    """Of other samples hardly one, most of those pulled 20 sigmas."""
    broken = BrokenFaces(gan, bundled_reader(), samples=150)
    codes = ll.sample_latents(gan, 12, seed=100)
    assert broken.count(ll.render(gan, codes)) <= 1
    assert broken.count(ll.render(gan, ll.edit(codes, ll.sefa(gan), 0, 20.0))) >= 8
    assert broken.distances(torch.zeros(4, 3, 64, 64)).shape == (4,)


def test_the_stored_samples_are_those_of_this_generator_and_reader(gan: ll.Generator) -> None:
    """They equal what is drawn; of another generator or reader, none are stored."""
    stored = stored_features(gan, bundled_reader())
    assert stored is not None
    drawn = sample_features(gan, bundled_reader(), 20)
    torch.testing.assert_close(stored[:20], drawn, rtol=2e-3, atol=2e-3)
    assert stored_features(tiny(), bundled_reader()) is None
    other = replace(bundled_reader(), network=AttributeNetwork(1))
    assert stored_features(gan, other) is None
    whole = broken_faces(gan, bundled_reader())
    assert whole is broken_faces(gan, bundled_reader())
    assert whole.samples.shape == (5000, 96)


def test_progress_cancels_and_nothing_is_kept(gan: ll.Generator) -> None:
    """What progress raises comes through; the next call starts anew."""
    other = replace(bundled_reader(), network=AttributeNetwork(1))

    def cancel(done: int, total: int) -> None:
        assert (done, total) == (0, 6000)
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            broken_faces(gan, other, cancel)
