"""Before and after: which pixels are whose, and that no word hides any."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.pictures.before_after import blink, side_by_side, split
from latent_levers.core.pictures.images import to_bytes

BEFORE, AFTER = -torch.ones(2, 3, 64, 64), torch.ones(2, 3, 64, 64)


def test_side_by_side_shows_both_whole() -> None:
    pages = to_bytes(side_by_side(BEFORE, AFTER))
    assert pages.shape[0] == 2
    assert pages.shape[2] > 2 * 64
    assert (pages[:, :64, :64] == 0).all()
    assert (pages[:, :64, -64:] == 255).all()
    below = pages[0, 64:]
    words = (below.float().mean(dim=2) > 120).nonzero()
    assert len(words) > 40
    assert (words[:, 1] < 64).any()
    assert (words[:, 1] > 66).any()


@pytest.mark.parametrize("position", [0.0, 0.25, 0.5, 1.0])
def test_split_shows_before_on_the_left_of_the_line(position: float) -> None:
    pages = to_bytes(split(BEFORE, AFTER, position=position))
    at = round(position * 64)
    top = pages[0, 0]  # no knob here
    assert (top[: max(at - 2, 0)] == 0).all()
    assert (top[at + 2 :] == 255).all()
    if 0 < at < 64:
        assert (top[at] > 200).all(), "the line is light"
        assert (top[at - 2 : at + 2].float().mean(dim=1) < 60).any(), "with a dark side"
    else:
        assert (pages[0, :64] == (255 if at == 0 else 0)).all(), "no line at the edge"


def test_blink_takes_turns_and_nothing_moves_but_the_picture() -> None:
    pages = to_bytes(blink(BEFORE, AFTER))
    assert len(pages) == 4
    assert (pages[0, :64] == 0).all()
    assert (pages[1, :64] == 255).all()
    assert torch.equal(pages[0], pages[2])
    below = pages[:2, 64:]
    lit = below[..., 0] > below[..., 2].to(torch.int32) + 60  # orange
    assert lit[0].any(dim=0).nonzero().max() < 40
    assert lit[1].any(dim=0).nonzero().min() > 30


@pytest.mark.parametrize("draw", [side_by_side, split, blink])
@pytest.mark.parametrize("width", [16, 64, 300, 1024])
def test_words_stay_below_and_are_cut_to_the_room(draw, width: int) -> None:
    images = torch.zeros(1, 3, 16, width)
    long = "words that are far too long for the room that there is " * 4
    page = to_bytes(draw(images, images, (long, long)))[0]
    assert page.shape[0] > 16
    strip = page[16:]
    assert (strip[:, -1] == strip[0, -1]).all(), "nothing touches the edge"
    assert (strip[-1] == strip[0, 0]).all()
    bare = to_bytes(draw(images, images, ("", "")))[0]
    assert bare.shape[0] == 16, "without words there is no strip"


def test_one_picture_serves_all() -> None:
    assert len(side_by_side(BEFORE[:1], AFTER)) == 2
    assert len(blink(BEFORE, AFTER[:1])) == 4


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(PackError, match="The line is at 1.5.*from 0"):
        split(BEFORE, AFTER, position=1.5)
    with pytest.raises(PackError, match="one size"):
        side_by_side(BEFORE, AFTER[:, :, :32])
