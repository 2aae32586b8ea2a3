"""Canonical tensors to networks: one architecture per file, one line here."""

from ..architecture import AbstractArchitecture
from ..registry import Registry
from .dcgan import DCGANArchitecture
from .stylegan2 import StyleGAN2Architecture

ARCHITECTURES: Registry[AbstractArchitecture] = Registry(
    "architecture",
    StyleGAN2Architecture(),
    DCGANArchitecture(),
)
"""Tried in this order on canonical names."""
