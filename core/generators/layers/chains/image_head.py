"""The image of a network that grew with its resolution, as derivatives see it; see `growing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..convolution.nearest import nearest_upsample, nearest_upsample_transposed
from ..convolution.single_channels import SingleChannels
from ..progressive_growing import PlainToRGB, grown_image


@dataclass(frozen=True)
class ImageHead:
    """One image layer, or two of which the coarser fades out."""

    weights: Mapping[int, Tensor]
    """Number of a stage to `[C, I]`, the image layer after it, times its share of the image."""
    factor: int
    """How often each pixel of the finest one is repeated in both directions."""
    slope: Tensor | None
    """`[1, C, H, W]`, slope of what bounds the image, if anything does."""

    def image_shape(self, features: tuple[int, int, int]) -> tuple[int, int, int]:
        """Channels, height and width of the image of features of the last stage."""
        channels = next(iter(self.weights.values())).shape[0]
        return channels, features[1] * self.factor, features[2] * self.factor

    def push(self, number: int, features: Tensor, image: Tensor | None) -> Tensor | None:
        """Add what a stage's features `[B, I, H, W]` draw to the image of coarser ones."""
        weight = self.weights.get(number)
        if weight is None:
            return image
        own = (features.permute(0, 2, 3, 1) @ weight.T).permute(0, 3, 1, 2)
        return own if image is None else own.add_(nearest_upsample(image))

    def of_singles(self, number: int, features: SingleChannels) -> Tensor | None:
        """The same of maps of one channel each."""
        weight = self.weights.get(number)
        if weight is None:
            return None
        return features.planes[:, None] * weight.T[features.channels][:, :, None, None]

    def finish(self, image: Tensor) -> Tensor:
        """The image at full size."""
        image = nearest_upsample(image, self.factor)
        return image if self.slope is None else image * self.slope

    def begin(self, images: Tensor) -> Tensor:
        """The transpose of `finish`."""
        g = images if self.slope is None else images * self.slope
        return nearest_upsample_transposed(g, self.factor)

    def pull(self, number: int, images: Tensor, g: Tensor | None) -> Tensor | None:
        """Add what the image `[B, C, H, W]` asks of a stage's features to what those above do."""
        weight = self.weights.get(number)
        if weight is None:
            return g
        size = self.size_of(number, images)
        seen = (size.permute(0, 2, 3, 1) @ weight).permute(0, 3, 1, 2)
        return seen if g is None else g.add_(seen)

    def size_of(self, number: int, images: Tensor) -> Tensor:
        """The cotangent of the image at the size of a stage that draws."""
        return images if number == max(self.weights) else nearest_upsample_transposed(images)


def linearised_image_head(
    features: Sequence[Tensor],
    layer: Callable[[int], PlainToRGB],
    lod: float,
    final_tanh: bool,
    dtype: torch.dtype,
) -> ImageHead:
    """Linearise the image layers of a network with two stages per resolution.

    Args:
        features: `[1, I, H, W]` of each acting resolution, ascending.
        layer: Image layer of the resolution of that index.
        lod: Level of detail.
        final_tanh: Whether a tanh bounds the image.
        dtype: Precision of the tangents.

    Returns:
        The image layers.
    """
    last, share = len(features) - 1, lod % 1
    shares = {last: 1 - share} | ({last - 1: share} if share else {})

    def draw(index: int, x: Tensor) -> Tensor:
        rgb = layer(index)
        weight, bias = (p.to(x.dtype) for p in (rgb.weight, rgb.bias))
        return torch.einsum("ci,nihw->nchw", _weight(rgb, weight), x) + bias[:, None, None]

    slope = None
    if final_tanh:
        slope = (1 - grown_image(features, draw, lod).tanh().square()).to(dtype)
    weights = {
        2 * index + 1: (_weight(layer(index), layer(index).weight) * part).to(dtype)
        for index, part in shares.items()
    }
    return ImageHead(weights, 2 ** int(lod), slope)


def _weight(rgb: PlainToRGB, weight: Tensor) -> Tensor:
    """An image layer's weight as it acts, `[C, I]`."""
    return weight[:, :, 0, 0] * weight.shape[1] ** -0.5
