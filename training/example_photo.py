"""Draws the photograph of the templates: a person in a room, off the centre, with what no generator of portraits draws.

`python -m training.example_photo` writes `assets/example_photo.jpg`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from . import portraits
from .drawing.attributes import Attributes
from .drawing.canvas import Canvas, smoothstep
from .drawing.pose import Pose

SEED = 950_000_017
"""Of the person: neither training nor validation drew it."""
HEIGHT, WIDTH = 480, 640
"""Of the photograph, in pixels."""
LEFT, TOP, SIDE = 276, 168, 304
"""The square in which the generators show a face, in pixels of the photograph."""
WALL = (0.60, 0.66, 0.62)
"""Colour of the wall."""
MOLES = ((-0.185, 0.650, 0.0095), (0.205, 0.585, 0.0075), (0.03, 0.235, 0.007))
"""Column from the middle of the face, row and radius of each, in sides of the square."""
GRAIN = (4.0, 1.5)
"""Standard deviations of the grain, of all colours alike and of each, in 256 levels."""
QUALITY = 88
"""Of the JPEG file."""
ASSET = Path(__file__).resolve().parents[1] / "assets" / "example_photo.jpg"


class WideCanvas(Canvas):
    """A canvas that also shows what lies around the unit square: the square is that of the photograph's face."""

    def __init__(self, size: int, supersample: int, keep_masks: bool) -> None:
        """See `Canvas`."""
        super().__init__(size, supersample, keep_masks)
        centres = (np.arange(size) + 0.5).astype(np.float32)
        self.column, self.row = ((centres - LEFT) / SIDE)[None, :], ((centres - TOP) / SIDE)[:, None]

    def cover(self, *outlines: np.ndarray) -> np.ndarray:
        """See `Canvas.cover`."""
        return super().cover(*((outline * SIDE + (LEFT, TOP)) / self.size for outline in outlines))

    def soften(self, coverage: np.ndarray, radius: float) -> np.ndarray:
        """See `Canvas.soften`."""
        return super().soften(coverage, radius * SIDE / self.size)


@contextmanager
def _wide_view() -> Iterator[None]:
    """The renderer draws on `WideCanvas`."""
    before, portraits.Canvas = portraits.Canvas, WideCanvas
    try:
        yield
    finally:
        portraits.Canvas = before


def attributes_of_person() -> np.ndarray:
    """The attributes of the person: those of the seed, in front of the wall.

    Returns:
        [1, A] float32.
    """
    values = portraits.sample_attributes(1, SEED)
    for ground in ("background", "background2"):
        for name, level in zip(("red", "green", "blue"), WALL, strict=True):
            values[:, portraits.ATTRIBUTES.index(f"{ground}_{name}")] = level
    return values


def draw_photo(values: np.ndarray) -> np.ndarray:
    """Draw the photograph.

    Args:
        values: [1, A], attributes of the person.

    Returns:
        [HEIGHT, WIDTH, 3] uint8.
    """
    with _wide_view():
        (drawn,), masks = portraits.render(values, WIDTH, masks=True)
    shown = {part: mask[0, :HEIGHT] for part, mask in masks.items()}
    person = drawn[:HEIGHT].astype(np.float32) / 255
    person = _with_stripes(person, shown["clothes"])
    person = _with_moles(person, shown["face"], values[0])
    room = _room()
    return _exposed(room + (1 - shown["background"])[..., None] * (person - room))


def _room() -> np.ndarray:
    """A wall with stripes, a picture in a frame, and a lamp's light: [HEIGHT, WIDTH, 3] float32 in [0, 1]."""
    rows = ((np.arange(HEIGHT) + 0.5) / HEIGHT).astype(np.float32)[:, None]
    columns = ((np.arange(WIDTH) + 0.5) / WIDTH).astype(np.float32)[None]
    room = np.broadcast_to(np.array(WALL, np.float32), (HEIGHT, WIDTH, 3)).copy()
    stripe = smoothstep(-0.3, 0.3, np.sin(columns * 2 * np.pi * 14)) - 0.5
    room *= 1 + 0.05 * np.broadcast_to(stripe, (HEIGHT, WIDTH))[..., None]
    light = np.exp(-((columns - 0.15) ** 2 + (rows - 0.1) ** 2) / 0.35)
    room *= (0.88 + 0.24 * light)[..., None]
    _hang_picture(room)
    return room


def _hang_picture(room: np.ndarray) -> None:
    """Paint hills in a frame on the wall, with its shadow."""
    top, left, height, width, frame = 64, 52, 180, 140, 10
    shadow = np.zeros((HEIGHT, WIDTH), np.float32)
    shadow[top + 8 : top + height + 12, left + 6 : left + width + 10] = 1
    soft = Image.fromarray((shadow * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(7))
    room *= 1 - 0.35 * (np.asarray(soft, np.float32) / 255)[..., None]
    room[top : top + height, left : left + width] = (0.33, 0.23, 0.16)
    room[top + 3 : top + height - 3, left + 3 : left + width - 3] = (0.46, 0.33, 0.23)
    view = room[top + frame : top + height - frame, left + frame : left + width - frame]
    down = np.linspace(0, 1, len(view), dtype=np.float32)[:, None]
    across = np.linspace(0, 1, view.shape[1], dtype=np.float32)[None]
    sky = np.array([0.62, 0.74, 0.84], np.float32) + down[..., None] * np.array([0.25, 0.12, 0.0], np.float32)
    view[:] = np.broadcast_to(sky, view.shape)
    for base, swing, colour in (
        (0.55, 0.10, (0.42, 0.53, 0.55)),
        (0.70, 0.07, (0.33, 0.45, 0.34)),
        (0.84, 0.05, (0.24, 0.34, 0.22)),
    ):
        hill = smoothstep(-0.01, 0.01, down - base - swing * np.sin(across * 7 + base * 20))
        view += hill[..., None] * (np.array(colour, np.float32) - view)


def _with_stripes(person: np.ndarray, clothes: np.ndarray) -> np.ndarray:
    """Stripes across the clothes, which the renderer does not draw."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    stripe = smoothstep(0.2, 0.6, np.sin(rows * 2 * np.pi / 11)) * clothes
    return person * (1 - 0.45 * stripe[..., None])


def _with_moles(person: np.ndarray, face: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Moles on the skin, likewise."""
    pose = Pose(Attributes(*(float(value) for value in values)))
    columns = np.arange(WIDTH, dtype=np.float32)[None] + 0.5
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5
    for across, down, radius in MOLES:
        x, y = (float(value) for value in pose.at(across, down))
        apart = np.hypot(columns - (LEFT + x * SIDE), rows - (TOP + y * SIDE)) / SIDE
        mole = (1 - smoothstep(0.7 * radius, 1.2 * radius, apart)) * face
        person = person * (1 - mole[..., None] * np.array([0.5, 0.62, 0.62], np.float32))
    return person


def _exposed(scene: np.ndarray) -> np.ndarray:
    """What a camera makes of a scene: darker corners, and grain."""
    rows = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None]
    levels = 255 * scene * (1 - 0.06 * (rows**2 + columns**2))[..., None]
    rng = np.random.default_rng(SEED)
    grain = rng.normal(0, GRAIN[0], (HEIGHT, WIDTH, 1)) + rng.normal(0, GRAIN[1], (HEIGHT, WIDTH, 3))
    return np.clip(levels + grain + 0.5, 0, 255).astype(np.uint8)


def main(arguments: list[str] | None = None) -> None:
    """Writes the photograph."""
    parser = argparse.ArgumentParser(description="Draw the photograph of the templates.")
    parser.add_argument("--out", type=Path, default=ASSET, help="JPEG file to write")
    options = parser.parse_args(arguments)
    photo = Image.fromarray(draw_photo(attributes_of_person()))
    photo.save(options.out, quality=QUALITY, optimize=True)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
