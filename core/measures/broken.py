"""Counts pictures that an edit has broken: further from every sample than samples are."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..generators.rendering import render
from ..latents.sampling import sample_latents
from .attribute_network import AttributeReader

SAMPLES = 5000
"""Samples that a picture is compared with, of seeds 10000 to 14999."""

FIRST_SEED = 10_000
"""Seed of the first of them; the held-out samples follow the last."""

HELD_OUT = 1000
"""Samples whose own distances define what is usual."""

QUANTILE = 0.99
"""Share of the held-out samples within the threshold."""

_BATCH = 500


class BrokenFaces:
    """The features of a generator's samples, and how far a picture may be from the nearest.

    As a measure of precision by distances to nearest neighbours (Kynkaanniemi et al., NeurIPS
    2019), with one radius for all: the 99th percentile of held-out samples' distances.
    """

    def __init__(
        self,
        gan: Generator,
        reader: AttributeReader,
        progress: Progress | None = None,
        samples: int = SAMPLES,
    ) -> None:
        """Draw the samples, without truncation; half a minute on a CPU for the bundled generator.

        Args:
            gan: The generator.
            reader: Describes its pictures.
            progress: Called with (done, total) samples; an exception raised from it cancels.
            samples: Number of samples; a fifth as many are held out.

        Raises:
            PackError: There are fewer than ten samples.
        """
        if samples < 10:
            raise PackError(f"{samples} samples were asked for", "at least 10")
        held_out = max(2, samples * HELD_OUT // SAMPLES)
        total = samples + held_out
        report = progress or no_progress
        report(0, total)
        found: list[Tensor] = []
        for start in range(0, total, _BATCH):
            count = min(_BATCH, total - start)
            codes = sample_latents(gan, count, seed=FIRST_SEED + start, truncation_psi=1.0)
            found.append(self._features(reader, render(gan, codes)))
            report(min(total, start + _BATCH), total)
        features = torch.cat(found)
        self.reader = reader
        self.samples = features[:samples]
        """[samples, 96]"""
        self.threshold = float(self._nearest(features[samples:]).quantile(QUANTILE))
        """Largest distance of a picture that counts as whole, in units of the features."""

    def distances(self, images: Tensor) -> Tensor:
        """How far pictures are from the nearest sample.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1].

        Returns:
            `[N]` float64, Euclidean distances of features.
        """
        return self._nearest(self._features(self.reader, images))

    def count(self, images: Tensor) -> int:
        """Count broken pictures.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1].

        Returns:
            How many of them are further from every sample than `threshold`. Of the generator's own
            samples that is 1 %.
        """
        return int((self.distances(images) > self.threshold).sum())

    @staticmethod
    def _features(reader: AttributeReader, images: Tensor) -> Tensor:
        """Features of pictures on the CPU, `[N, 96]` float64."""
        with plain_tensors():
            return reader.read(images.to(reader.mean.device))[0].to("cpu", torch.float64)

    def _nearest(self, features: Tensor) -> Tensor:
        """Distance of each row to the nearest sample."""
        with plain_tensors():
            return torch.cdist(features, self.samples).amin(dim=1)


def broken_faces(
    gan: Generator, reader: AttributeReader, progress: Progress | None = None
) -> BrokenFaces:
    """The samples of a generator, drawn once a process.

    Args:
        gan: The generator.
        reader: Describes its pictures.
        progress: Called with (done, total) samples, unless they are known.

    Returns:
        The same object for the same weights and the same reader.
    """
    known = _known()
    key = (gan.spec.fingerprint, id(reader))
    if key not in known:
        known[key] = BrokenFaces(gan, reader, progress)
    return known[key]


@lru_cache(maxsize=1)
def _known() -> dict[tuple[str, int], BrokenFaces]:
    """Samples by generator and reader; an entry keeps its reader alive, so ids stay unique."""
    return {}
