"""Regions of an image: which pixels a lever may change."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import RegionError

_SHAPES = "a mask [H, W], or masks [N, H, W] or [N, 1, H, W]"


def mask_batch(mask: Tensor, name: str = "the mask") -> Tensor:
    """One mask or a batch of masks, as a batch.

    Args:
        mask: `[H, W]`, `[N, H, W]` or `[N, 1, H, W]`.
        name: For messages.

    Returns:
        `[N, H, W]`, a view.

    Raises:
        RegionError: It has another shape, such as that of an image.
    """
    shape = tuple(mask.shape)
    if len(shape) == 2:
        return mask[None]
    if len(shape) == 4 and shape[1] == 1:
        return mask[:, 0]
    if len(shape) == 3 and (shape[2] != 1 or shape[1] == 1):
        return mask
    remedy = "Take one channel of it as the mask" if len(shape) in (3, 4) else ""
    raise RegionError(f"{name} has shape {list(shape)}", _SHAPES, remedy)


@dataclass(frozen=True)
class Region:
    """Weights of pixels: 1 inside, 0 outside, values between on a soft edge."""

    weights: Tensor
    """`[1 or N, H, W]` float32 on the CPU, in [0, 1], not all zero; N regions serve N codes."""
    name: str = "region"
    """For labels and messages."""

    def __post_init__(self) -> None:
        """Check the weights.

        Raises:
            RegionError: They are empty, not finite, out of range or not `[N, H, W]`.
        """
        weights = self.weights
        if weights.ndim != 3:
            raise RegionError(
                f"{self.name} has shape {list(weights.shape)}",
                "weights [1 or N, H, W]",
                f"Use `Region.from_mask`, which takes {_SHAPES}",
            )
        if not torch.isfinite(weights).all():
            raise RegionError(
                f"{self.name} holds NaN or infinite weights", "finite weights from 0 to 1"
            )
        if weights.numel() and (weights.min() < 0 or weights.max() > 1):
            raise RegionError(
                f"{self.name} has weights from {weights.min():g} to {weights.max():g}",
                "weights from 0 (outside) to 1 (inside)",
                "Divide it by 255" if weights.min() >= 0 and 2 < weights.max() <= 255 else "",
            )
        if not weights.numel() or (weights.sum(dim=(1, 2)) == 0).any():
            raise RegionError(
                f"{self.name} is empty: no pixel is inside",
                "at least one pixel inside",
                "Draw or choose a larger region",
            )

    @classmethod
    def box(
        cls, top: int, left: int, height: int, width: int, image_size: int | tuple[int, int]
    ) -> Region:
        """A rectangle of pixels.

        Args:
            top: First row inside.
            left: First column inside.
            height: Rows inside.
            width: Columns inside.
            image_size: Side of a square image, or (height, width).

        Returns:
            The region, clipped to the image.

        Raises:
            RegionError: No pixel of the rectangle is in the image.
        """
        rows, columns = (image_size, image_size) if isinstance(image_size, int) else image_size
        weights = torch.zeros(rows, columns)
        weights[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = 1.0
        return cls(weights[None], f"box {top},{left} {height}x{width}")

    @classmethod
    def from_mask(cls, mask: Tensor, name: str = "mask") -> Region:
        """Any mask: painted, segmented, feathered.

        Args:
            mask: `[H, W]`, `[N, H, W]` or `[N, 1, H, W]`, boolean or numbers in [0, 1]; anything
                `torch.as_tensor` takes.
            name: For labels and messages.

        Returns:
            The region.

        Raises:
            RegionError: The mask is empty, not finite, out of range, or of another shape.
        """
        masks = mask_batch(torch.as_tensor(mask).detach(), name)
        return cls(masks.to(device="cpu", dtype=torch.float32, copy=True), name)

    def __invert__(self) -> Region:
        """The background, the complement of the region.

        Returns:
            The region of weights 1 - w.

        Raises:
            RegionError: The region is the whole image, so that the complement is empty.
        """
        if (self.weights == 1).all(dim=(1, 2)).any():
            raise RegionError(
                f"{self.name} is the whole image: nothing remains as background",
                "at least one pixel outside",
                "Choose a smaller region, or use SeFa for global levers",
            )
        name = self.name[4:] if self.name.startswith("not ") else f"not {self.name}"
        return Region(1 - self.weights, name)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of its image."""
        return self.weights.shape[1], self.weights.shape[2]

    @property
    def share(self) -> float:
        """Mean weight of all pixels, from 0 to 1: the share of the image that is inside."""
        return float(self.weights.mean(dtype=torch.float64))

    @property
    def coverage(self) -> str:
        """The share in words, such as "12 % of the image"."""
        percent = 100 * self.share
        several = " on average" if len(self.weights) > 1 else ""
        return f"{percent:{'.0f' if percent >= 10 else '.2g'}} % of the image{several}"

    def thumbnail(self, side: int = 64) -> Tensor:
        """The region, downscaled, as files of directions store it.

        Args:
            side: Longest side in pixels.

        Returns:
            `[h, w]` uint8, 255 inside; the mean where there are several regions.
        """
        mean = self.weights.mean(dim=0)[None, None]  # [1, 1, H, W]
        longest = max(self.image_size)
        if longest > side:
            size = [max(1, round(length * side / longest)) for length in self.image_size]
            mean = F.interpolate(mean, size=size, mode="area")
        return (mean[0, 0] * 255).round().to(torch.uint8)

    def resized(self, image_size: tuple[int, int]) -> Region:
        """The same region of a larger or smaller image of equal shape, averaged over areas.

        Args:
            image_size: New height and width.

        Returns:
            A region of that size; this one if it has that size.

        Raises:
            RegionError: The proportions differ by more than one pixel, or no pixel remains inside.
        """
        height, width = self.image_size
        if (height, width) == tuple(image_size):
            return self
        if abs(height * image_size[1] - width * image_size[0]) > max(height, width, *image_size):
            raise RegionError(
                f"{self.name} is {height}x{width} pixels (height x width)",
                f"the proportions of the {image_size[0]}x{image_size[1]} image",
                "Crop or pad the mask, or draw it on the generator's own image",
            )
        weights = F.interpolate(self.weights[None], size=image_size, mode="area")[0]
        return Region(weights.clamp(0, 1), self.name)

    def require_size(self, image_size: tuple[int, int]) -> Region:
        """Check the size, since a mask of another size belongs to another image.

        Args:
            image_size: Height and width of the image.

        Returns:
            The region itself.

        Raises:
            RegionError: The size differs.
        """
        if self.image_size != tuple(image_size):
            height, width = self.image_size
            raise RegionError(
                f"{self.name} is {height}x{width} pixels (height x width)",
                f"{image_size[0]}x{image_size[1]}, the size of the generator's image",
                "Use region.resized((height, width)) where the proportions agree",
            )
        return self

    def fractions(self, count: int) -> Tensor:
        """The weights for N codes.

        Args:
            count: Number of codes N.

        Returns:
            `[N, H, W]`.

        Raises:
            RegionError: The number of regions is neither 1 nor N.
        """
        if self.weights.shape[0] not in (1, count):
            raise RegionError(
                f"{self.name} holds {self.weights.shape[0]} masks", f"1, or {count}, one per code"
            )
        return self.weights.expand(count, -1, -1)
