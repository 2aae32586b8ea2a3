"""Crops of photographs from rough boxes and from matrices of alignments."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..base.errors import PackError
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from .crop import Crop, placed
from .inverter import Inverter, prepared
from .photo_checks import check_photo
from .refining import TOTAL, refined
from .resampling import cut_out


def crop_photo(
    gan: Generator,
    photo: Tensor,
    place: Sequence[float] | Tensor,
    inverter: Inverter | None = None,
    refine: bool | None = None,
    matrix_size: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Crop:
    """Cut a face out of a photo as a generator expects it.

    Args:
        gan: The generator, whose size the cut has.
        photo: `[1, 3, H, W]` in [-1, 1]. Several faces of a photo are several crops.
        place: A rough box: left, top, width and height in pixels of the photo. It grows around its
            centre to the proportions of the generator's picture, and may leave the photo, which is
            then mirrored. Or `[2, 3]`, a matrix of any alignment: (x, y, 1) of the photo to (x, y)
            of the aligned picture, centres of pixels at whole numbers, as `cv2.warpAffine` takes
            it; `[3, 3]` with (0, 0, 1) as the last row means the same. A perspective is refused.
        inverter: From `prepare_inversion`; with it the place is refined.
        refine: Whether the place is moved (within about 10 % of the side, 10 % in size and 0.1
            radians) to where the generator draws the photo best; where that is not clearly better
            the place is kept. None means with an inverter only; True without one prepares one.
        matrix_size: Height and width of the aligned picture that a matrix is for; none means the
            generator's.
        progress: Called with (done, total) pictures; may raise to cancel.

    Returns:
        The crop, with notes on all that was assumed.

    Raises:
        PackError: The photo or the place is none, the box lies outside of it or is tiny, or the
            matrix is singular, not finite, mirrors or has a perspective.
        LatentError: The inverter belongs to another generator.
    """
    check_photo(photo)
    if len(photo) != 1:
        raise PackError(f"{len(photo)} photos were given", "one", "Crop each by itself")
    size = gan.spec.img_size
    placement, notes = placed(place, (photo.shape[2], photo.shape[3]), size, matrix_size)
    if inverter is not None:
        inverter.require(gan)
    if refine or (refine is None and inverter is not None):
        report, done = progress or no_progress, 0

        def tick() -> None:
            nonlocal done
            done += 1
            report(done, TOTAL)

        known = inverter or prepared(gan, None)
        refinement = refined(gan, photo, placement, known, tick)
        placement = refinement.placement
        notes = (*notes, refinement.note)
    cut = cut_out(photo.float(), placement).clamp(-1, 1)
    return Crop(cut, placement, notes)
