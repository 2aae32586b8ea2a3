"""Faces cut out of photographs as their generators expect them, and put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError
from ..concepts.region import Region
from .blending import FEATHER, MODES, blended, checked, soft_mask
from .placement import Placement


@dataclass(frozen=True)
class Crop:
    """A picture of a generator's size, cut out of a photo."""

    cut: Tensor
    """`[N, 3, h, w]` in [-1, 1]."""
    placement: Placement
    """Where it lies in the photo."""
    notes: tuple[str, ...] = ()
    """What was assumed or found: a box that grew or leaves the photo, how far refining moved it."""

    @property
    def matrix(self) -> Tensor:
        """`[2, 3]` float64: photo to cut, (x, y, 1) to (x, y), as `cv2.warpAffine` takes it."""
        return self.placement.alignment

    @property
    def corners(self) -> Tensor:
        """`[4, 2]`: corners of the cut in the photo, (x, y), top left first, clockwise."""
        return self.placement.corners

    def placement_for(self, photo_size: tuple[int, int], size: tuple[int, int]) -> Placement:
        """The placement, if the sizes are those that it is for.

        Args:
            photo_size: Height and width of a photo.
            size: Height and width of a picture.

        Returns:
            The placement.

        Raises:
            PackError: They are others.
        """
        for found, made, what in (
            (photo_size, self.placement.photo_size, "photo"),
            (size, self.placement.size, "generator's picture"),
        ):
            if tuple(found) != tuple(made):
                raise PackError(
                    f"The {what} is {found[1]}x{found[0]} pixels",
                    f"{made[1]}x{made[0]}, for which the crop was made",
                    "Crop again",
                )
        return self.placement

    def put_back(
        self,
        picture: Tensor,
        photo: Tensor,
        region: Region | None = None,
        mode: str = MODES[0],
        feather: float = FEATHER,
    ) -> Tensor:
        """Put a changed cut back into the photo: what equals the cut leaves the photo as it is.

        Args:
            picture: `[N, 3, h, w]`, the cut with changes.
            photo: `[1 or N, 3, H, W]`, the photo that the cut is from.
            region: What may change, in the cut's pixels; none means all of the cut, which then ends
                softly.
            mode: As for `composite`, with the cut as the picture before.
            feather: As for `composite`.

        Returns:
            `[N, 3, H, W]`.

        Raises:
            PackError: Shapes, sizes or values do not fit.
            RegionError: The region has another size than the cut.
        """
        photo, before, after = checked(photo, self.cut, picture, mode)
        sizes = (photo.shape[2], photo.shape[3]), (after.shape[2], after.shape[3])
        placement = self.placement_for(*sizes)
        inside = region or Region(torch.ones(1, *placement.size), "cut")
        soft = soft_mask(inside, feather, placement, max(len(before), len(after)))
        return blended(photo, before, after, soft, placement, mode)


def placed(
    place: Sequence[float] | Tensor,
    photo_size: tuple[int, int],
    size: tuple[int, int],
    matrix_size: tuple[int, int] | None = None,
) -> tuple[Placement, tuple[str, ...]]:
    """Read a box or a matrix.

    Args:
        place: Four numbers, a box; or `[2, 3]`, a matrix, or `[3, 3]` with the last row (0, 0, 1).
        photo_size: Height and width of the photo.
        size: Height and width of the picture.
        matrix_size: Height and width of the picture that a matrix is for; none means `size`.

    Returns:
        The placement, and notes on what was assumed.

    Raises:
        PackError: It is neither, or does not fit the photo.
    """
    notes: list[str] = []
    values = _numbers(place)
    if values.ndim == 1:
        if matrix_size is not None:
            raise PackError("matrix_size was given with a box", "a matrix, or no matrix_size")
        box = [float(value) for value in values]
        placement = Placement.of_box(box, photo_size, size)
        if box[2] > photo_size[1] and box[3] > photo_size[0]:
            notes.append(
                f"The box of {box[2]:g}x{box[3]:g} pixels is larger than the photo of "
                f"{photo_size[1]}x{photo_size[0]}: it belongs round one face, in pixels of the "
                "photo at its own size."
            )
        grown = placement.pixel * size[1] - box[2], placement.pixel * size[0] - box[3]
        if max(grown) > 1:
            notes.append(
                f"The box of {box[2]:g}x{box[3]:g} pixels was grown to {box[2] + grown[0]:.0f}x"
                f"{box[3] + grown[1]:.0f}, the proportions of the generator's picture."
            )
    else:
        placement = Placement.of_matrix(values, photo_size, size, matrix_size)
    outside = placement.outside
    if outside > 0:
        notes.append(
            f"{100 * outside:.2g} % of the crop lies outside of the photo; it was filled with the "
            "photo's mirror image."
        )
    return placement, tuple(notes)


def _numbers(place: object) -> Tensor:
    """A box or a matrix as float64, checked to be one."""
    try:
        values = torch.as_tensor(place, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        values = None
    if values is None or values.ndim not in (1, 2):
        kind = "missing (None)" if place is None else f"of type {type(place).__name__}"
        raise PackError(
            f"The place of the face is {kind}"
            if values is None or not values.ndim
            else f"The place of the face has shape {list(values.shape)}",
            "a box of four numbers (left, top, width, height), or a 2x3 or 3x3 matrix",
        )
    return values
