"""The part segmenter: overlap with the renderer's masks, regions, absent parts."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import numpy as np
import pytest
import torch
from latent_levers.core.base.errors import PackError, RegionError
from latent_levers.core.measures.part_segmenter import (
    DEFAULT_FILE,
    PARTS,
    bundled_segmenter,
    load_part_segmenter,
)
from safetensors.torch import load_file, save_file

from training.dataset import to_network_range
from training.portraits import ATTRIBUTES, sample_attributes
from training.winks import INSIDE, VALIDATION_WINK, draw_winks, sample_openness

Drawn = tuple[torch.Tensor, dict[str, np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Held-out winks, their masks, and how far each eye is open."""
    attributes = sample_attributes(60, VALIDATION_WINK)
    openness = sample_openness(attributes, VALIDATION_WINK)
    images, masks = draw_winks(attributes, openness)
    return to_network_range(images), masks, openness


def test_it_finds_the_parts_of_held_out_renders(drawn: Drawn) -> None:
    """Every part overlaps as the file's header says; the large ones by nine tenths."""
    segmenter = bundled_segmenter()
    assert DEFAULT_FILE.stat().st_size <= 1_000_000
    found = segmenter.masks(drawn[0])
    assert set(found) == {*PARTS, "eyes"}
    for part in PARTS:
        true = torch.from_numpy(drawn[1][part] >= INSIDE)
        inside = found[part] > 0.5
        iou = float((inside & true).sum() / (inside | true).sum())
        assert abs(iou - segmenter.iou[part]) < 0.12, f"{part}: {iou:.2f}"
    assert min(segmenter.iou[part] for part in ("background", "hair", "face", "clothes")) > 0.9
    assert min(segmenter.iou.values()) > 0.7


def test_eyes_of_winks_are_told_apart(drawn: Drawn) -> None:
    """The left mask lies left of the right one; an open eye is larger than a shut one."""
    images, _, openness = drawn
    masks = bundled_segmenter().masks(images)
    areas = torch.stack([(masks[f"{side}_eye"] > 0.5).sum((1, 2)) for side in ("left", "right")])
    apart = np.abs(openness[:, 0] - openness[:, 1]) > 0.4
    assert apart.sum() >= 10
    assert ((areas[0] > areas[1]).numpy() == (openness[:, 0] > openness[:, 1]))[apart].mean() > 0.9
    columns = torch.arange(64.0)
    centres = [
        (masks[part] * columns).sum((1, 2)) / masks[part].sum((1, 2))
        for part in ("left_eye", "right_eye")
    ]
    assert (centres[0] < centres[1] - 8).all()


def test_regions_of_generated_faces() -> None:
    """One region per face, in the size of the image; the mouth lies below the nose."""
    gan = ll.load_generator("portraits")
    images = ll.render(gan, ll.sample_latents(gan, 8, seed=100, truncation_psi=1.0))
    rows = torch.arange(64.0)[:, None]
    centres = []
    for part in ("brows", "nose", "mouth"):
        region = bundled_segmenter().region(images, part)
        assert region.weights.shape == (8, 64, 64)
        assert set(region.weights.unique().tolist()) == {0.0, 1.0}
        centres.append((region.weights * rows).sum((1, 2)) / region.weights.sum((1, 2)))
    assert (centres[0] < centres[1]).all()
    assert (centres[1] < centres[2]).all()
    large = torch.nn.functional.interpolate(images, scale_factor=2, mode="bilinear")
    assert bundled_segmenter().region(large, "mouth").image_size == (128, 128)


def test_absent_and_unknown_parts_are_named(drawn: Drawn) -> None:
    """Faces without glasses are counted; an unknown part is answered with the known ones."""
    attributes = sample_attributes(60, VALIDATION_WINK)
    bare = np.flatnonzero(attributes[:, ATTRIBUTES.index("glasses")] < 0.1)[:3]
    with pytest.raises(RegionError, match="3 of 3 images show no glasses: 0, 1, 2"):
        bundled_segmenter().region(drawn[0][bare], "glasses")
    with pytest.raises(RegionError, match="no part 'tail'. Expected one of background, hair"):
        bundled_segmenter().region(drawn[0], "tail")


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file of other parts is named with those expected."""
    path = tmp_path / "other.safetensors"
    header = {"latent_levers.format": "portrait_parts/1", "parts": '[{"name": "tail", "iou": 1}]'}
    save_file(load_file(DEFAULT_FILE), path, header)
    with pytest.raises(PackError, match="lists parts tail"):
        load_part_segmenter(path)
