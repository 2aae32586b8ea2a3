"""Boxes and matrices: where a generator's picture lies in a photo."""

from __future__ import annotations

import math

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.photos.placement import Placement

PHOTO = (100, 120)
NAN = float("nan")


def test_a_box_and_its_matrix_are_the_same_place() -> None:
    """A pixel of the picture is 2 pixels of the photo; the matrix maps centres of pixels."""
    placed = Placement.of_box((20, 10, 64, 64), PHOTO, (32, 32))
    assert placed.corners.tolist() == [[20, 10], [84, 10], [84, 74], [20, 74]]
    assert placed.pixel == pytest.approx(2)
    matrix = placed.alignment
    # the centre of the picture's first pixel lies between four pixels of the photo
    torch.testing.assert_close(
        matrix @ torch.tensor([20.5, 10.5, 1]).double(), torch.zeros(2).double()
    )
    again = Placement.of_matrix(matrix, PHOTO, (32, 32))
    torch.testing.assert_close(again.matrix, placed.matrix)
    larger = Placement.of_box((20, 10, 64, 64), PHOTO, (512, 512)).alignment
    torch.testing.assert_close(
        Placement.of_matrix(larger, PHOTO, (32, 32), (512, 512)).matrix, placed.matrix
    )


def test_a_box_grows_to_the_proportions_of_the_picture() -> None:
    placed = Placement.of_box((40, 30, 40, 20), PHOTO, (32, 32))
    assert placed.corners[[0, 2]].tolist() == [[40, 20], [80, 60]]


def test_a_box_may_leave_the_photo() -> None:
    placed = Placement.of_box((-32, 10, 64, 64), PHOTO, (32, 32))
    assert placed.outside == pytest.approx(0.5)
    assert placed.sides_inside() == (False, True, True, True)
    assert Placement.whole((64, 64), (32, 32)).sides_inside() == (False,) * 4


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((120, 0, 30, 30), "outside of the photo of 120x100"),
        ((-40, 0, 30, 30), "outside of the photo"),
        ((0, 0, 30, 0), "0 high"),
        ((0, 0, 7, 30), "7 pixels wide"),
        ((0, 0, NAN, 30), "four finite numbers"),
        ((0, 0, 30), "four finite numbers"),
    ],
)
def test_boxes_that_are_refused(box: tuple[float, ...], words: str) -> None:
    with pytest.raises(PackError, match=words):
        Placement.of_box(box, PHOTO, (32, 32))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 0, 0], [2, 0, 0]], "singular"),
        ([[0, 0, 0], [0, 0, 0]], "singular"),
        ([[1, 0, 0], [0, 9, 0]], "stretched 9:1"),
        ([[0, 1, 0], [1, 0, 0]], "mirrors"),
        ([[1, 0, math.inf], [0, 1, 0]], "NaN or infinity"),
        ([[1, 0], [0, 1]], r"shape \[2, 2\]"),
        ([[1, 0, 500], [0, 1, 500]], "outside of the photo"),
    ],
)
def test_matrices_that_are_refused(rows: list[list[float]], words: str) -> None:
    with pytest.raises(PackError, match=words):
        Placement.of_matrix(torch.tensor(rows), PHOTO, (32, 32))


def test_other_proportions_need_a_crop() -> None:
    with pytest.raises(PackError, match="a crop that says where"):
        Placement.whole(PHOTO, (32, 32))
