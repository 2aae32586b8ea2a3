"""Medians, tails and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.measures.reports.summaries import summarise


def test_quantiles_are_those_of_numpy() -> None:
    values = torch.tensor([9.0, 1.0, 4.0, 7.0, 3.0, 2.0])
    found = summarise(values, 0.9)
    assert found.median == pytest.approx(float(np.quantile(values.numpy(), 0.5)))
    assert found.tail == pytest.approx(float(np.quantile(values.numpy(), 0.9)))
    assert summarise(values, 0.1).tail == pytest.approx(float(np.quantile(values.numpy(), 0.1)))
    assert found.count == 6


def test_the_interval_covers_the_median_of_the_population() -> None:
    """Of 200 samples of 25 numbers, about 95% of the intervals hold the true median."""
    rng = torch.Generator().manual_seed(3)
    hits = 0
    for _ in range(200):
        found = summarise(torch.randn(25, generator=rng).exp())
        hits += found.low <= 1.0 <= found.high
    assert 0.90 <= hits / 200 <= 0.99


def test_the_same_numbers_give_the_same_interval_whatever_the_global_seed() -> None:
    values = torch.randn(16)
    torch.manual_seed(1)
    first = summarise(values)
    torch.manual_seed(2)
    assert summarise(values) == first
    others = {summarise(values, seed=seed).low for seed in range(20)}
    assert len(others) > 1


def test_one_image_is_its_own_interval() -> None:
    found = summarise(torch.tensor([2.5]))
    assert (found.median, found.low, found.high, found.tail) == (2.5, 2.5, 2.5, 2.5)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_numbers_that_have_no_median_are_refused(values: list[float]) -> None:
    with pytest.raises(PackError, match="not finite"):
        summarise(torch.tensor(values))
