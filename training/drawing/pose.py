"""Where the features of a turned head fall in the picture."""

import numpy as np

from .attributes import Attributes
from .canvas import smoothstep

EYE_ROW = 0.47
"""Row of the eyes, as in aligned FFHQ photographs."""

EYE_OFFSET = 0.132
"""Columns from the middle to each eye, head on."""

MOUTH_ROW = 0.72
"""Row of the mouth, as in aligned FFHQ photographs."""

_FACE_DEPTH = 0.29
_PIVOT = 0.27
"""Depth that stays in place when the head turns: the alignment holds the eyes and mouth, not the skull."""


class Pose:
    """Projects head coordinates to the picture.

    Head coordinates are u (columns from the middle of the face), v (row, head on) and depth towards the viewer from
    the axis between the ears, all in picture sides.
    """

    def __init__(self, a: Attributes) -> None:
        """Takes turn, nod, and the outline of the face from the attributes."""
        turn, nod = 0.42 * a.head_turn, 0.17 * a.head_nod
        self.sin, self.cos, self.tilt = np.sin(turn), np.cos(turn), np.sin(nod)
        broad = 1 + 0.05 * a.face_width
        drop = 0.045 * a.mouth_openness + 0.018 * a.chin_length
        jaw = 1 + 0.09 * a.jaw_width
        chin = 1 + 0.22 * a.jaw_width
        full = 1 + 0.03 * max(a.smile, 0)
        self.chin_row = 0.925 + drop
        self.rows = np.array(
            [0.10, 0.15, 0.22, 0.32, 0.44, 0.54, 0.64, 0.73, 0.80 + drop * 0.4, 0.868 + drop * 0.8, 0.91 + drop]
        )
        self.halves = (
            np.array([0.10, 0.185, 0.245, 0.284, 0.300, 0.297, 0.284 * full, 0.258 * full, 0.217, 0.150, 0.078]) * broad
        )
        self.halves[7:] *= np.array([0.5 + 0.5 * jaw, jaw, 0.5 * jaw + 0.5 * chin, chin])
        self._back = np.array([0.10, 0.06, 0.03, 0.0, 0.0, 0.0, 0.01, 0.03, 0.07, 0.14, 0.20])
        self._front = np.array([0.22, 0.25, 0.27, 0.285, 0.27, 0.28, 0.28, 0.28, 0.275, 0.265, 0.26])

    def depth(self, u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
        """Returns how far the surface of the face stands out at (u, v)."""
        inside = 1 - (np.asarray(u) / 0.36) ** 2 - ((np.asarray(v) - 0.55) / 0.75) ** 2
        return _FACE_DEPTH * np.sqrt(np.maximum(inside, 0.03))

    def at(self, u: np.ndarray | float, v: np.ndarray | float, out: np.ndarray | float = 0.0) -> np.ndarray:
        """Projects points of the face, raised `out` from its surface; returns (column, row) [..., 2]."""
        return self.project(u, v, self.depth(u, v) + out)

    def project(self, u: np.ndarray | float, v: np.ndarray | float, depth: np.ndarray | float) -> np.ndarray:
        """Projects points at a given depth; returns (column, row) [..., 2]."""
        forward = np.asarray(depth) - _PIVOT
        column = 0.5 + np.asarray(u) * self.cos + forward * self.sin
        row = np.asarray(v) - forward * self.tilt
        return np.stack(np.broadcast_arrays(column, row), axis=-1)

    def side(self, v: np.ndarray | float, sign: int) -> np.ndarray:
        """Returns the column of the edge of the face at rows `v`, on the left (-1) or right (1)."""
        half = np.interp(v, self.rows, self.halves) * self.cos
        back = np.interp(v, self.rows, self._back)
        front = np.interp(v, self.rows, self._front)
        # A section of the head is half an ellipse: the far edge is its silhouette, the near edge the line of the ear.
        far = np.hypot(half, (front - back) * self.sin)
        share = smoothstep(-0.12, 0.12, self.sin * sign)
        reach = half + (far - half) * share
        return 0.5 + (back - _PIVOT) * self.sin + sign * reach

    def outline(self) -> np.ndarray:
        """Returns control points of the outline of the face [23, 2], for a closed spline."""
        shift = (_PIVOT - np.minimum(self._back + 0.1, 0.24)) * self.tilt
        left = np.stack([self.side(self.rows, -1), self.rows + shift], axis=1)
        right = np.stack([self.side(self.rows, 1), self.rows + shift], axis=1)
        chin = np.array([[(left[-1, 0] + right[-1, 0]) / 2, self.chin_row + 0.004 + shift[-1]]])
        return np.concatenate([left, chin, right[::-1]])

    @property
    def skull_column(self) -> float:
        """The column of the middle of the skull."""
        return float(0.5 + (-0.07 - _PIVOT) * self.sin)

    @property
    def skull_shift(self) -> float:
        """Rows by which a nod moves the skull."""
        return float(0.25 * self.tilt)
