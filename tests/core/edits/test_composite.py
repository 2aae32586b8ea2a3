"""The feathered composite of an edit with the image before it."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import RegionError
from latent_levers.core.edits.composite import composite


def test_inside_is_edited_and_far_outside_is_not() -> None:
    """Between them the change falls off without a jump; what is cut is reported."""
    before = torch.zeros(2, 3, 32, 32)
    after = torch.ones(2, 3, 32, 32)
    region = ll.Region.box(12, 12, 8, 8, 32)
    mixed, lost = composite(before, after, region, feather=0.125)
    assert bool((mixed[:, :, 12:20, 12:20] == 1).all())
    assert bool((mixed[:, :, :8] == 0).all())
    edge = mixed[0, 0, 16, 20:26]
    assert bool((edge[1:] <= edge[:-1]).all())
    assert float((edge[:-1] - edge[1:]).max()) < 0.4
    kept = float((1 - mixed).square().mean().sqrt())
    assert lost == pytest.approx(127.5 * kept)
    hard, _ = composite(before, after, region, feather=0)
    torch.testing.assert_close(hard[0, 0], region.weights[0])


def test_sizes_must_agree() -> None:
    images = torch.zeros(1, 3, 8, 8)
    with pytest.raises(RegionError, match="9x9"):
        composite(images, images, ll.Region.box(0, 0, 2, 2, 9))
    with pytest.raises(RegionError, match="compared"):
        composite(images, torch.zeros(1, 3, 4, 4), ll.Region.box(0, 0, 2, 2, 8))
