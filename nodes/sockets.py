"""What travels between the nodes: core's own nouns; a region travels as ComfyUI's MASK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfy_api.latest import io

from ..core.concepts.generator import Generator

CATEGORY = "Latent Levers"
"""Where the nodes are found in ComfyUI's menu."""

GAN = io.Custom("GAN")
"""A `LoadedGAN`."""

GAN_LATENT = io.Custom("GAN_LATENT")
"""A `core.LatentCode`."""

GAN_DIRECTIONS = io.Custom("GAN_DIRECTIONS")
"""A `core.Directions`."""


@dataclass(frozen=True)
class LoadedGAN:
    """A generator in ComfyUI's care; nodes reach it through `host.session` alone."""

    generator: Generator
    """The generator; where its network lies is up to ComfyUI."""
    patcher: Any
    """ComfyUI's handle on the network, by which it is moved and counted."""
    label: str
    """One line for people, such as "portraits: StyleGAN2, 64 x 64 pixels, 10 layers"."""
