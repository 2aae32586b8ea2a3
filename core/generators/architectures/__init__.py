"""Canonical tensors to networks: one architecture per file, one line here."""

from ...base.registry import Registry
from ...concepts.architecture import AbstractArchitecture
from .biggan.network import BigGANArchitecture
from .dcgan.network import DCGANArchitecture
from .pggan.network import PGGANArchitecture
from .stylegan1.network import StyleGAN1Architecture
from .stylegan2.network import StyleGAN2Architecture
from .stylegan3.network import StyleGAN3Architecture

ARCHITECTURES: Registry[AbstractArchitecture] = Registry(
    "architecture",
    StyleGAN2Architecture(),
    StyleGAN3Architecture(),
    StyleGAN1Architecture(),
    PGGANArchitecture(),
    BigGANArchitecture(deep=True),
    BigGANArchitecture(deep=False),
    DCGANArchitecture(),
)
"""Tried in this order on canonical names."""
