"""A photograph with the change of levers in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from latent_levers.core.base.errors import LatentError, PackError
from latent_levers.core.explorer.photo_state import PhotoState
from latent_levers.core.explorer.photograph import LARGEST_VIEW, Photograph, in_photo, photo_code
from latent_levers.core.explorer.session import apply_state
from latent_levers.core.explorer.state import ExplorerState
from photo_states import FACE, GAN, found_code, photo_state, pixels
from torch import Tensor

TOP, LEFT, SIDE = FACE
PHOTO = Photograph(pixels())
FOUND = found_code(PHOTO)


def put(photo: Photograph, state: ExplorerState, view: bool = False) -> Tensor:
    """The photograph of a state."""
    found = state.photo.found
    assert found is not None
    edited = apply_state(GAN, photo_code(GAN, found), state)
    return in_photo(GAN, photo, state, edited, view=view)


def changed_box(before: Tensor, after: Tensor) -> tuple[int, int, int, int]:
    """First and last row, first and last column that differ."""
    rows, columns = (before != after).any(dim=3)[0].nonzero(as_tuple=True)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def test_a_photograph_that_nothing_changes_is_itself_to_the_bit() -> None:
    assert torch.equal(put(PHOTO, photo_state(FOUND)), pixels())
    assert torch.equal(put(PHOTO, photo_state(FOUND, 0.0)), pixels())


@pytest.mark.parametrize("space", ["W", "W+"])
def test_a_lever_of_a_region_changes_the_region_alone(space: str) -> None:
    result = put(PHOTO, photo_state(found_code(PHOTO, space), 2.0))
    assert result.shape == (1, 80, 120, 3)
    assert 0 <= float(result.min()) <= float(result.max()) <= 1
    first_row, last_row, first_column, last_column = changed_box(pixels(), result)
    slack = SIDE // 8  # the soft edge, and pixels of the generator
    assert TOP + SIDE // 4 - slack <= first_row <= last_row < TOP + SIDE * 3 // 4 + slack
    assert LEFT + SIDE // 4 - slack <= first_column <= last_column < LEFT + SIDE * 3 // 4 + slack
    assert float((result - pixels()).abs().max()) > 0.05


def test_levers_of_the_whole_image_change_the_crop_alone() -> None:
    for state in (photo_state(FOUND, 2.0, regional=False), photo_state(FOUND, psi=0.3)):
        first_row, last_row, first_column, last_column = changed_box(pixels(), put(PHOTO, state))
        assert TOP - 1 <= first_row < TOP + SIDE // 4
        assert TOP + SIDE * 3 // 4 < last_row <= TOP + SIDE
        assert LEFT - 1 <= first_column < last_column <= LEFT + SIDE


def test_the_page_shows_large_photographs_smaller() -> None:
    photo = Photograph(pixels(times=10))
    assert photo.view.size == (round(800 * LARGEST_VIEW / 1200), LARGEST_VIEW)
    assert PHOTO.view is PHOTO
    state = photo_state(found_code(photo), 2.0)
    whole, view = put(photo, state), put(photo, state, view=True)
    assert (whole.shape[1:3], view.shape[1:3]) == (photo.size, photo.view.size)
    scale = LARGEST_VIEW / 1200
    for large, small in zip(
        changed_box(photo.pixels, whole), changed_box(photo.view.pixels, view), strict=True
    ):
        assert small == pytest.approx(large * scale, abs=5)


def test_a_code_belongs_to_one_photograph_and_one_generator() -> None:
    settings = PhotoState(found=FOUND)
    assert PHOTO.found(GAN, settings) is FOUND
    other = Photograph(1 - pixels())
    assert other.found(GAN, settings) is None
    assert PHOTO.found(GAN, PhotoState()) is None
    assert PHOTO.found(GAN, PhotoState(found=replace(FOUND, key="x"))) is None
    with pytest.raises(LatentError, match="no code of this photograph"):
        put(other, photo_state(FOUND, 2.0))


def test_codes_of_another_shape_are_refused() -> None:
    with pytest.raises(LatentError, match="has shape"):
        photo_code(GAN, replace(FOUND, values=torch.ones(1, 3)))
    with pytest.raises(LatentError, match=r"class|label"):
        photo_code(GAN, replace(FOUND, label=1))


def test_the_crop_is_the_largest_one_in_the_middle_or_the_one_that_was_drawn() -> None:
    assert PHOTO.box(GAN, PhotoState()) == (20, 0, 80, 80)
    drawn = PhotoState(box=(0.25, 0.1, 0.5, 0.75))
    assert PHOTO.box(GAN, drawn) == (30, 8, 60, 60)


def test_what_is_no_photograph_is_refused() -> None:
    for image in (torch.rand(1, 8, 8, 3), torch.full((1, 32, 32, 3), torch.nan)):
        with pytest.raises(PackError):
            Photograph(image)
    grey, clear = torch.rand(1, 32, 32, 1), torch.rand(2, 32, 32, 4)
    assert torch.equal(Photograph(grey).pixels, grey.expand(-1, -1, -1, 3))
    assert torch.equal(Photograph(clear).pixels, clear[:1, ..., :3])
