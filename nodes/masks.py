"""Masks that are connected to nodes, as regions, with notes on how much they cover."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..core.base.errors import RegionError
from ..core.concepts.generator import Generator
from ..core.concepts.region import Region
from ..core.edits.holding.request import HoldChange, HoldRequest, summary

INVERTED = (
    "Load Image makes a mask of what is transparent. If the region was painted on a transparent "
    "layer, connect Invert Mask in between."
)
"""Advice for a mask that covers most of the image."""

EMPTY = (
    "Load Image gives an empty mask for a picture without transparency; take a channel of it with "
    "Load Image (as Mask)"
)
"""Advice for a mask that is empty."""

_MOST = 0.5
"""Share of the image above which a mask may be meant the other way round."""


def read_region(
    mask: Tensor, size: tuple[int, int], notes: list[str], name: str = "the mask"
) -> Region:
    """Read an input "mask".

    Args:
        mask: Its value.
        size: Height and width of the image.
        notes: Gets sentences on the share of the image and on resampling.
        name: For messages.

    Returns:
        The region in that size.

    Raises:
        RegionError: The mask is empty, or does not fit.
    """
    if not mask.any():
        raise RegionError(
            f"{name} is empty: no pixel is inside",
            "at least one pixel inside",
            f"{EMPTY}, or draw with Region Mask",
        )
    region = Region.from_mask(mask, name)
    fitted = region.resized(size)
    doubt = (
        " If the rest of it is meant, connect Invert Mask." if _is_doubtful(fitted, name) else ""
    )
    notes.append(f"{name.capitalize()} covers {fitted.coverage}.{doubt}")
    if fitted is not region:
        (before, after) = (f"{width} x {height}" for height, width in (region.image_size, size))
        notes.append(f"{name.capitalize()} was resampled from {before} to {after} pixels.")
    return fitted


def _is_doubtful(region: Region, name: str) -> bool:
    """Whether a region may be meant the other way round; a background is large anyway."""
    return _MOST < region.share < 1 and name == "the mask"


def read_optional_region(
    mask: Tensor | None, size: tuple[int, int], notes: list[str], name: str = "the mask"
) -> Region | None:
    """Read an optional input "mask".

    Args:
        mask: Its value.
        size: Height and width of the image.
        notes: Gets sentences on the share of the image and on resampling.
        name: For messages.

    Returns:
        The region in that size, or none without a mask.
    """
    return None if mask is None else read_region(mask, size, notes, name)


def hold_input(tooltip: str) -> io.Mask.Input:
    """What levers may change; all else is held.

    Args:
        tooltip: What holding costs or needs on this node, as further sentences.

    Returns:
        The optional input "hold".
    """
    return io.Mask.Input(
        "hold",
        optional=True,
        tooltip="What the edit may change: white there. All else is held as it was, by a "
        f"correction of each image after the pull. {tooltip}",
    )


def read_hold(mask: Tensor | None, gan: Generator, notes: list[str]) -> HoldRequest | None:
    """Read an optional input "hold".

    Args:
        mask: Its value.
        gan: The generator.
        notes: Gets sentences on the share of the image and on resampling.

    Returns:
        What is held, which collects the change of each image in `HoldRequest.report`; none without
        a mask.

    Raises:
        RegionError: The mask is empty, the whole image, or does not fit.
    """
    if mask is None:
        return None
    region = read_region(mask, gan.spec.img_size, notes, "the mask at hold")
    request = HoldRequest(gan, region, report=HoldReports())
    request.weights(len(region.weights))  # refuses the whole image before any work
    return request


class HoldReports:
    """Collects the changes of held images."""

    def __init__(self) -> None:
        self.changes: list[HoldChange] = []

    def __call__(self, change: HoldChange) -> None:
        """Add a change."""
        self.changes.append(change)


def notes_on_hold(request: HoldRequest | None) -> list[str]:
    """What was held, in words.

    Args:
        request: From `read_hold`, after the edits.

    Returns:
        A sentence; none without a hold.
    """
    if request is None or not isinstance(request.report, HoldReports):
        return []
    changes = request.report.changes
    return [summary(request.region, changes)] if changes else []


def notes_on(mask: Tensor) -> list[str]:
    """Describe a mask to which shapes are added.

    Args:
        mask: A mask that was read as a region.

    Returns:
        Sentences, where the mask is empty or covers most of the image.
    """
    if not mask.any():
        return [f"The connected mask is empty and was ignored. {EMPTY}."]
    region = Region.from_mask(mask, "the mask")
    if region.share <= _MOST:
        return []
    return [f"The connected mask covers {region.coverage}. {INVERTED}"]
