"""Canonical tensors to networks: one architecture per file, one line here."""

from ...base.registry import Registry
from ...concepts.architecture import AbstractArchitecture
from .biggan.architecture import BigGANArchitecture
from .dcgan.architecture import DCGANArchitecture
from .pggan.architecture import PGGANArchitecture
from .stylegan1.architecture import StyleGAN1Architecture
from .stylegan2.architecture import StyleGAN2Architecture
from .stylegan3.architecture import StyleGAN3Architecture

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
