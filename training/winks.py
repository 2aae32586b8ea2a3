"""Portraits whose eyes open each by itself, with masks of their parts.

The renderer draws both eyes alike. So each portrait is drawn twice, with two openings of the eyes, and the two pictures
are joined along the middle of the face: left half of the first, right half of the second. The eyes alone differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.measures.part_segmenter import PARTS

from .dataset import CacheLayout, fill_cache
from .drawing.attributes import Attributes
from .drawing.pose import EYE_ROW, Pose
from .portraits import ATTRIBUTES, render, sample_attributes

FIRST_WINK = 700_000_000
"""Seed of the first training portrait."""
VALIDATION_WINK = 910_000_000
"""Seed of the first held-out portrait."""
EYES = ("left_eye_openness", "right_eye_openness")
"""What the two columns of `Winks.openness` are called; left and right are the viewer's."""
INSIDE = 1 / 3
"""A pixel belongs to a part that covers this share of it; brows are a pixel or two thick."""


@dataclass(frozen=True)
class Winks:
    """Portraits as memory maps."""

    images: np.ndarray
    """[N, 64, 64, 3] uint8."""
    attributes: np.ndarray
    """[N, A] float32, columns as in `ATTRIBUTES`; `eye_openness` is the mean of both eyes."""
    openness: np.ndarray
    """[N, 2] float32, columns as in `EYES`."""
    masks: np.ndarray
    """[N, 64, 64] uint16: bit i says whether the pixel belongs to `PARTS[i]`."""
    renderer: str
    """Version of the renderer."""

    def __len__(self) -> int:
        """Number of portraits."""
        return len(self.images)

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """Unpack masks.

        Args:
            rows: [n], numbers of portraits.

        Returns:
            [n, P, 64, 64] float32, 1 inside, in the order of `PARTS`.
        """
        bits = self.masks[rows][:, None] >> np.arange(len(PARTS), dtype=np.uint16)[:, None, None]
        return (bits & 1).astype(np.float32)


def middle_of(values: np.ndarray) -> float:
    """The column of the middle of a face between its eyes.

    Args:
        values: [A], attributes.

    Returns:
        In picture sides from the left.
    """
    pose = Pose(Attributes(*(float(value) for value in values)))
    return float(pose.at(0.0, EYE_ROW)[0])


def draw_winks(
    attributes: np.ndarray, openness: np.ndarray, size: int = 64
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draw portraits with each eye opened by itself.

    Args:
        attributes: [N, A]; `eye_openness` is not used.
        openness: [N, 2] in [0, 1], left and right.
        size: Pixels per side.

    Returns:
        Images [N, size, size, 3] uint8, and the visible coverage [N, size, size] of each of `PARTS`.
    """
    column = ATTRIBUTES.index("eye_openness")
    drawn = []
    for eye in (0, 1):
        values = attributes.copy()
        values[:, column] = openness[:, eye]
        drawn.append(render(values, size, masks=True))
    (left, left_masks), (right, right_masks) = drawn
    middles = np.array([middle_of(values) for values in attributes])
    is_left = (np.arange(size) + 0.5)[None] / size < middles[:, None]  # [N, W]
    images = np.where(is_left[:, None, :, None], left, right)
    is_left = is_left[:, None]  # [N, 1, W]
    masks = {part: np.where(is_left, left_masks[part], right_masks[part]) for part in left_masks}
    masks |= {"left_eye": left_masks["eyes"] * is_left, "right_eye": right_masks["eyes"] * ~is_left}
    return images, {part: masks[part] for part in PARTS}


def sample_openness(attributes: np.ndarray, seed: int) -> np.ndarray:
    """Draw how far each eye is open.

    Args:
        attributes: [N, A]; one eye keeps its `eye_openness`, which one is a matter of chance.
        seed: Row i depends on `seed + i` only.

    Returns:
        [N, 2] float32 in [0, 1]; the other eye is nearly shut in half the portraits, anything else in the rest.
    """
    openness = np.repeat(attributes[:, ATTRIBUTES.index("eye_openness"), None], 2, axis=1)
    for i, row in enumerate(openness):
        rng = np.random.default_rng([seed + i, 1])
        row[rng.integers(2)] = rng.uniform(0, 0.25) if rng.random() < 0.5 else rng.uniform(0.25, 1)
    return openness


def _draw_block(task: tuple[int, int, int]) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Render one block in a process of the pool."""
    first, count, seed = task
    attributes = sample_attributes(count, seed)
    openness = sample_openness(attributes, seed)
    images, masks = draw_winks(attributes, openness)
    attributes[:, ATTRIBUTES.index("eye_openness")] = openness.mean(axis=1)
    packed = np.zeros(images.shape[:3], np.uint16)
    for i, part in enumerate(PARTS):
        packed |= (masks[part] >= INSIDE).astype(np.uint16) << np.uint16(i)
    return first, images, attributes, openness, packed


LAYOUT = CacheLayout(
    {
        "images.npy": (np.uint8, (64, 64, 3)),
        "attributes.npy": (np.float32, (len(ATTRIBUTES),)),
        "openness.npy": (np.float32, (2,)),
        "masks.npy": (np.uint16, (64, 64)),
    },
    _draw_block,
)
"""What a cache of winks holds."""


def wink_cache(folder: Path, count: int, first_seed: int = FIRST_WINK, processes: int | None = None) -> Winks:
    """Open the winks in a folder, and render those that are missing; see `dataset.fill_cache`.

    Args:
        folder: Where the arrays are stored.
        count: Number of portraits.
        first_seed: Portrait i has seed `first_seed + i`.
        processes: Number of processes; none means one per processor, 0 draws in this process.

    Returns:
        At least `count` portraits.
    """
    arrays, version = fill_cache(folder, LAYOUT, count, first_seed, processes)
    return Winks(*arrays, renderer=version)
