"""A small painter's canvas: supersampled polygons, soft blobs, and masks of what stays visible."""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = np.ndarray
"""[3] or [size, size, 3] float32, red green blue in [0, 1]."""


def rgb(red: float, green: float, blue: float) -> Colour:
    """Turns 0 .. 255 values into a colour."""
    return np.array([red, green, blue], np.float32) / np.float32(255)


def mix(first: Colour, second: Colour, share: float | np.ndarray) -> Colour:
    """Goes from `first` at share 0 to `second` at share 1."""
    return first + (second - first) * share


def ramp(colours: np.ndarray, position: float) -> Colour:
    """Looks `position` in [0, 1] up in evenly spaced `colours` [K, 3]."""
    at = min(max(position, 0.0), 1.0) * (len(colours) - 1)
    low = min(int(at), len(colours) - 2)
    return mix(colours[low], colours[low + 1], at - low)


def smoothstep(low: float, high: float, value: float | np.ndarray):
    """Rises smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@functools.lru_cache(maxsize=64)
def _spline_basis(points: int, closed: bool, samples: int) -> np.ndarray:
    """Catmull-Rom weights [M, points], so that a spline is one product."""
    segments = points if closed else points - 1
    t = np.arange(samples, dtype=np.float64) / samples
    weights = 0.5 * np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3], axis=1
    )
    basis = np.zeros((segments * samples + (0 if closed else 1), points))
    for segment in range(segments):
        for k in range(4):
            index = segment - 1 + k
            index = index % points if closed else min(max(index, 0), points - 1)
            basis[segment * samples : (segment + 1) * samples, index] += weights[:, k]
    if not closed:
        basis[-1, -1] = 1.0
    return basis


def spline(points: np.ndarray, closed: bool = False, samples: int = 6) -> np.ndarray:
    """Draws a smooth curve through `points` [K, 2]; returns [M, 2]."""
    return _spline_basis(len(points), closed, samples) @ points


def ribbon(points: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    """Thickens the curve `points` [K, 2] to `width` (a number or [K]); returns the outline [2K, 2]."""
    step = np.gradient(points, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / (np.hypot(step[:, 0], step[:, 1])[:, None] + 1e-9)
    offset = normal * (np.broadcast_to(np.asarray(width, np.float64), len(points))[:, None] / 2)
    return np.concatenate([points + offset, (points - offset)[::-1]])


def ellipse(column: float, row: float, half_width: float, half_height: float) -> np.ndarray:
    """Returns the outline [24, 2] of an ellipse."""
    return _CIRCLE * np.array([half_width, half_height]) + np.array([column, row])


_CIRCLE = np.stack([np.cos(np.arange(24) * np.pi / 12), np.sin(np.arange(24) * np.pi / 12)], axis=1)


class Canvas:
    """A square picture that parts are painted on, back to front.

    Positions are (column, row) in the unit square, as Pillow's polygons want them.
    """

    def __init__(self, size: int, supersample: int, keep_masks: bool) -> None:
        """Starts black.

        Args:
            size: pixels per side.
            supersample: polygons are rasterised at size * supersample, then averaged.
            keep_masks: whether `mark` records anything.
        """
        self.size = size
        self.supersample = supersample
        self.keep_masks = keep_masks
        self.column, self.row = _grid(size)
        self.picture = np.zeros((size, size, 3), np.float32)
        self.masks: dict[str, np.ndarray] = {}

    def cover(self, *outlines: np.ndarray) -> np.ndarray:
        """Rasterises the union of polygons [K, 2]; returns coverage [size, size] float32 in [0, 1]."""
        full = self.size * self.supersample
        image = Image.new("L", (full, full), 0)
        draw = ImageDraw.Draw(image)
        for outline in outlines:
            # Pillow places pixel centres on integers.
            draw.polygon((outline * full - 0.5).ravel().tolist(), fill=255)
        if self.supersample > 1:
            image = image.reduce(self.supersample)
        return np.asarray(image, np.float32) / np.float32(255)

    def soften(self, coverage: np.ndarray, radius: float) -> np.ndarray:
        """Blurs a coverage map by `radius`, a fraction of the picture's side."""
        image = Image.fromarray((coverage * 255).astype(np.uint8))
        image = image.filter(ImageFilter.GaussianBlur(radius * self.size))
        return np.asarray(image, np.float32) / np.float32(255)

    def blob(self, column: float, row: float, half_width: float, half_height: float) -> np.ndarray:
        """Returns a Gaussian bump [size, size], 1 at its centre, 1/e at the half widths."""
        across = np.exp(-(((self.column - column) / half_width) ** 2))  # [1, size]
        down = np.exp(-(((self.row - row) / half_height) ** 2))  # [size, 1]
        return down * across

    def paint(self, coverage: np.ndarray, colour: Colour, opacity: float = 1.0) -> None:
        """Lays `colour` over the picture where `coverage` is."""
        share = coverage if opacity == 1.0 else coverage * np.float32(opacity)
        self.picture += share[..., None] * (colour - self.picture)

    def mark(self, part: str, coverage: np.ndarray, hides: tuple[str, ...] = ()) -> None:
        """Adds `coverage` to the mask of `part` and takes it from the parts it `hides`."""
        if not self.keep_masks:
            return
        for other in hides:
            if other in self.masks and other != part:
                self.masks[other] = self.masks[other] * (1 - coverage)
        before = self.masks.get(part)
        self.masks[part] = coverage if before is None else before + coverage - before * coverage


@functools.lru_cache(maxsize=8)
def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres: columns [1, size] and rows [size, 1] in the unit square."""
    centres = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return centres[None, :], centres[:, None]
