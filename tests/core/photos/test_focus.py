"""A region that counts more than the rest of a photograph."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.photos.focus import OUTSIDE, focus_on


def test_outside_counts_less_and_what_is_ignored_not_at_all() -> None:
    region = torch.tensor([[0.0, 0.5, 1.0]])
    assert focus_on(region)[0].tolist() == pytest.approx([0.75, 0.375, 0.0])
    assert focus_on(region, torch.tensor([[1.0, 0.0, 0.0]]))[0].tolist() == [1.0, 0.375, 0.0]
    assert 0 < OUTSIDE < 1
