"""Canonical tensors to networks: one folder, and one import and one line here per architecture."""

from __future__ import annotations

from ...base.registry import Registry
from ...concepts.architecture import AbstractArchitecture


def _architectures() -> tuple[AbstractArchitecture, ...]:
    """Import all architectures; ComfyUI starts sooner if that waits for the first generator."""
    from .biggan.architecture import BigGANArchitecture
    from .dcgan.architecture import DCGANArchitecture
    from .pggan.architecture import PGGANArchitecture
    from .stylegan1.architecture import StyleGAN1Architecture
    from .stylegan2.architecture import StyleGAN2Architecture
    from .stylegan3.architecture import StyleGAN3Architecture

    return (
        StyleGAN2Architecture(),
        StyleGAN3Architecture(),
        StyleGAN1Architecture(),
        PGGANArchitecture(),
        BigGANArchitecture(deep=True),
        BigGANArchitecture(deep=False),
        DCGANArchitecture(),
    )


ARCHITECTURES: Registry[AbstractArchitecture] = Registry("architecture", deferred=_architectures)
"""The first whose signature matches the canonical names is used."""
