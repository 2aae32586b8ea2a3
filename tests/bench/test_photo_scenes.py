"""Photographs of the benches of composites and crops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bench.photos.composite_rows import COMPOSITED, PEOPLE
from bench.photos.crop_rows import COUNT, CROPPED
from bench.photos.faces import COUNT as INVERTED
from bench.photos.faces import JUDGED
from bench.photos.scenes import KINDS, REACH, edited, faces, scenes
from training import portraits
from training.portraits import ATTRIBUTES, sample_attributes


def test_no_photograph_is_judged_twice() -> None:
    used = [range(JUDGED, JUDGED + INVERTED), range(COMPOSITED, COMPOSITED + PEOPLE + 1)]
    used.append(range(CROPPED, CROPPED + COUNT))
    assert len({seed for seeds in used for seed in seeds}) == sum(map(len, used))
    assert max(seeds.stop for seeds in used) < 900_000_000


def test_a_scene_has_the_aligned_face_at_its_centre() -> None:
    """And leaves the renderer as it was."""
    attributes = sample_attributes(1, 5)
    usual = portraits.Canvas
    scene = scenes(attributes, 130)
    assert portraits.Canvas is usual
    side = round(130 / REACH)
    start = (130 - side) // 2
    centre = scene[:, :, start : start + side, start : start + side]
    plain = faces(attributes, side, "plain")
    assert float((centre - plain).abs().mean()) < 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_a_true_edit_has_the_same_additions(kind: str) -> None:
    """Where the edit changes nothing, photograph and true edit are equal."""
    attributes = sample_attributes(1, 6)
    other = edited(attributes, "mouth_openness")
    column = ATTRIBUTES.index("mouth_openness")
    assert abs(other[0, column] - attributes[0, column]) >= 0.35
    assert (np.delete(other, column, 1) == np.delete(attributes, column, 1)).all()
    one, two = faces(attributes, 64, kind), faces(other, 64, kind)
    assert torch.equal(one[:, :, :20], two[:, :, :20])
    assert not torch.equal(one, two)
    assert torch.equal(one, faces(attributes, 64, "plain")) == (kind == "plain")
