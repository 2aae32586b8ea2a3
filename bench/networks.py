"""The workloads: untrained networks with fixed weights, latent and region.

Weights are drawn with seed 0, and the noise strength is 0.1. The latent, w or z, is normal with
seed 0. The region is the mouth of an aligned face, and the background is the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import latent_levers as ll
import torch
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.biggan.settings import BigGANBlock, BigGANSettings
from latent_levers.core.generators.architectures.dcgan.settings import DCGANLayer, DCGANSettings
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from latent_levers.core.jacobians.image_map import ImageMap, image_map
from latent_levers.core.regions.shapes import region_from_shapes


@dataclass(frozen=True)
class Workload:
    """A generator, a latent code and a region, on which methods are measured."""

    gan: ll.Generator
    """The generator."""
    code: ll.LatentCode
    """One code, in W if there is a mapping network, else in Z."""
    region: ll.Region
    """The mouth."""

    def image(self, space: ll.LatentSpace | None = None) -> ImageMap:
        """The map whose Jacobian is computed.

        Args:
            space: Space of the displacements; none means that of the code.

        Returns:
            The map from displacements to images.
        """
        return image_map(self.gan, self.code, space or self.code.space)

    @property
    def rows(self) -> int:
        """Number of rows of J: pixels times channels."""
        height, width = self.gan.spec.img_size
        return self.gan.spec.img_channels * height * width


def standard(gan: ll.Generator) -> Workload:
    """Combine a generator with the standard code and region.

    Args:
        gan: Any generator.

    Returns:
        The workload.
    """
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(1, 1, gan.spec.latent_dim, generator=draw)
    labels = torch.eye(gan.spec.c_dim)[:1] if gan.spec.c_dim else None  # the first class
    code = ll.LatentCode(values, gan.spec.native_space, labels=labels)
    return Workload(gan, code, region_from_shapes("mouth", gan.spec.img_size))


def widths(resolution: int, base: int) -> dict[int, int]:
    """Channels of each block in the published configurations.

    Args:
        resolution: Side of the image.
        base: Channels times resolution; at most 512 channels are used.

    Returns:
        Channels by resolution.
    """
    sizes = [2**n for n in range(2, resolution.bit_length())]
    return {size: min(512, base // size) for size in sizes}


def _stylegan2(resolution: int) -> ll.Generator:
    """Channel base 16384 up to 512 pixels, 32768 (config F) at 1024; w 512."""
    channels = widths(resolution, 16384 if resolution < 1024 else 32768)
    return untrained("stylegan2", StyleGAN2Settings(z_dim=512, w_dim=512, channels=channels))


def _stylegan1(resolution: int) -> ll.Generator:
    """Channel base 16384; z and w 512."""
    settings = StyleGAN1Settings(z_dim=512, w_dim=512, channels=widths(resolution, 16384))
    return untrained("stylegan1", settings)


def _pggan(resolution: int) -> ll.Generator:
    """Channel base 16384; z 512."""
    return untrained("pggan", PGGANSettings(z_dim=512, channels=widths(resolution, 16384)))


def _stylegan3(resolution: int) -> ll.Generator:
    """StyleGAN3-T with a quarter of the published channels, at most 128; z and w 512."""
    cutoffs = torch.logspace(1, math.log2(resolution / 2), 13, base=2.0, dtype=torch.float64)
    cutoffs = torch.cat([cutoffs, cutoffs[-1:]])  # the last two layers are critical
    channels = tuple(min(128, round(4096 / float(cutoff))) for cutoff in cutoffs)
    return untrained("stylegan3", StyleGAN3Settings(512, 512, resolution, channels))


def _biggan(resolution: int) -> ll.Generator:
    """BigGAN with 64 of the published 96 channels, z 120, a thousand classes."""
    multiples = {32: (16, 16, 8, 4), 128: (16, 16, 8, 4, 2, 1)}[resolution]
    blocks = tuple(
        BigGANBlock(64 * inputs, 64 * outputs, 64 * outputs, skip=True)
        for inputs, outputs in pairwise(multiples)
    )
    settings = BigGANSettings(
        deep=False,
        z_dim=120,
        c_dim=1000,
        blocks=blocks,
        upsampling=tuple(range(len(blocks))),
        embed_features=128,
        attention={min(4, len(blocks)): (16, 64)},
    )
    return untrained("biggan", settings)


def _dcgan() -> ll.Generator:
    """64 pixels: 512, 256, 128 and 64 channels, z 100."""
    sizes = (100, 512, 256, 128, 64, 3)
    layers = tuple(
        DCGANLayer(inputs, outputs, first=number == 0, norm=outputs != 3)
        for number, (inputs, outputs) in enumerate(pairwise(sizes))
    )
    return untrained("dcgan", DCGANSettings(layers))


_GENERATORS: Mapping[str, Callable[[], ll.Generator]] = {
    "stylegan2-32": lambda: _stylegan2(32),
    "stylegan2-64": lambda: _stylegan2(64),
    "stylegan2-256": lambda: _stylegan2(256),
    "stylegan2-1024": lambda: _stylegan2(1024),
    "stylegan1-32": lambda: _stylegan1(32),
    "stylegan1-256": lambda: _stylegan1(256),
    "stylegan3-16": lambda: _stylegan3(16),
    "stylegan3-128": lambda: _stylegan3(128),
    "pggan-32": lambda: _pggan(32),
    "pggan-256": lambda: _pggan(256),
    "biggan-32": lambda: _biggan(32),
    "biggan-128": lambda: _biggan(128),
    "dcgan-64": _dcgan,
}


def load_workload(name: str) -> Workload:
    """Create a network by the start of the name of a case.

    Args:
        name: Such as "stylegan2-256" or "stylegan2-256-W".

    Returns:
        The network with the standard code and region.

    Raises:
        KeyError: The network is unknown.
    """
    return standard(_GENERATORS["-".join(name.split("-")[:2])]())
