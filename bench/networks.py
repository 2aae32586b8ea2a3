"""The workloads: untrained networks with fixed weights, latent and region.

Weights are drawn with seed 0, and the noise strength is 0.1. The latent, w or z, is normal with
seed 0. The region is the mouth of an aligned face, and the background is the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import latent_levers as ll
import torch
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.dcgan.settings import DCGANLayer, DCGANSettings
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
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
    code = ll.LatentCode(values, gan.spec.native_space)
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


def _stylegan1() -> ll.Generator:
    """256 pixels, channel base 16384."""
    settings = StyleGAN1Settings(z_dim=512, w_dim=512, channels=widths(256, 16384))
    return untrained("stylegan1", settings)


def _pggan() -> ll.Generator:
    """256 pixels, channel base 16384."""
    return untrained("pggan", PGGANSettings(z_dim=512, channels=widths(256, 16384)))


def _dcgan() -> ll.Generator:
    """64 pixels: 512, 256, 128 and 64 channels, z 100."""
    sizes = (100, 512, 256, 128, 64, 3)
    layers = tuple(
        DCGANLayer(inputs, outputs, first=number == 0, norm=outputs != 3)
        for number, (inputs, outputs) in enumerate(pairwise(sizes))
    )
    return untrained("dcgan", DCGANSettings(layers))


_GENERATORS: Mapping[str, Callable[[], ll.Generator]] = {
    "stylegan2-64": lambda: _stylegan2(64),
    "stylegan2-256": lambda: _stylegan2(256),
    "stylegan2-1024": lambda: _stylegan2(1024),
    "stylegan1-256": _stylegan1,
    "pggan-256": _pggan,
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
