"""Seeds of 64 bits: reduced modulo 2^32, with a warning where that changes an image."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.seeds import counted_seed
from latent_levers.core.edits.variations import plan_variations
from latent_levers.core.latents.sampling import draw_z, sample_latents
from latent_levers.core.levers.factorization import sefa


@pytest.mark.parametrize(("seed", "count"), [(0, 1), (5, 4), (2**32 - 1, 1), (2**32 - 8, 8)])
def test_seeds_of_32_bits_are_unchanged_without_a_word(seed, count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert counted_seed(seed, count) == seed


@pytest.mark.parametrize(
    ("seed", "counted"),
    [(2**32, 0), (2**32 + 5, 5), (2**53 - 1, 2**32 - 1), (2**64 - 1, 2**32 - 1), (-1, 2**32 - 1)],
)
def test_larger_seeds_count_modulo_two_to_the_32(seed, counted):
    with pytest.warns(UserWarning, match=f"Seed {seed} counts as seed {counted}: .*modulo 2.32"):
        assert counted_seed(seed) == counted


def test_a_batch_goes_on_with_seed_0():
    with pytest.warns(UserWarning, match="the next is seed 0"):
        codes = sample_latents(tiny(), 3, 2**32 - 2)
    assert codes.seeds == (2**32 - 2, 2**32 - 1, 0)


def test_images_of_a_large_seed_are_those_of_its_low_32_bits():
    with pytest.warns(UserWarning, match="counts as seed 7"):
        large = sample_latents(tiny(), 2, 3 * 2**32 + 7)
    small = sample_latents(tiny(), 2, 7)
    assert large.seeds == small.seeds == (7, 8)
    assert torch.equal(large.values, small.values)
    row = np.random.RandomState(7).randn(6).astype(np.float32)
    assert np.array_equal(draw_z(6, 1, 2**40 + 7)[0].numpy(), row)


def test_random_variations_take_large_seeds():
    levers = sefa(tiny(), count=3)
    with pytest.warns(UserWarning, match="counts as seed 9"):
        large = plan_variations([1, 2], levers, [0, 1], [-2, 2], "random", 5, 2**63 + 9)
    assert large == plan_variations([1, 2], levers, [0, 1], [-2, 2], "random", 5, 9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a grid uses no seed
        plan_variations([1], levers, [0], [2.0], "grid", None, 2**63)
