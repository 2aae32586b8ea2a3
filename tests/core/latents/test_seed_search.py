"""The nearest seed of a seed is the seed itself."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.edits.editing import edit
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents, to_styles
from latent_levers.core.latents.seed_search import (
    nearest_seeds,
    replace_layers_by_seeds,
    seed_codes,
)
from latent_levers.core.latents.style_mixing import mix_styles
from latent_levers.core.levers.factorization import sefa

EVERY = [
    "stylegan2-skip", "stylegan2-conditional", "stylegan1", "stylegan3-t", "pggan", "dcgan",
    "biggan-chunks", "biggan-deep",
]  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_a_seed_finds_itself_among_thousands(name: str) -> None:
    gan = tiny(name)
    label = 1 if gan.spec.c_dim else None
    codes = sample_latents(gan, 2, 1234, labels=label)
    found = nearest_seeds(gan, codes, count=3, candidates=2_500)
    assert [near.seeds[0] for near in found] == [1234, 1235]
    for near in found:
        assert near.distances[0] < 1e-5
        assert near.distances[1] > 1e-3
        assert list(near.distances) == sorted(near.distances)
    again = seed_codes(gan, codes[0], found[0].seeds)
    assert again.seeds == found[0].seeds
    torch.testing.assert_close(render(gan, again[0]), render(gan, codes[0]))


def test_a_little_edit_still_finds_it_and_a_stranger_is_far() -> None:
    gan = tiny()
    code = edit(sample_latents(gan, 1, 77), sefa(gan, count=1), 0, 0.01, unit="distance")
    (near,) = nearest_seeds(gan, code, candidates=500)
    assert near.seeds[0] == 77
    assert 0 < near.distances[0] < 0.2
    assert near.sentence(gan.spec.num_ws).startswith("code 0, layers all: seed 77 (0.0")


def test_distances_are_counted_in_those_of_random_seeds() -> None:
    gan = tiny()
    codes = sample_latents(gan, 20, 10_000)
    found = nearest_seeds(gan, codes, count=1000, candidates=1000)
    squares = torch.tensor([near.distances for near in found]).square()
    assert 0.8 < squares.mean().sqrt() < 1.2


def test_mixed_layers_find_their_own_seeds() -> None:
    gan = tiny()
    mixed = mix_styles(gan, sample_latents(gan, 1, 40), sample_latents(gan, 1, 60), "1-2")
    found = nearest_seeds(gan, mixed, candidates=100, count=1, each_layer=True)
    seeds = [near.seeds[0] for near in found]
    assert seeds == [40, 60, 60, *[40] * (gan.spec.num_ws - 3)]
    rebuilt = replace_layers_by_seeds(gan, mixed, found)
    torch.testing.assert_close(rebuilt.values, mixed.values)
    (some,) = nearest_seeds(gan, mixed, "1-2", candidates=100)
    assert some.seeds[0] == 60
    assert some.layers == (1, 2)


def test_other_layers_stay_when_some_are_rebuilt() -> None:
    gan = tiny()
    codes = sample_latents(gan, 1, 5_000)
    found = nearest_seeds(gan, codes, "0", candidates=50, each_layer=True)
    rebuilt = replace_layers_by_seeds(gan, codes, found)
    assert torch.equal(rebuilt.values[:, 1:], codes.values.expand(-1, gan.spec.num_ws, -1)[:, 1:])
    nearest = sample_latents(gan, 1, found[0].seeds[0])
    torch.testing.assert_close(rebuilt.values[:, 0], nearest.values[:, 0])


def test_codes_of_two_classes_are_searched_in_their_own() -> None:
    gan = tiny("stylegan2-conditional")
    codes = sample_latents(gan, 2, 30, labels=[0, 2])
    found = nearest_seeds(gan, codes, candidates=100, count=1)
    assert [near.seeds[0] for near in found] == [30, 31]
    assert max(near.distances[0] for near in found) < 1e-5


def test_progress_is_told_and_may_cancel() -> None:
    gan = tiny()
    told: list[tuple[int, int]] = []
    nearest_seeds(
        gan,
        sample_latents(gan, 1),
        candidates=1500,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 1500), (1000, 1500), (1500, 1500)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nearest_seeds(gan, sample_latents(gan, 1), progress=stop)


def test_errors_say_what_is_wrong() -> None:
    gan = tiny()
    codes = sample_latents(gan, 1)
    for numbers in ({"count": 0}, {"candidates": 2}, {"first": -1}, {"first": 2**32 - 5}):
        with pytest.raises(LatentError, match="seeds from"):
            nearest_seeds(gan, codes, **numbers)
    with pytest.raises(LatentError, match="Codes in S"):
        nearest_seeds(gan, to_styles(gan, codes))
