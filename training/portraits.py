"""Draws parametric face portraits with known attributes and part masks, in the alignment of FFHQ faces.

Every attribute is a number that moves the picture continuously, so that a generator trained on the portraits has
directions whose truth is known.
"""

import argparse
from pathlib import Path
from typing import Literal, overload

import numpy as np
from PIL import Image

from .drawing import features, hair, skin
from .drawing.attributes import ATTRIBUTES, RANGES, Attributes, sample_attributes
from .drawing.canvas import Canvas
from .drawing.pose import Pose

__all__ = ["ATTRIBUTES", "PARTS", "RANGES", "contact_sheet", "render", "sample_attributes"]

PARTS: tuple[str, ...] = (
    "background", "hair", "face", "ears", "neck", "clothes", "eyes", "irises", "brows", "nose", "mouth", "lips",
    "beard", "glasses",
)  # fmt: skip
"""Names of the masks. Nested ones overlap on purpose: irises lie in eyes, lips in mouth, all features in face."""


def _draw(values: np.ndarray, size: int, supersample: int, keep_masks: bool) -> Canvas:
    """Paints one portrait from a row of attributes [A], back to front."""
    a = Attributes(*(float(value) for value in values))
    canvas = Canvas(size, supersample, keep_masks)
    pose, palette = Pose(a), skin.Palette(a)
    locks = hair.Hair(a, pose, palette)
    skin.background(canvas, a)
    skin.skull(canvas, a, pose, palette)
    locks.paint_back(canvas)
    skin.neck_and_clothes(canvas, a, pose, palette)
    skin.ears(canvas, a, pose, palette)
    face = skin.face(canvas, a, pose, palette)
    lips = features.Lips(a, pose)
    hair.beard(canvas, a, pose, palette, lips, face)
    features.mouth(canvas, a, palette, lips, face)
    features.nose(canvas, a, pose, palette, face)
    features.eyes(canvas, a, pose, palette, face)
    features.brows(canvas, a, pose, palette, face)
    locks.paint_front(canvas, face)
    features.glasses(canvas, a, pose, palette)
    return canvas


@overload
def render(
    attributes: np.ndarray, size: int = 64, supersample: int = 4, masks: Literal[False] = False
) -> np.ndarray: ...
@overload
def render(
    attributes: np.ndarray, size: int = 64, supersample: int = 4, *, masks: Literal[True]
) -> tuple[np.ndarray, dict[str, np.ndarray]]: ...
def render(
    attributes: np.ndarray, size: int = 64, supersample: int = 4, masks: bool = False
) -> np.ndarray | tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws portraits.

    Args:
        attributes: [N, A], columns as in `ATTRIBUTES`; values outside `RANGES` are clipped.
        size: pixels per side.
        supersample: edges are drawn at this many times the size, then averaged.
        masks: whether to return the masks of the parts too.

    Returns:
        Images [N, size, size, 3] uint8; with `masks` also a dictionary from each of `PARTS` to its visible coverage
        [N, size, size] float32 in [0, 1].

    Raises:
        ValueError: when `attributes` is not [N, A].
    """
    attributes = np.asarray(attributes, np.float32)
    if attributes.ndim != 2 or attributes.shape[1] != len(ATTRIBUTES):
        raise ValueError(
            f"attributes have shape {list(attributes.shape)}, expected [N, {len(ATTRIBUTES)}]: "
            "draw them with sample_attributes"
        )
    low, high = np.array([RANGES[name] for name in ATTRIBUTES], np.float32).T
    images = np.empty((len(attributes), size, size, 3), np.uint8)
    kept = {part: np.zeros((len(attributes), size, size), np.float32) for part in PARTS} if masks else {}
    for i, values in enumerate(np.clip(attributes, low, high)):
        canvas = _draw(values, size, supersample, masks)
        images[i] = (np.clip(canvas.picture, 0, 1) * 255 + 0.5).astype(np.uint8)
        for part, coverage in canvas.masks.items():
            kept[part][i] = np.clip(coverage, 0, 1)
    return (images, kept) if masks else images


def contact_sheet(images: np.ndarray, columns: int = 8) -> Image.Image:
    """Lays images [N, size, size, 3] uint8 out in rows of `columns`."""
    size = images.shape[1]
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * size, columns * size, 3), np.uint8)
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        sheet[row * size : (row + 1) * size, column * size : (column + 1) * size] = image
    return Image.fromarray(sheet)


def main(arguments: list[str] | None = None) -> None:
    """Writes a contact sheet of random portraits."""
    parser = argparse.ArgumentParser(description="Draw a contact sheet of portraits.")
    parser.add_argument("--count", type=int, default=64, help="how many portraits")
    parser.add_argument("--size", type=int, default=64, help="pixels per side of each")
    parser.add_argument("--seed", type=int, default=0, help="portrait i has seed + i")
    parser.add_argument("--columns", type=int, default=8, help="portraits per row")
    parser.add_argument("--out", type=Path, required=True, help="picture to write")
    options = parser.parse_args(arguments)
    images = render(sample_attributes(options.count, options.seed), size=options.size)
    contact_sheet(images, options.columns).save(options.out)
    print(f"{options.count} portraits of {options.size} px in {options.out}")


if __name__ == "__main__":
    main()
