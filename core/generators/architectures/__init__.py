"""Canonical tensors to networks: one folder and one line here per architecture."""

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
"""The first whose signature matches the canonical names is used."""
