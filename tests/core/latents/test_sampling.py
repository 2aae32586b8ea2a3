"""Distributions of z, and spaces without a mapping network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.latents.sampling import (
    DISTRIBUTIONS,
    MOST_CODES,
    draw_z,
    map_latents,
    sample_latents,
)
from scipy.stats import truncnorm


def test_truncated_rows_are_those_of_scipy() -> None:
    """Row i is what BigGAN's own script draws from seed + i."""
    z = draw_z(50, 2, 7, "truncated-normal")
    for row in range(2):
        state = np.random.RandomState(7 + row)
        expected = truncnorm.rvs(-2, 2, size=50, random_state=state)
        torch.testing.assert_close(z[row].double(), torch.from_numpy(expected), atol=1e-6, rtol=0)


def test_standard_deviations_of_distributions() -> None:
    """The stated spread is that of what is drawn."""
    for name, spread in DISTRIBUTIONS.items():
        assert abs(float(draw_z(100_000, 1, 0, name).std()) / spread - 1) < 0.01


def test_shared_and_plus_spaces() -> None:
    """Each space knows its partner."""
    assert LatentSpace.Z.plus is LatentSpace.Z_PLUS
    assert LatentSpace.W_PLUS.shared is LatentSpace.W
    assert LatentSpace.W_PLUS.plus is LatentSpace.W_PLUS
    assert [space.is_plus for space in (LatentSpace.Z, LatentSpace.Z_PLUS)] == [False, True]
    in_s = LatentSpace.parse("s")  # its channels belong to layers already
    assert (in_s, in_s.shared, in_s.plus, in_s.is_plus) == (*[LatentSpace.S] * 3, False)


def test_normal_and_uniform_rows_are_those_of_numpy() -> None:
    """Row i is what NVIDIA's scripts draw from seed + i, whatever came before it."""
    for name, draw in (("normal", "standard_normal"), ("uniform", "uniform")):
        z = draw_z(50, 3, 2**32 - 1, name)
        for row, seed in enumerate((2**32 - 1, 0, 1)):
            bounds = (-1, 1) if name == "uniform" else ()
            expected = getattr(np.random.RandomState(seed), draw)(*bounds, size=50)
            torch.testing.assert_close(z[row], torch.from_numpy(expected).float(), atol=0, rtol=0)


@pytest.mark.parametrize("count", [0, -1, MOST_CODES + 1, 10**12])
def test_a_batch_is_bounded(count: int) -> None:
    with pytest.raises(LatentError, match=f"count is {count}"):
        sample_latents(tiny(), count)


@pytest.mark.parametrize("psi", [1e300, -1e300, float("inf"), float("nan"), 101.0])
def test_truncation_is_bounded(psi: float) -> None:
    with pytest.raises(LatentError, match="truncation_psi is"):
        sample_latents(tiny(), 1, truncation_psi=psi)
    with pytest.raises(LatentError, match="truncation_psi is"):
        map_latents(tiny(), draw_z(tiny().spec.z_dim, 1, 0), truncation_psi=psi)
