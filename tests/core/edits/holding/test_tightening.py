"""Tests of the steps that follow where a hold left too much outside."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.holding import image_holder, tightening
from latent_levers.core.edits.holding.request import HoldChange, HoldRequest
from latent_levers.core.edits.holding.strides import Pulled, hold_pulls, pull_along
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes


def held(gan: ll.Generator, strength: float) -> tuple[list[HoldChange], torch.Tensor]:
    """Pull a lever of the whole image on four faces, and hold all but the mouth."""
    codes = ll.sample_latents(gan, 4, seed=100)
    pulled = ll.edit(codes, ll.sefa(gan, count=2), 1, strength)
    region: Region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    seen: list[HoldChange] = []
    pulls = [Pulled(codes[n], pull_along(gan, codes[n], pulled[n])) for n in range(4)]
    found = hold_pulls(HoldRequest(gan, region, report=seen.append), pulls)
    return seen, found.values


@pytest.fixture(scope="module")
def portraits() -> ll.Generator:
    """The bundled generator."""
    return ll.load_generator("portraits")


def test_only_what_a_hold_left_is_tightened(
    portraits: ll.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images that a hold left as they were keep every bit; the others change less outside."""
    tight, values = held(portraits, 0.15)
    monkeypatch.setattr(image_holder, "tightened", lambda objective, point, *rest: point)
    loose, before = held(portraits, 0.15)

    above = [change.outside_held > tightening.TRIGGER for change in loose]
    assert any(above)
    assert not all(above)
    for row, much in enumerate(above):
        if much:
            assert tight[row].outside_held < 0.95 * loose[row].outside_held
        else:
            assert torch.equal(values[row], before[row])
