"""Photographs as a generator's images: of its size, and how far its images are from them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import PackError
from ..concepts.generator import Generator

SIZES = 4
"""Sizes at which images are compared: the whole, a half, a quarter, an eighth."""


def check_photos(
    gan: Generator, photos: Tensor, count: int, mask: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """Check photographs and their mask against a generator.

    Args:
        gan: The generator.
        photos: `[N, C, H, W]` in [-1, 1].
        count: Number of codes N.
        mask: `[N or 1, H, W]` in [0, 1], 1 where a pixel counts not; or none.

    Returns:
        The photographs in the generator's type on its device, and `[N, 1, H, W]`, 0 where a pixel
        counts not; none where all count.

    Raises:
        PackError: Something does not fit.
    """
    spec = gan.spec
    shape = (count, spec.img_channels, *spec.img_size)
    if tuple(photos.shape) != shape:
        raise PackError(
            f"Photographs of shape {list(photos.shape)} were given",
            f"{list(shape)}: one for each code, as this generator draws",
            "Crop and resize them as they were when their codes were found",
        )
    if not count:
        raise PackError("No photographs were given", "at least one")
    target = photos.detach().to(gan.device, gan.dtype).clone()
    if not bool(torch.isfinite(target).all()):
        raise PackError("A photograph holds NaN or infinite numbers", "numbers from -1 to 1")
    if float(target.abs().max()) > 1.001:
        raise PackError(
            f"A photograph has values up to {float(target.abs().max()):.3g}",
            "numbers from -1 (black) to 1 (white)",
        )
    if mask is None:
        return target, None
    if mask.ndim != 3 or mask.shape[0] not in (1, count) or mask.shape[1:] != spec.img_size:
        raise PackError(
            f"A mask of shape {list(mask.shape)} was given",
            f"[{count} or 1, {list(spec.img_size)}]",
        )
    weights = 1 - mask.detach().to(target)[:, None].clamp(0, 1)
    if not bool((weights.flatten(1).sum(dim=1) > 0).all()):
        raise PackError("The mask hides a whole photograph", "a mask that leaves some of it")
    return target, weights.expand(count, -1, -1, -1).clone()


def pyramid_error(images: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    """Mean squared differences of images averaged over squares of 1, 2, 4 and 8 pixels, summed.

    Args:
        images: `[N, C, H, W]`.
        targets: The same shape.
        weights: `[N, 1, H, W]` in [0, 1], how much a pixel counts; none counts all.

    Returns:
        A number, the mean over the images; differentiable.
    """
    difference = images - targets
    if weights is not None:
        difference = difference * weights
    total = difference.square().mean()
    for _ in range(SIZES - 1):
        if min(difference.shape[2:]) < 2:
            break
        difference = F.avg_pool2d(difference, 2)
        total = total + difference.square().mean()
    return total


def psnr(images: Tensor, targets: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of images as they are shown, within [-1, 1].

    Args:
        images: `[N, C, H, W]`.
        targets: The same shape.

    Returns:
        `[N]` in decibels; 100 where there is no difference.
    """
    error = (images.clamp(-1, 1) - targets).square().flatten(1).mean(dim=1)
    return 10 * torch.log10(4 / error.clamp_min(4e-10))
