"""Composites: an edit of the generator's picture of a photograph, put into the photograph."""

from __future__ import annotations

from torch import Tensor

from ..base.wording import warn
from ..concepts.region import Region
from .blending import FEATHER, MODES, blended, checked, soft_mask
from .crop import Crop
from .grey import GREY, colourless
from .placement import Placement


def composite(
    photo: Tensor,
    before: Tensor,
    after: Tensor,
    region: Region,
    mode: str = MODES[0],
    feather: float = FEATHER,
    crop: Crop | None = None,
) -> Tensor:
    """Take the change that an edit makes within a region over into a photo.

    With y the photo, G0 and G1 the pictures before and after, drawn at the photo's size, m the
    region with a soft edge, and c a ramp from 0 where the edit changes nothing to 1 where it
    changes much, grown by a pixel:

        (1 - m) y + m (G1 + F(y - G0, c))

    F keeps what the photo shows beside the generator's picture where c is 0, and continues it from
    there to where c is 1. So the photo keeps its own detail wherever the edit leaves it alone. What
    is finer than the generator's pixels stays up to somewhat larger changes, and is not continued.
    A photo without colour gets the luminance of the change, which is said.

    Args:
        photo: `[1 or N, 3, H, W]` in [-1, 1], of any size.
        before: `[1 or N, C, h, w]`, what the generator shows for the photo, such as the
            reconstruction of `invert`.
        after: `[N, C, h, w]`, the same edited.
        region: What may change, in the generator's pixels; one, or one per picture.
        mode: "fill" as above; "difference" adds the change, m (G1 - G0), and leaves ghosts where
            the photo has what the generator lacks; "paste" puts G1 itself there.
        feather: Width of the soft edge around the region, as a share of the picture's longer side,
            0 to 0.5.
        crop: Where the generator's picture lies in the photo; none means all of it.

    Returns:
        `[N, 3, H, W]`. Outside of the region and its soft edge every bit is the photo's.

    Raises:
        PackError: Shapes or values do not fit, the crop is of another photo, or the part of the
            photo is larger than 32 megapixels.
        RegionError: The region has another size than the pictures.
    """
    photo, before, after = checked(photo, before, after, mode)
    size, photo_size = (after.shape[2], after.shape[3]), (photo.shape[2], photo.shape[3])
    if crop is None:
        placement = Placement.whole(photo_size, size)
    else:
        placement = crop.placement_for(photo_size, size)
    if bool(colourless(photo).any()):
        warn(GREY)
    soft = soft_mask(region, feather, placement, max(len(before), len(after)))
    return blended(photo, before, after, soft, placement, mode)
