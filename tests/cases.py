"""Tiny untrained generators of every architecture, at several settings."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import latent_levers as ll
import torch
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.biggan.network import BigGANBlock, BigGANSettings
from latent_levers.core.generators.architectures.dcgan.layer import DCGANLayer
from latent_levers.core.generators.architectures.dcgan.settings import DCGANSettings
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings

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
    "original": StyleGAN2Settings(
        z_dim=4,
        w_dim=5,
        channels={4: 5, 8: 4},
        c_dim=3,
        embed_features=4,
        label_concat=True,
        mapping_widths=(5,),
        architecture="orig",
    ),
    "taps": StyleGAN2Settings(
        z_dim=4,
        w_dim=5,
        channels={4: 4, 8: 3},
        mapping_widths=(5,),
        filter_shape=(3,),
        has_noise=False,
    ),
    "grey": StyleGAN2Settings(z_dim=4, w_dim=4, channels={4: 4, 8: 3}, img_channels=1),
}
"""Variants of StyleGAN2: skip, residual, with classes, not square, first release, grey."""

STYLEGAN1 = {
    "stylegan1": StyleGAN1Settings(
        z_dim=6, w_dim=5, channels={4: 5, 8: 4}, mapping_widths=(7, 5), lr_multiplier=0.1
    ),
    "stylegan1-conditional": StyleGAN1Settings(
        z_dim=6,
        w_dim=5,
        channels={4: 4, 8: 4, 16: 3},
        c_dim=3,
        embed_features=4,
        mapping_widths=(5,),
        const_size=None,
        fused_scale=True,
    ),
    "stylegan1-wide": StyleGAN1Settings(
        z_dim=4,
        w_dim=4,
        channels={4: 4, 8: 3},
        mapping_widths=(4, 4),
        const_size=(4, 6),
        img_channels=1,
        images=(8,),
        noise=False,
    ),
}
"""Variants of StyleGAN (v1): with classes and w as first input; not square, without noise."""

PGGAN = {
    "pggan": PGGANSettings(z_dim=6, channels={4: 5, 8: 4}),
    "pggan-conditional": PGGANSettings(
        z_dim=5, channels={4: 6, 8: 6, 16: 4}, c_dim=3, fused_scale=True, normalize_z_first=True
    ),
}
"""PGGAN with and without classes and fused upsampling."""

STYLEGAN3 = {
    "stylegan3-t": StyleGAN3Settings(
        z_dim=6,
        w_dim=5,
        img_resolution=8,
        channels=(5, 4, 4),
        first_cutoff=1.0,
        first_stopband=2.0,
        margin_size=3,
        output_scale=1.0,
    ),
    "stylegan3-r": StyleGAN3Settings(
        z_dim=5,
        w_dim=6,
        img_resolution=8,
        channels=(5, 4, 3),
        c_dim=3,
        embed_features=3,
        conv_kernel=1,
        use_radial_filters=True,
        num_critical=1,
        margin_size=3,
        output_scale=1.0,
    ),
    "stylegan3-xl": StyleGAN3Settings(
        z_dim=4,
        w_dim=5,
        img_resolution=8,
        channels=(4, 4, 3),
        c_dim=3,
        embed_features=4,
        class_table=(5, 6),
        class_means=True,
        num_critical=1,
        margin_size=3,
        output_scale=1.0,
    ),
}
"""StyleGAN3-T, StyleGAN3-R with classes, and StyleGAN-XL's class table and means."""

DCGAN = DCGANSettings((DCGANLayer(6, 5, first=True), DCGANLayer(5, 3, norm=False)))
"""Two transposed convolutions, without a mapping network."""

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
"""BigGAN with a chunk of z per layer, BigGAN with z in the first layer alone, BigGAN-deep."""

CASES = {f"stylegan2-{name}": ("stylegan2", settings) for name, settings in STYLEGAN2.items()}
CASES |= {name: ("stylegan3", settings) for name, settings in STYLEGAN3.items()}
CASES["dcgan"] = ("dcgan", DCGAN)
CASES |= {name: ("stylegan1", settings) for name, settings in STYLEGAN1.items()}
CASES |= {name: ("pggan", settings) for name, settings in PGGAN.items()}
CASES["pggan-pixel-bias"] = (
    "pggan",
    PGGANSettings(z_dim=6, channels={4: 5, 8: 4}, pixel_bias=True),
)
CASES["stylegan1-blurred-bias"] = (
    "stylegan1",
    StyleGAN1Settings(5, 5, {4: 4, 8: 3}, norm_epsilon=0.01, blurred_bias=True),
)
CASES |= {n: ("biggan-deep" if s.deep else "biggan", s) for n, s in BIGGAN.items()}
"""Every case by name: architecture and settings."""


@cache
def tiny(name: str = "stylegan2-skip") -> Generator:
    """The untrained generator of one case, in float32; it must not be changed."""
    architecture, settings = CASES[name]
    return untrained(architecture, settings, seed=1)


@cache
def wide(name: str = "stylegan2-skip") -> Generator:
    """A case in float64, with biases and noise that are not zero; it must not be changed."""
    gan = tiny(name)
    network = copy.deepcopy(gan.network).double()
    draw = torch.Generator().manual_seed(5)
    for key, parameter in network.named_parameters():
        if key.endswith(("bias", "noise_strength")):
            parameter.data += 0.2 * torch.randn(parameter.shape, generator=draw).to(parameter)
    w_avg = None if gan.w_avg is None else gan.w_avg.double()
    return replace(gan, network=network, w_avg=w_avg)


def some_code(gan: Generator, count: int = 1, seed: int = 3) -> ll.LatentCode:
    """Codes of any case, with a class where there are classes."""
    return ll.sample_latents(gan, count, seed=seed, labels=1 if gan.spec.c_dim else None)
