"""Tiny untrained generators of every architecture, at several settings."""

from __future__ import annotations

from functools import cache

from latent_levers.core.architectures.dcgan_settings import DCGANLayer, DCGANSettings
from latent_levers.core.architectures.stylegan2 import StyleGAN2Settings
from latent_levers.core.generator import Generator
from latent_levers.core.loading import untrained

STYLEGAN2 = {
    "skip": StyleGAN2Settings(z_dim=6, w_dim=5, channels={4: 7, 8: 6}, mapping_widths=(5, 5)),
    "resnet": StyleGAN2Settings(
        z_dim=5, w_dim=6, channels={4: 6, 8: 5, 16: 4}, mapping_widths=(7, 6), architecture="resnet"
    ),
    "conditional": StyleGAN2Settings(
        z_dim=6, w_dim=5, channels={4: 5, 8: 4}, c_dim=3, embed_features=4, mapping_widths=(5,)
    ),
    "wide": StyleGAN2Settings(
        z_dim=6, w_dim=5, channels={4: 5, 8: 4}, mapping_widths=(5, 5), const_size=(4, 6)
    ),
    "grey": StyleGAN2Settings(z_dim=4, w_dim=4, channels={4: 4, 8: 3}, img_channels=1),
}
"""StyleGAN2 in its variants: residual, with classes, not square, one channel."""

DCGAN = DCGANSettings((DCGANLayer(6, 5, first=True), DCGANLayer(5, 3, norm=False)))
"""A stack of two transposed convolutions: no mapping network, Z alone."""

CASES = {f"stylegan2-{name}": ("stylegan2", settings) for name, settings in STYLEGAN2.items()}
CASES["dcgan"] = ("dcgan", DCGAN)
"""Every case by name: architecture and settings."""


@cache
def tiny(name: str = "stylegan2-skip") -> Generator:
    """The untrained generator of one case, in float32; it must not be changed."""
    architecture, settings = CASES[name]
    return untrained(architecture, settings, seed=1)
