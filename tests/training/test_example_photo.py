"""The photograph of the templates is what its command draws; people see where the face is."""

from __future__ import annotations

import numpy as np
from PIL import Image

from training.dataset import FIRST_SEED, VALIDATION_SEED
from training.example_photo import ASSET, LEFT, SEED, SIDE, TOP, attributes_of_person, draw_photo
from training.winks import VALIDATION_WINK


def test_the_file_is_what_the_command_draws():
    """But for JPEG's losses; drawn once, since it takes two seconds."""
    drawn = draw_photo(attributes_of_person()).astype(float)
    with Image.open(ASSET) as picture:
        assert picture.size == (640, 480)
        stored = np.asarray(picture.convert("RGB"), float)
    assert np.abs(drawn - stored).mean() < 4
    assert ASSET.stat().st_size <= 150_000


def test_the_face_is_in_the_photo_and_off_its_centre():
    assert LEFT + SIDE <= 640
    assert TOP + SIDE <= 480
    assert LEFT + SIDE / 2 > 1.3 * 320


def test_nobody_else_draws_its_seed():
    others = (FIRST_SEED, VALIDATION_SEED, VALIDATION_WINK)
    assert min(abs(SEED - seed) for seed in others) > 10_000_000
