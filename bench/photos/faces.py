"""The photographs that are judged: renders of portraits that nothing else has seen."""

from __future__ import annotations

from dataclasses import dataclass

import latent_levers as ll
import torch
from latent_levers.core.measures.attribute_network import AttributeReader, bundled_reader
from torch import Tensor

from training.dataset import to_network_range
from training.portraits import render, sample_attributes

COUNT = 24
"""Photographs."""

JUDGED = 870_000_000
"""Seed of the first photograph that is judged; training uses seeds from 1,000,000 and 900,000,000
on, and every choice was made on those from `TRIED` on."""

TRIED = 800_000_000
"""Seed of the first photograph on which settings were chosen."""

OWN = 40_000_000
"""Seed of the first of the generator's own samples that are judged."""


@dataclass(frozen=True)
class Subject:
    """A generator, and photographs of its kind."""

    gan: ll.Generator
    """The bundled generator."""
    photos: Tensor
    """`[24, 3, 64, 64]` in [-1, 1]."""
    attributes: Tensor
    """`[24, A]` float32, the true attributes that the renderer drew."""
    reader: AttributeReader
    """Reads attributes off pictures."""

    @classmethod
    def load(cls, first_seed: int = JUDGED, count: int = COUNT) -> Subject:
        """Draw the photographs.

        Args:
            first_seed: Seed of the first.
            count: Number of them.

        Returns:
            The subject.
        """
        attributes = sample_attributes(count, first_seed)
        gan = ll.load_generator("portraits")
        photos = to_network_range(render(attributes, 64)).contiguous()
        return cls(gan, photos, torch.from_numpy(attributes), bundled_reader())

    def attribute_error(self, images: Tensor) -> Tensor:
        """How far attributes read off pictures are from those read off the photographs.

        Args:
            images: `[24, 3, 64, 64]`.

        Returns:
            `[24]`: mean absolute difference over all attributes, in deviations over renders.
        """
        with torch.no_grad():
            found, wanted = self.reader.scores(images), self.reader.scores(self.photos)
        return (found - wanted).abs().mean(dim=1)


def own_samples(gan: ll.Generator, count: int = COUNT) -> Tensor:
    """Samples of the generator itself, as photographs.

    Args:
        gan: The generator.
        count: Number of them.

    Returns:
        `[count, 3, H, W]` in [-1, 1].
    """
    codes = ll.sample_latents(gan, count, OWN, truncation_psi=1.0)
    return ll.render(gan, codes).clamp(-1, 1)
