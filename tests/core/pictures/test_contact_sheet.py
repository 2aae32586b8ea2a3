"""Contact sheets: where images and words land."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.pictures.captions import with_captions
from latent_levers.core.pictures.contact_sheet import contact_sheet
from latent_levers.core.pictures.images import to_bytes
from torch import Tensor

COLOURS = ((1, -1, -1), (-1, 1, -1), (-1, -1, 1), (1, 1, -1), (1, -1, 1))


def plain(count: int, height: int = 24, width: int = 32) -> Tensor:
    """Images `[N, 3, H, W]` of one colour each."""
    colours = torch.tensor(COLOURS[:count], dtype=torch.float32)
    return colours[:, :, None, None].expand(-1, -1, height, width)


def boxes(page: Tensor, count: int) -> list[tuple[int, int, int, int]]:
    """Top, left, height, width of the patch of each colour on a page."""
    found = []
    for colour in COLOURS[:count]:
        wanted = torch.tensor([255 if part > 0 else 0 for part in colour], dtype=torch.uint8)
        rows, columns = (page == wanted).all(dim=2).nonzero().T
        top, left = int(rows.min()), int(columns.min())
        size = (int(rows.max()) - top + 1, int(columns.max()) - left + 1)
        assert len(rows) == size[0] * size[1]  # nothing is drawn over it
        found.append((top, left, *size))
    return found


def test_images_fill_row_after_row() -> None:
    page = contact_sheet(plain(5), 3)
    assert page.dtype == torch.uint8
    assert page.ndim == 3
    assert page.shape[2] == 3
    a, b, c, d, e = boxes(page, 5)
    assert {box[2:] for box in (a, b, c, d, e)} == {(24, 32)}
    assert a[0] == b[0] == c[0] < d[0] == e[0]
    assert a[1] == d[1] < b[1] == e[1] < c[1]


def test_scale_enlarges() -> None:
    (box,) = boxes(contact_sheet(plain(1), 1, scale=3), 1)
    assert box[2:] == (72, 96)


def test_margins_are_even_and_nothing_is_cut() -> None:
    page = contact_sheet(plain(4), 2, ("a", "b"), ("one", "two"), "Title", 2)
    found = boxes(page, 4)
    height, width = page.shape[:2]
    right = width - max(box[1] + box[3] for box in found)
    below = height - max(box[0] + box[2] for box in found)
    assert right == below > 0


def ink(page: Tensor, images: Tensor, columns: int) -> tuple[int, int]:
    """Bright pixels above the first row, and left of the first column."""
    found = boxes(page, len(images))
    top, left = min(box[0] for box in found), min(box[1] for box in found)
    bright = (page > 150).all(dim=2)
    return int(bright[:top].sum()), int(bright[top:, :left].sum())


def test_words_appear_where_they_belong() -> None:
    images = plain(4)
    assert ink(contact_sheet(images, 2), images, 2) == (0, 0)
    above, beside = ink(contact_sheet(images, 2, ("-2", "+2")), images, 2)
    assert above > 0
    assert beside == 0
    above, beside = ink(contact_sheet(images, 2, (), ("r0", "r1")), images, 2)
    assert above == 0
    assert beside > 0
    assert ink(contact_sheet(images, 2, title="Words"), images, 2)[0] > 0


def test_a_label_per_image_stands_over_each() -> None:
    images = plain(4)
    labelled = boxes(contact_sheet(images, 2, ("a", "b", "c", "d")), 4)
    bare = boxes(contact_sheet(images, 2, ("a", "b")), 4)
    assert labelled[2][0] - labelled[0][0] > bare[2][0] - bare[0][0] + 8


def test_long_words_are_made_to_fit() -> None:
    words = "a caption that is far longer than the image below it is wide"
    page = contact_sheet(plain(2), 2, (words, words), title=words * 2)
    assert page.shape[1] < 200
    boxes(page, 2)


def test_a_last_row_may_be_short() -> None:
    page = contact_sheet(plain(3), 2, ("a", "b"))
    assert len(boxes(page, 3)) == 3
    assert len(boxes(contact_sheet(plain(2), 8), 2)) == 2


def test_grey_images_and_values_out_of_range() -> None:
    page = contact_sheet(torch.full((1, 1, 8, 8), 7.0), 1)
    assert int((page == 255).all(dim=2).sum()) == 64


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(PackError, match="0 columns.*at least 1"):
        contact_sheet(plain(2), 0)
    with pytest.raises(PackError, match=r"Images \[0, 3, 4, 4\].*at least one"):
        contact_sheet(torch.zeros(0, 3, 4, 4), 1)
    with pytest.raises(PackError, match=r"3 labels.*2 \(columns\) or 4 \(images\)"):
        contact_sheet(plain(4), 2, ("a", "b", "c"))
    with pytest.raises(PackError, match="1 row labels.*2 row labels"):
        contact_sheet(plain(4), 2, (), ("a",))


def test_captions_stand_below_each_image() -> None:
    images = plain(3, 96, 128)
    words = ["one", "two words that are so long that they must be broken into lines", ""]
    captioned = with_captions(images, words)
    height = captioned.shape[2]
    assert captioned.shape == (3, 3, height, 128)
    assert torch.equal(to_bytes(captioned[:, :, :96]), to_bytes(images))
    strips = to_bytes(captioned)[:, 96:]  # [3, strip, 128, 3]
    paper = strips[2, 0, 0]
    inked = (strips != paper).any(dim=3).sum(dim=(1, 2))
    assert inked[2] == 0
    assert 0 < inked[0] < inked[1]
    edges = (strips != paper).any(dim=3)[:, :, [0, -1]]
    assert not edges.any(), "no letter is cut off"
    grey = with_captions(torch.zeros(1, 1, 96, 128), ["grey"])
    assert grey.shape[1] == 3


def test_errors_of_captions() -> None:
    with pytest.raises(PackError, match="1 captions were given for images"):
        with_captions(plain(2), ["one"])
    with pytest.raises(PackError, match="one caption per image"):
        with_captions(torch.zeros(0, 3, 8, 8), [])
