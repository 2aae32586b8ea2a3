"""Progressive growing (Karras et al., ICLR 2018, figure 2): an image at every resolution.

A level of detail (lod) of 0 stands for the full resolution, 1 for half of it, and so on; between
two levels the image of the coarser one fades out. A finished network is at 0, where only the last
image layer is used. Files of unfinished networks declare their level.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import Module, Parameter
from torch.nn import functional as F

from ...base.errors import CheckpointError
from .convolution.nearest import nearest_upsample


class PlainToRGB(Module):
    """1x1 convolution to the image's channels, with equalised learning rate and without styles.

    Args:
        inputs: Channels of the features.
        img_channels: Channels of the image.
    """

    def __init__(self, inputs: int, img_channels: int) -> None:
        super().__init__()
        self.weight = Parameter(torch.randn(img_channels, inputs, 1, 1))
        self.bias = Parameter(torch.zeros(img_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, inputs, H, W]` to an image `[N, img_channels, H, W]`."""
        return F.conv2d(x, self.weight * self.weight.shape[1] ** -0.5, self.bias)


def require_doubling(resolutions: Sequence[int]) -> None:
    """Check that each block doubles the resolution.

    Args:
        resolutions: Nominal resolutions of all blocks, ascending.

    Raises:
        CheckpointError: They are not 4, 8, 16 and so on.
    """
    if list(resolutions) != [4 * 2**i for i in range(len(resolutions))]:
        raise CheckpointError(
            f"Blocks of resolution {list(resolutions)} were found",
            "4, 8, 16 and so on without a gap",
        )


def smaller_blocks(
    channels: Mapping[int, int], first: int, side: int, images: Sequence[int] = ()
) -> dict[int, int] | None:
    """The blocks up to the last smaller image.

    Args:
        channels: Nominal resolution to channels of all blocks.
        first: Larger side of the first block's features in pixels.
        side: Most pixels of the larger side of the image.
        images: Resolutions that have an image layer; empty means all.

    Returns:
        Resolutions to channels, without the last block at least; none where there is no such image.
    """
    sizes = [size for size in sorted(channels)[:-1] if size * first // 4 <= side]
    drawn = [size for size in sizes if not images or size in images]
    return {size: channels[size] for size in sizes if size <= drawn[-1]} if drawn else None


Network = TypeVar("Network", bound=Module)
"""A kind of network."""


def smaller_network(network: Network, settings: Any) -> Network:
    """A network of the same kind with fewer blocks, whose modules are those of the whole one.

    Args:
        network: The whole network.
        settings: Its settings, with some of its blocks.

    Returns:
        The smaller one.
    """
    with torch.device("meta"):  # all of it is replaced
        smaller = type(network)(settings)
    _share_modules(network, smaller)
    return smaller


def _share_modules(network: Module, smaller: Module) -> None:
    """Replace all modules and tensors of a smaller network by those of the whole one."""
    theirs = dict(network.named_children())
    for name, child in list(smaller.named_children()):
        if name == "synthesis":
            _share_modules(theirs[name], child)
        else:
            smaller.add_module(name, theirs[name])
    for name, _ in list(smaller.named_buffers(recurse=False)):
        smaller.register_buffer(name, network.get_buffer(name))


def read_images(tensors: Mapping[str, Tensor], resolutions: Sequence[int]) -> tuple[int, ...]:
    """The resolutions that have an image layer, `synthesis.b<size>.torgb`.

    Args:
        tensors: Canonical names to tensors.
        resolutions: Resolutions of all blocks, ascending.

    Returns:
        At least one resolution, ascending.

    Raises:
        CheckpointError: There is no image layer.
    """
    images = tuple(r for r in resolutions if f"synthesis.b{r}.torgb.weight" in tensors)
    if not images:
        raise CheckpointError(
            f"There is no image layer for {', '.join(map(str, resolutions))} pixels",
            "synthesis.b<size>.torgb.weight for the last of them",
        )
    return images


def require_image_layers(resolutions: Sequence[int], images: Sequence[int], lod: float) -> None:
    """Check that the image layers which are used at a level of detail exist.

    Args:
        resolutions: All resolutions, ascending.
        images: Resolutions that have an image layer; empty means all.
        lod: Level of detail.

    Raises:
        CheckpointError: An image layer is missing, or the level of detail is out of range.
    """
    for resolution in image_resolutions(resolutions, lod):
        if images and resolution not in images:
            raise CheckpointError(
                f"There is no image layer for {resolution} pixels",
                f"one, since the network is at lod {lod:g}",
            )


def active_resolutions(resolutions: Sequence[int], lod: float) -> list[int]:
    """The resolutions whose layers are used at a level of detail.

    Args:
        resolutions: All resolutions, ascending.
        lod: Level of detail.

    Returns:
        The lowest resolutions; at lod 0 all.

    Raises:
        CheckpointError: The level of detail is out of range.
    """
    highest = len(resolutions) - 1
    if not 0 <= lod <= highest:
        raise CheckpointError(
            f"Level of detail {lod:g} was found with {len(resolutions)} resolutions",
            f"lod from 0 (full size) to {highest} (smallest)",
            "Give «option lod=0» to draw with all layers",
        )
    return list(resolutions[: len(resolutions) - math.floor(lod)])


def image_resolutions(resolutions: Sequence[int], lod: float) -> list[int]:
    """The resolutions whose image layers are used: the last active one, and one that fades out.

    Args:
        resolutions: All resolutions, ascending.
        lod: Level of detail.

    Returns:
        One or two resolutions, ascending.

    Raises:
        CheckpointError: The level of detail is out of range.
    """
    return active_resolutions(resolutions, lod)[-2 if lod % 1 else -1 :]


def grown_image(
    features: Sequence[Tensor], draw: Callable[[int, Tensor], Tensor], lod: float
) -> Tensor:
    """The image at a level of detail, upsampled to full size.

    Args:
        features: Features of each active resolution, ascending.
        draw: From an index and features to the image of that image layer.
        lod: Level of detail.

    Returns:
        `[N, img_channels, H, W]`.
    """
    last = len(features) - 1
    image, share = draw(last, features[last]), lod % 1
    if share:
        coarser = nearest_upsample(draw(last - 1, features[last - 1]))
        image = image + (coarser - image) * share
    return nearest_upsample(image, 2 ** math.floor(lod))


def growing_notes(lod: float, resolutions: Sequence[int]) -> dict[str, list[str]]:
    """Warning for a network that was saved while it was still growing.

    Args:
        lod: Level of detail.
        resolutions: All resolutions, ascending.

    Returns:
        "warnings" with one text; empty at lod 0.
    """
    if not lod:
        return {}
    last, share = active_resolutions(resolutions, lod)[-1], lod % 1
    faint = f", the last of them at {1 - share:.0%}" if share else ""
    return {
        "warnings": [
            f"The training was still growing the image (lod {lod:g}). It is drawn as it then was, "
            f"by the layers up to {last} pixels{faint}. Give «option lod=0» to draw with "
            "all layers."
        ]
    }
