"""A generator of the smaller image that a network draws on its way to the whole one.

It takes a fraction of the time, and is made of the same weights: codes of the whole generator are
cut to its layers, and directions that were found with it act on the whole one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch.nn import functional as F

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region


@dataclass(frozen=True)
class SmallerImage:
    """A whole generator, and the one of its smaller image."""

    whole: Generator
    """The whole one."""
    gan: Generator
    """That of the smaller image; its modules are the first of the whole one's, wherever it is."""

    def codes(self, codes: LatentCode) -> LatentCode:
        """Cut codes to the layers of the smaller image.

        Args:
            codes: N codes of the whole generator.

        Returns:
            N codes; edits in Z and in S are kept.
        """
        values, shift = codes.values, codes.style_shift
        if codes.space.is_plus:
            values = values[:, : self.gan.spec.num_ws]
        elif codes.space is LatentSpace.S:
            values = values[:, :, : self._styles]
        if shift is not None:
            shift = shift[:, : self._styles]
        origin = self.gan.spec.fingerprint if codes.origin else ""
        return replace(codes, values=values, style_shift=shift, origin=origin)

    def directions(self, found: Directions) -> Directions:
        """Let directions of the smaller image act on the whole one.

        Args:
            found: K directions of the smaller image, of all of its layers.

        Returns:
            The same in the whole generator, and zero on the layers that the smaller image lacks
            where each layer has numbers of its own.
        """
        spec = self.whole.spec
        vectors = found.vectors
        missing = spec.direction_dim(found.space) - vectors.shape[1]
        if missing:
            vectors = torch.cat([vectors, vectors.new_zeros(len(vectors), missing)], dim=1)
        styles = spec.styles if found.space is LatentSpace.S else ()
        return replace(
            found, vectors=vectors, num_ws=spec.num_ws, origin=spec.fingerprint, styles=styles
        )

    def region(self, region: Region) -> Region:
        """Reduce a region to the size of the smaller image.

        Args:
            region: In the size of the whole image.

        Returns:
            The same region: the weight of a pixel is the share of it that lies inside.
        """
        whole = region.require_size(self.whole.spec.img_size).weights
        weights = F.adaptive_avg_pool2d(whole[:, None], self.gan.spec.img_size)[:, 0]
        return Region(weights.clamp(0, 1), region.name)

    @property
    def _styles(self) -> int:
        """Number of style channels of the smaller image."""
        return sum(style.channels for style in self.gan.spec.styles)


def smaller_image(gan: Generator, side: int) -> SmallerImage | None:
    """The generator of a smaller image, which shares the weights.

    Args:
        gan: The whole generator.
        side: Most pixels of the larger side of that image.

    Returns:
        Both; none where the network draws no such image: BigGAN, StyleGAN3 and DCGAN draw none,
        nor do the residual and the plain variant of StyleGAN2.
    """
    network = gan.network.smaller(side)
    if network is None:
        return None
    spec = network.spec()
    spec = replace(spec, fingerprint=f"{gan.spec.fingerprint}-{spec.img_resolution}")
    small = Generator(spec, network, gan.w_avg, gan.w_covariance, gan.details, gan.architecture)
    return SmallerImage(gan, small)
