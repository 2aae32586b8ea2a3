"""Generators from tensors in the spellings of public code, and the warnings that they give."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import latent_levers as ll
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from torch import Tensor

Weights = dict[str, Tensor]
"""Tensors by name."""


def opened(weights: Weights, config: Mapping[str, Any] | None = None, **options: Any) -> Generator:
    """A generator of tensors and settings, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return assemble(recognise(Checkpoint(weights, "x.pt", config=config or {})), "cpu", options)


def warnings_of(weights: Weights, config: Mapping[str, Any] | None = None) -> str:
    """All warnings that opening tensors gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assemble(recognise(Checkpoint(weights, "x.pt", config=config or {})))
    return "\n".join(str(warning.message) for warning in caught)


def with_noise(gan: Generator, data: Mapping[str, Tensor]) -> Generator:
    """The generator with the noise images of the reference."""
    for name, tensor in data.items():
        if name.startswith("in.noise."):
            block = gan.network.synthesis.block(int(name.rpartition(".")[2]))
            block.layer0.noise_const.copy_(tensor)
            block.layer1.noise_const.copy_(tensor)
    return gan


def drawn(
    gan: Generator, data: Mapping[str, Tensor], psi: float = 1.0, noise: str = "none"
) -> Tensor:
    """Images of the reference's codes."""
    return ll.render(gan, ll.map_latents(gan, data["in.z"], data.get("in.label"), psi), noise)
