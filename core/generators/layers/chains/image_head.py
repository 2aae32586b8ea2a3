"""The image layers of a progressively grown network, linearised; see `progressive_growing`."""

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
    """One image layer, or two while the coarser one fades out."""

    weights: Mapping[int, Tensor]
    """Number of a stage to `[C, I]`: the weight of its image layer, times the layer's share of the
    image."""
    factor: int
    """Nearest-neighbour upsampling from the finest image layer to the full size."""
    slope: Tensor | None
    """`[1, C, H, W]`, slope of the final tanh; none without one."""

    def image_shape(self, features: tuple[int, int, int]) -> tuple[int, int, int]:
        """Channels, height and width of the image, for features of the last stage."""
        channels = next(iter(self.weights.values())).shape[0]
        return channels, features[1] * self.factor, features[2] * self.factor

    def push(self, number: int, features: Tensor, image: Tensor | None) -> Tensor | None:
        """Add the contribution of a stage's features `[B, I, H, W]` to the upsampled image."""
        weight = self.weights.get(number)
        if weight is None:
            return image
        added = (features.permute(0, 2, 3, 1) @ weight.T).permute(0, 3, 1, 2)
        return added if image is None else added.add_(nearest_upsample(image))

    def push_single_channels(self, number: int, features: SingleChannels) -> Tensor | None:
        """`push` for features of one non-zero channel each, and no coarser image."""
        weight = self.weights.get(number)
        if weight is None:
            return None
        return features.planes[:, None] * weight.T[features.channels][:, :, None, None]

    def finish(self, image: Tensor) -> Tensor:
        """Upsample to the full size and apply the slope of the tanh."""
        image = nearest_upsample(image, self.factor)
        return image if self.slope is None else image * self.slope

    def pull_finish(self, images: Tensor) -> Tensor:
        """The transpose of `finish`."""
        g = images if self.slope is None else images * self.slope
        return nearest_upsample_transposed(g, self.factor)

    def pull(self, number: int, images: Tensor, g: Tensor | None) -> Tensor | None:
        """Add the cotangents that reach a stage's features through its image layer.

        Args:
            number: The stage.
            images: `[B, C, H, W]`, cotangents of the image at the finest image layer.
            g: `[B, I, H, W]`, cotangents that reach the features through later stages, or none.

        Returns:
            The sum; none where it is zero.
        """
        weight = self.weights.get(number)
        if weight is None:
            return g
        finest = number == max(self.weights)
        images = images if finest else nearest_upsample_transposed(images)
        added = (images.permute(0, 2, 3, 1) @ weight).permute(0, 3, 1, 2)
        return added if g is None else g.add_(added)


def linearised_image_head(
    features: Sequence[Tensor],
    layer: Callable[[int], PlainToRGB],
    lod: float,
    final_tanh: bool,
    dtype: torch.dtype,
) -> ImageHead:
    """Linearise the image layers of a network with two stages per resolution.

    Args:
        features: `[1, I, H, W]` of each active resolution, ascending.
        layer: From the index of a resolution to its image layer.
        lod: Level of detail.
        final_tanh: Whether a tanh follows the image layers.
        dtype: Precision of the tangents.

    Returns:
        The image layers.
    """
    last, share = len(features) - 1, lod % 1
    shares = {last: 1 - share} | ({last - 1: share} if share else {})

    def draw(index: int, x: Tensor) -> Tensor:
        rgb = layer(index)
        weight, bias = (p.to(x.dtype) for p in (rgb.weight, rgb.bias))
        return torch.einsum("ci,nihw->nchw", _scaled(weight), x) + bias[:, None, None]

    slope = None
    if final_tanh:
        slope = (1 - grown_image(features, draw, lod).tanh().square()).to(dtype)
    weights = {
        2 * index + 1: (_scaled(layer(index).weight) * part).to(dtype)
        for index, part in shares.items()
    }
    return ImageHead(weights, 2 ** int(lod), slope)


def _scaled(weight: Tensor) -> Tensor:
    """The weight of an image layer with its learning-rate scale, `[C, I]`."""
    return weight[:, :, 0, 0] * weight.shape[1] ** -0.5
