"""Crops from rough boxes and matrices, and what is put back."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.base.errors import LatentError, PackError
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.photos import refining
from torch import Tensor

SETTINGS = StyleGAN2Settings(8, 8, {4: 8, 8: 8, 16: 8, 32: 6}, mapping_widths=(8, 8))


@pytest.fixture(scope="module")
def gan() -> ll.Generator:
    """Untrained, 32 x 32 pixels."""
    return untrained("stylegan2", SETTINGS)


def photo() -> Tensor:
    """Noise of 100 x 120 pixels."""
    return torch.rand(1, 3, 100, 120, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_box_and_its_matrix_cut_the_same(gan: ll.Generator) -> None:
    box = ll.crop_photo(gan, photo(), (20, 10, 64, 64))
    assert box.cut.shape == (1, 3, 32, 32)
    matrix = ll.crop_photo(gan, photo(), box.matrix)
    torch.testing.assert_close(matrix.cut, box.cut)
    assert box.notes == matrix.notes == ()


def test_what_was_assumed_is_said(gan: ll.Generator) -> None:
    crop = ll.crop_photo(gan, photo(), (-16, 10, 64, 32))
    assert "grown to 64x64" in crop.notes[0]
    assert "mirror image" in crop.notes[1]


def test_the_cut_put_back_is_the_photo_and_changes_stay_inside(gan: ll.Generator) -> None:
    crop = ll.crop_photo(gan, photo(), (20, 10, 64, 64))
    assert torch.equal(crop.put_back(crop.cut, photo()), photo())
    changed = crop.put_back(crop.cut.clone().fill_(0.5), photo())
    outside = torch.ones(100, 120, dtype=torch.bool)
    outside[10:74, 20:84] = False
    assert torch.equal(changed[:, :, outside], photo()[:, :, outside])
    assert float((changed[:, :, 20:64, 30:74] - 0.5).abs().median()) < 0.6
    assert not torch.equal(changed, photo())


def test_refining_finds_a_sample_and_keeps_what_is_right(
    gan: ll.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample in a photo of its own colours, the box two pixels off; then the right box."""
    monkeypatch.setattr(refining, "GRID", ((-0.6, 0.0, 0.6), (0.0,)))  # for speed
    monkeypatch.setattr(refining, "EVALUATIONS", (12, 6, 16))
    codes = ll.sample_latents(gan, 1, seed=7, truncation_psi=1.0)
    face = ll.render(gan, codes).clamp(-1, 1)
    scene = torch.nn.functional.pad(face, (24,) * 4, mode="replicate")
    inverter = ll.prepare_inversion(gan, samples=64)
    seen: list[tuple[int, int]] = []
    moved = ll.crop_photo(
        gan,
        scene,
        (26, 23, 32, 32),
        inverter,
        progress=lambda done, all_: seen.append((done, all_)),
    )
    right = torch.tensor([[24.0, 24], [56, 24], [56, 56], [24, 56]]).double()
    off = float((moved.corners - right).norm(dim=1).mean())
    assert off < 1.2 < 5**0.5
    assert "refined" in moved.notes[-1]
    assert 0 < len(seen) <= seen[0][1]
    kept = ll.crop_photo(gan, scene, (24, 24, 32, 32), inverter)
    assert "kept" in kept.notes[-1]
    assert kept.corners.tolist() == right.tolist()


def test_a_box_that_is_larger_than_the_photo_is_said(gan: ll.Generator) -> None:
    rows, columns = photo().shape[2:]
    box = (-20.0, -20.0, columns + 40.0, rows + 40.0)
    notes = ll.crop_photo(gan, photo(), box).notes
    assert any(f"is larger than the photo of {columns}x{rows}" in note for note in notes)
    assert not any("larger" in note for note in ll.crop_photo(gan, photo(), (20, 10, 64, 64)).notes)


def test_what_cannot_be_cut_is_refused(gan: ll.Generator) -> None:
    with pytest.raises(PackError, match="2 photos"):
        ll.crop_photo(gan, photo().expand(2, -1, -1, -1), (20, 10, 64, 64))
    with pytest.raises(PackError, match="matrix_size was given with a box"):
        ll.crop_photo(gan, photo(), (20, 10, 64, 64), matrix_size=(512, 512))
    with pytest.raises(PackError, match="singular"):
        ll.crop_photo(gan, photo(), torch.zeros(2, 3))
    for place, words in (
        (None, r"place of the face is missing \(None\)"),
        ("20,10,64,64", "of type str"),
        (torch.zeros(2, 2, 2), r"has shape \[2, 2, 2\]"),
        (torch.eye(3) + torch.tensor([[0.0], [0], [0.1]]), "last row of the 3x3 matrix is"),
    ):
        with pytest.raises(PackError, match=words):
            ll.crop_photo(gan, photo(), place)  # type: ignore[arg-type]
    with pytest.raises(PackError, match=r"The photo is missing \(None\)"):
        ll.crop_photo(gan, None, (20, 10, 64, 64))  # type: ignore[arg-type]
    other = untrained(
        "stylegan2", StyleGAN2Settings(8, 8, {4: 8, 8: 8, 16: 4}, mapping_widths=(8, 8))
    )
    with pytest.raises(LatentError, match="inverter"):
        ll.crop_photo(other, photo(), (20, 10, 64, 64), ll.prepare_inversion(gan, samples=16))
