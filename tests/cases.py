"""Tiny untrained generators of every architecture, at several settings."""

from __future__ import annotations

from functools import cache

from latent_levers.core.architectures.biggan import BigGANBlock, BigGANSettings
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

BIGGAN = {
    "biggan-chunks": BigGANSettings(
        deep=False,
        z_dim=6,
        c_dim=3,
        blocks=(BigGANBlock(5, 4, 4, skip=True), BigGANBlock(4, 3, 3, skip=True)),
        upsampling=(0, 1),
        embed_features=4,
        attention={1: (2, 3)},
        base=2,
    ),
    "biggan-first": BigGANSettings(
        deep=False,
        z_dim=5,
        c_dim=3,
        blocks=(BigGANBlock(5, 4, 3, skip=True), BigGANBlock(4, 4, 4)),
        upsampling=(0,),
        hierarchical=False,
    ),
    "biggan-deep": BigGANSettings(
        deep=True,
        z_dim=5,
        c_dim=4,
        blocks=(BigGANBlock(6, 6, 3), BigGANBlock(6, 4, 2)),
        upsampling=(1,),
        embed_features=3,
        attention={0: (2, 3), 2: (1, 2)},
        statistics=5,
    ),
}
"""BigGAN with a chunk of z per layer, with z in the first layer alone, and deep."""

CASES = {f"stylegan2-{name}": ("stylegan2", settings) for name, settings in STYLEGAN2.items()}
CASES["dcgan"] = ("dcgan", DCGAN)
CASES |= {n: ("biggan-deep" if s.deep else "biggan", s) for n, s in BIGGAN.items()}
"""Every case by name: architecture and settings."""


@cache
def tiny(name: str = "stylegan2-skip") -> Generator:
    """The untrained generator of one case, in float32; it must not be changed."""
    architecture, settings = CASES[name]
    return untrained(architecture, settings, seed=1)
