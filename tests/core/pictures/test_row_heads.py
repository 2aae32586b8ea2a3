"""Words beside rows of images: where they land, and that nothing overlaps."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.pictures.contact_sheet import contact_sheet, letter_size
from latent_levers.core.pictures.row_heads import HeadColumn, RowHead
from latent_levers.core.pictures.text import (
    ACCENT,
    SMALLEST,
    font_for,
    shortened,
    text_width,
    wrapped,
)
from PIL import Image, ImageDraw
from torch import Tensor

LONG = "a name that is so long that nobody would read it to its end, were it ever so good"
HEAD = RowHead(LONG, 12, ("12.3% of eigenvalues", "layers 10-17"), (0.1, 0.0, 0.9))


def inked(page: Tensor) -> Tensor:
    """Where something is drawn, `[H, W]`."""
    return (page != page[0, 0]).any(dim=2)


@pytest.mark.parametrize("width", [16, 64, 256, 1024])
def test_heads_keep_to_their_column_and_row(width: int) -> None:
    images = torch.ones(3, 3, width, width)
    page = contact_sheet(images, 1, ("+1.0", "+2.0", "+3.0"), [HEAD] * 3)
    white = (page == 255).all(dim=2)
    _, columns = white.nonzero().T
    left = int(columns.min())
    assert int(white.sum()) >= 3 * width * width, "nothing is drawn over the images"
    beside = inked(page)[:, : left - 1]
    assert beside.any()
    assert not beside[:, 0].any()
    assert not beside[:, left - 3 :].any(), "words end before the images begin"
    heights = beside.any(dim=1).int()
    blocks = int((heights.diff() == 1).sum())
    assert blocks >= 3, "there is air between the heads of rows"
    assert not beside[-2:].any()


def test_letters_grow_with_the_images_and_are_never_too_small() -> None:
    sizes = [letter_size(width) for width in (16, 64, 256, 512, 1024, 2048)]
    assert sizes == sorted(sizes)
    assert sizes[0] > SMALLEST
    # On a page of five that is shown a thousand pixels wide, letters of ten pixels or so remain.
    assert all(letter_size(width) * 1000 / (6 * width) > 8 for width in (256, 512, 1024, 2048))


def test_number_and_strip_are_drawn_in_their_colour() -> None:
    def accents(head: RowHead) -> int:
        page = Image.new("RGB", (400, 100))
        HeadColumn([head], 20, 300).draw(ImageDraw.Draw(page), 0, 10, 50)
        return sum(count for count, colour in page.getcolors(1 << 16) or [] if colour == ACCENT)

    assert accents(RowHead("name")) == 0
    assert accents(RowHead("name", 3)) > 10
    strip = accents(RowHead("name", None, (), (0.2, 0.8)))
    assert strip > 10, "the largest share is as bright as can be"
    assert accents(RowHead("name", None, (), (0.8, 0.8))) > 1.5 * strip
    assert accents(RowHead("name", None, (), (0.0, 0.0))) == 0


def test_a_head_with_more_to_say_is_higher_and_rows_make_room() -> None:
    plain = HeadColumn([RowHead("name")], 20, 300)
    full = HeadColumn([HEAD], 20, 300)
    assert full.height > plain.height
    assert full.width <= 300
    tiny = torch.ones(2, 3, 8, 8)
    assert contact_sheet(tiny, 1, (), [HEAD] * 2).shape[0] > 2 * HeadColumn([HEAD], 11, 150).height


def test_words_are_shortened_and_broken() -> None:
    font = font_for((), 16)
    assert shortened("short", font, 500) == "short"
    cut = shortened(LONG, font, 100)
    assert cut.endswith("...")
    assert text_width(font, cut) <= 100
    lines = wrapped(LONG, font, 120, 2)
    assert len(lines) == 2
    assert lines[1].endswith("...")
    assert " ".join(wrapped(LONG, font, 120)) == LONG
    assert wrapped("one\ntwo", font, 500) == ["one", "two"]


def test_a_letter_that_no_font_has_does_no_harm() -> None:
    page = contact_sheet(torch.zeros(1, 3, 32, 32), 1, ("\u5fae\u7b11",), ["\ue000"])
    assert inked(page)[:, :20].any()


def test_a_note_stands_at_the_bottom() -> None:
    images = torch.zeros(1, 3, 64, 64)
    bare, noted = contact_sheet(images, 1), contact_sheet(images, 1, note="words " * 9)
    assert noted.shape[0] > bare.shape[0] + 20
    assert inked(noted)[bare.shape[0] - 8 :].any()
    assert not inked(noted)[-3:].any()
