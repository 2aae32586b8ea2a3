"""Where a generator's picture lies in a photograph: boxes and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError

LEAST_BOX = 8
"""Shorter side of the smallest box, in pixels of the photo."""

MOST_STRETCH = 4.0
"""Largest ratio of the two lengths to which a matrix turns one length."""


@dataclass(frozen=True)
class Placement:
    """A generator's picture in a photo."""

    matrix: Tensor
    """`[2, 3]` float64: (x, y, 1) of the photo to (x, y) of the picture, corners of pixels at whole
    numbers, so that the centre of the first pixel is at (0.5, 0.5)."""
    photo_size: tuple[int, int]
    """Height and width of the photo."""
    size: tuple[int, int]
    """Height and width of the picture."""

    def __post_init__(self) -> None:
        """Check that the picture can be cut out.

        Raises:
            PackError: The matrix is singular, not finite, mirrors, or leaves the photo.
        """
        _check_matrix(self.matrix)
        inside, _ = self._share()
        if inside == 0:
            shown = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in self.corners.tolist())
            height, width = self.photo_size
            raise PackError(
                f"The picture's corners would lie at {shown}, outside of the photo of "
                f"{width}x{height} pixels",
                "a box that covers a part of the photo, or a matrix from the photo to the picture",
            )

    @classmethod
    def whole(cls, photo_size: tuple[int, int], size: tuple[int, int]) -> Placement:
        """The picture that covers all of a photo.

        Args:
            photo_size: Height and width of the photo.
            size: Height and width of the picture.

        Returns:
            The placement.

        Raises:
            PackError: The proportions differ by more than one pixel.
        """
        (height, width), (rows, columns) = photo_size, size
        if abs(height * columns - width * rows) > max(*photo_size, *size):
            raise PackError(
                f"The photo is {width}x{height} pixels and the generator's picture "
                f"{columns}x{rows}",
                "equal proportions, or a crop that says where the picture lies in the photo",
            )
        matrix = torch.tensor([[columns / width, 0, 0], [0, rows / height, 0]], dtype=torch.float64)
        return cls(matrix, photo_size, size)

    @classmethod
    def of_box(
        cls, box: Sequence[float], photo_size: tuple[int, int], size: tuple[int, int]
    ) -> Placement:
        """The picture in a box, which grows around its centre to the picture's proportions.

        Args:
            box: Left, top, width and height in pixels of the photo.
            photo_size: Height and width of the photo.
            size: Height and width of the picture.

        Returns:
            The placement.

        Raises:
            PackError: The box is no such box, tiny, or lies outside of the photo.
        """
        values = [float(value) for value in box]
        if len(values) != 4 or not all(map(math.isfinite, values)):
            shown = ", ".join(f"{value:g}" for value in values)
            raise PackError(
                f"The box is {shown}", "four finite numbers: left, top, width and height in pixels"
            )
        left, top, width, height = values
        if min(width, height) < LEAST_BOX:
            raise PackError(
                f"The box is {width:g} pixels wide and {height:g} high",
                f"at least {LEAST_BOX} pixels a side",
            )
        rows, columns = photo_size
        if left >= columns or top >= rows or left + width <= 0 or top + height <= 0:
            raise PackError(
                f"The box from ({left:g}, {top:g}) to ({left + width:g}, {top + height:g}) lies "
                f"outside of the photo of {columns}x{rows} pixels",
                "a box around a face in the photo",
            )
        pixel = max(height / size[0], width / size[1])  # of the picture, in pixels of the photo
        corner_x = left + (width - pixel * size[1]) / 2
        corner_y = top + (height - pixel * size[0]) / 2
        matrix = torch.tensor(
            [[1 / pixel, 0, -corner_x / pixel], [0, 1 / pixel, -corner_y / pixel]],
            dtype=torch.float64,
        )
        return cls(matrix, photo_size, size)

    @classmethod
    def of_matrix(
        cls,
        matrix: Tensor,
        photo_size: tuple[int, int],
        size: tuple[int, int],
        matrix_size: tuple[int, int] | None = None,
    ) -> Placement:
        """The picture that an alignment gives.

        Args:
            matrix: `[2, 3]`: (x, y, 1) of the photo to (x, y) of the aligned picture, centres of
                pixels at whole numbers, as `cv2.warpAffine` takes it. Or `[3, 3]`, the same with
                (0, 0, 1) as the last row, as scikit-image and matrix products give it.
            photo_size: Height and width of the photo.
            size: Height and width of the generator's picture.
            matrix_size: Height and width of the picture that the matrix is for; none means `size`.

        Returns:
            The placement.

        Raises:
            PackError: The matrix has another shape, is singular, not finite, or mirrors.
        """
        values = torch.as_tensor(matrix).detach().to("cpu", torch.float64)
        if values.shape == (3, 3):
            values = _affine_rows(values)
        _check_matrix(values)
        rows, columns = matrix_size or size
        values = shifted(values, 0.5)
        times = torch.tensor([[size[1] / columns], [size[0] / rows]], dtype=torch.float64)
        return cls(values * times, photo_size, size)

    @property
    def alignment(self) -> Tensor:
        """`[2, 3]` float64, as `of_matrix` takes it: centres of pixels at whole numbers."""
        return shifted(self.matrix, -0.5)

    @property
    def inverse(self) -> Tensor:
        """`[2, 3]` float64: (x, y, 1) of the picture to (x, y) of the photo."""
        return inverted(self.matrix)

    @property
    def pixel(self) -> float:
        """Side of one pixel of the picture, in pixels of the photo."""
        return float(torch.linalg.det(self.matrix[:, :2]).abs() ** -0.5)

    @property
    def corners(self) -> Tensor:
        """`[4, 2]`: (x, y) in the photo, top left first, clockwise."""
        height, width = self.size
        ends = torch.tensor(
            [[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], dtype=torch.float64
        )
        return ends @ self.inverse.T

    @property
    def outside(self) -> float:
        """Share of the picture that lies outside of the photo, 0 to 1."""
        inside, total = self._share()
        return 1 - inside / total

    def _share(self) -> tuple[int, int]:
        """Pixels of a 64 x 64 grid on the picture whose centres lie in the photo, and all."""
        steps = (torch.arange(64, dtype=torch.float64) + 0.5) / 64
        x = (steps * self.size[1]).expand(64, -1)
        y = (steps * self.size[0])[:, None].expand(-1, 64)
        points = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ self.inverse.T  # [64, 64, 2]
        limits = torch.tensor([self.photo_size[1], self.photo_size[0]])
        within = ((points >= 0) & (points < limits)).all(dim=-1)
        return int(within.sum()), within.numel()

    def sides_inside(self) -> tuple[bool, bool, bool, bool]:
        """Whether the picture ends within the photo at its left, top, right and bottom side."""
        corners = self.corners
        limits = torch.tensor([self.photo_size[1], self.photo_size[0]])

        def ends_inside(one: int, other: int) -> bool:
            steps = torch.linspace(0, 1, 9, dtype=torch.float64)[:, None]
            points = corners[one] + steps * (corners[other] - corners[one])
            return bool(((points > 0.5) & (points < limits - 0.5)).all(dim=1).any())

        return ends_inside(3, 0), ends_inside(0, 1), ends_inside(1, 2), ends_inside(2, 3)


def inverted(matrix: Tensor) -> Tensor:
    """The affine map back.

    Args:
        matrix: `[2, 3]`, not singular.

    Returns:
        `[2, 3]`.
    """
    linear = torch.linalg.inv(matrix[:, :2])
    return torch.cat([linear, -linear @ matrix[:, 2:]], dim=1)


def composed(outer: Tensor, inner: Tensor) -> Tensor:
    """One affine map after another.

    Args:
        outer: `[2, 3]`, the second.
        inner: `[2, 3]`, the first.

    Returns:
        `[2, 3]`.
    """
    linear = outer[:, :2] @ inner[:, :2]
    return torch.cat([linear, outer[:, :2] @ inner[:, 2:] + outer[:, 2:]], dim=1)


def shifted(matrix: Tensor, offset: float) -> Tensor:
    """The same map where both sides count coordinates from elsewhere.

    Args:
        matrix: `[2, 3]`.
        offset: What is added to every coordinate.

    Returns:
        `[2, 3]`.
    """
    linear = matrix[:, :2]
    moved = matrix[:, 2:] + offset - offset * linear.sum(dim=1, keepdim=True)
    return torch.cat([linear, moved], dim=1)


def _affine_rows(matrix: Tensor) -> Tensor:
    """The first two rows of a 3x3 matrix, whose last row must be (0, 0, 1)."""
    last = matrix[2].tolist()
    if last != [0, 0, 1]:
        shown = ", ".join(f"{value:g}" for value in last)
        raise PackError(
            f"The last row of the 3x3 matrix is ({shown})",
            "(0, 0, 1): shifts, turns and sizes, no perspective",
        )
    return matrix[:2]


def _check_matrix(matrix: Tensor) -> None:
    """Refuse what is no map from a photo to an aligned picture."""
    direction = "a 2x3 matrix from (x, y, 1) of the photo to (x, y) of the aligned picture"
    if matrix.shape != (2, 3):
        raise PackError(f"The matrix has shape {list(matrix.shape)}", direction)
    if not torch.isfinite(matrix).all():
        raise PackError("The matrix holds NaN or infinity", direction)
    linear = matrix[:, :2]
    largest, smallest = torch.linalg.svdvals(linear).tolist()
    if not largest > 0 or largest > MOST_STRETCH * smallest:
        word = "singular" if smallest <= 1e-9 * largest else f"stretched {largest / smallest:.3g}:1"
        raise PackError(
            f"The matrix is {word}", f"{direction}, stretched by at most {MOST_STRETCH:g}:1"
        )
    if torch.linalg.det(linear) < 0:
        raise PackError(
            "The matrix mirrors the photo", direction, "Check the order of x and y in its rows"
        )
