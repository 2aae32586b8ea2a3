"""Types of the nodes' inputs and outputs: values of core; regions use ComfyUI's MASK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfy_api.latest import io

from ..core.concepts.generator import Generator

CATEGORY = "Latent Levers"
"""Folder of the nodes in ComfyUI's menu."""

GAN = io.Custom("GAN")
"""A `LoadedGAN`."""

GAN_LATENT = io.Custom("GAN_LATENT")
"""A `core.LatentCode`."""

GAN_DIRECTIONS = io.Custom("GAN_DIRECTIONS")
"""A `core.Directions`."""

GAN_ENCODER = io.Custom("GAN_ENCODER")
"""A `core.Encoder`, on the CPU."""

GAN_CROP = io.Custom("GAN_CROP")
"""A tuple of `core.Crop`, one per photo."""


@dataclass(frozen=True)
class LoadedGAN:
    """A generator that ComfyUI's memory management moves; nodes use it only in `host.session`."""

    generator: Generator
    """The generator; ComfyUI decides on which device its network is."""
    patcher: Any
    """ComfyUI's `ModelPatcher` of the network."""
    label: str
    """One line for the user, such as "portraits: StyleGAN2, 64 x 64 pixels, 10 layers"."""
