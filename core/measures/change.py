"""How much an edit changes a region and the rest: mean squares, grey levels, visible colour."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..concepts.region import Region
from ..edits.strength import inside_outside
from .cielab import colour_difference
from .pulls import GREY_LEVELS, Pulls
from .reports.measure import AbstractMeasure, Figure, Value


def rms_inside_outside(before: Tensor, after: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Root mean square change inside and outside a region.

    Args:
        before: `[N, C, H, W]`, images, nominal range [-1, 1].
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image, that is not the whole image.

    Returns:
        `[N]` inside and `[N]` outside, in grey levels of 255.

    Raises:
        RegionError: The region has another size, or the shapes of the images differ.
    """
    inside, outside = inside_outside(before, after, region)
    return inside.sqrt() * GREY_LEVELS, outside.sqrt() * GREY_LEVELS


def colour_inside_outside(before: Tensor, after: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """Mean colour difference inside and outside a region, Delta E of 1976.

    Args:
        before: `[N, C, H, W]`, images, nominal range [-1, 1].
        after: `[N, C, H, W]`, the same images edited.
        region: One region, or one per image, that is not the whole image.

    Returns:
        `[N]` inside and `[N]` outside, weighted means over pixels.

    Raises:
        RegionError: The region has another size, or is the whole image.
    """
    apart = colour_difference(before, after)  # [N, H, W]
    height, width = apart.shape[1:]
    region.require_size((height, width))
    parts: list[Tensor] = []
    for where in (region, ~region):
        weights = where.fractions(len(apart)).to(apart)
        parts.append((apart * weights).sum(dim=(1, 2)) / weights.sum(dim=(1, 2)))
    return parts[0], parts[1]


class ChangeMeasure(AbstractMeasure):
    """Change inside and outside."""

    id = "change"
    title = "change inside and outside"
    figures = (
        Figure("rms_inside", "rms inside", "root mean square change inside, of 255 grey levels"),
        Figure(
            "rms_outside",
            "rms outside",
            "root mean square change outside, of 255 grey levels; less is better",
        ),
        Figure(
            "mse_inside",
            "MSE inside",
            "mean squared change inside, in squares of 255 grey levels",
            in_files_only=True,
        ),
        Figure(
            "mse_outside",
            "MSE outside",
            "mean squared change outside, in squares of 255 grey levels; less is better",
            in_files_only=True,
        ),
        Figure(
            "colour_inside",
            "Delta E inside",
            "mean colour difference inside (CIELAB, Delta E 1976); 2.3 is just noticeable",
        ),
        Figure(
            "colour_outside",
            "Delta E outside",
            "mean colour difference outside (CIELAB, Delta E 1976); less is better",
        ),
    )

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        rms = rms_inside_outside(pulls.before, pulls.after, pulls.region)
        colour = colour_inside_outside(pulls.before, pulls.after, pulls.region)
        return {
            "rms_inside": rms[0],
            "rms_outside": rms[1],
            "mse_inside": rms[0].square(),
            "mse_outside": rms[1].square(),
            "colour_inside": colour[0],
            "colour_outside": colour[1],
        }
