"""Canonical tensors to networks: one architecture per file, one line here."""

from ..architecture import AbstractArchitecture
from ..registry import Registry
from .biggan import BigGANArchitecture
from .dcgan import DCGANArchitecture
from .pggan import PGGANArchitecture
from .stylegan1 import StyleGAN1Architecture
from .stylegan2 import StyleGAN2Architecture
from .stylegan3 import StyleGAN3Architecture

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
