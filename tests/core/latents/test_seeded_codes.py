"""Codes of any seeds equal those of `sample_latents`."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.latents.seeded_codes import codes_of_seeds


@pytest.mark.parametrize("name", ["stylegan2-skip", "dcgan", "biggan-chunks"])
def test_they_are_those_of_successive_seeds(name: str) -> None:
    gan = tiny(name)
    labels = 1 if gan.spec.c_dim else None
    expected = ll.sample_latents(gan, 3, 5, 0.6, labels=labels)
    found = codes_of_seeds(gan, [7, 5, 6], 0.6, labels)
    assert found.seeds == (7, 5, 6)
    torch.testing.assert_close(found.values, expected.values[[2, 0, 1]], rtol=1e-6, atol=1e-6)
    assert (found.space, found.truncation_psi) == (expected.space, 0.6)


@pytest.mark.parametrize("seeds", [[], [-1], [2**32]])
def test_seeds_out_of_range_are_refused(seeds: list[int]) -> None:
    with pytest.raises(LatentError, match=r"from (0|1) to"):
        codes_of_seeds(tiny(), seeds)
