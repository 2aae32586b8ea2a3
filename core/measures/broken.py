"""Counts pictures that an edit has broken: further from every sample than samples are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import plain_tensors
from ..base.hashing import fingerprint
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..files.network_file import read_network
from ..generators.rendering import render
from ..latents.sampling import sample_latents
from .attribute_network import AttributeReader

FORMAT = "portrait_samples/1"
"""Value of the format key in the header of a file of described samples."""

DEFAULT_FILE = Path(__file__).parents[2] / "assets" / "portraits_samples.safetensors"
"""Described samples of the bundled generator; drawing them takes half a minute."""

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
    2019), with one radius for all: the 99th percentile of held-out samples' distances. It is made
    for faces that an edit has distorted; pictures without a face are not its subject.
    """

    def __init__(
        self,
        gan: Generator,
        reader: AttributeReader,
        progress: Progress | None = None,
        samples: int = SAMPLES,
    ) -> None:
        """Draw the samples, without truncation; those of the bundled generator are stored.

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
        features = stored_features(gan, reader) if samples == SAMPLES else None
        if features is None:
            total = samples + max(2, samples * HELD_OUT // SAMPLES)
            features = sample_features(gan, reader, total, progress)
        self.reader = reader
        """Describes pictures."""
        self.samples = features[:samples].double()
        """[samples, 96]"""
        self.threshold = float(self._nearest(features[samples:].double()).quantile(QUANTILE))
        """Largest distance of a picture that counts as whole, in units of the features."""

    def distances(self, images: Tensor) -> Tensor:
        """How far pictures are from the nearest sample.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1].

        Returns:
            `[N]` float64, Euclidean distances of features.
        """
        return self._nearest(_features(self.reader, images).double())

    def count(self, images: Tensor) -> int:
        """Count broken pictures.

        Args:
            images: `[N, 3, H, W]`, nominal range [-1, 1].

        Returns:
            How many of them are further from every sample than `threshold`. Of the generator's own
            samples that is 1 %.
        """
        return int((self.distances(images) > self.threshold).sum())

    def _nearest(self, features: Tensor) -> Tensor:
        """Distance of each row to the nearest sample."""
        with plain_tensors():
            return torch.cdist(features, self.samples).amin(dim=1)


def sample_features(
    gan: Generator, reader: AttributeReader, count: int, progress: Progress | None = None
) -> Tensor:
    """Draw samples from seed 10000 on, without truncation, and describe them.

    Args:
        gan: The generator.
        reader: Describes its pictures.
        count: Number of samples.
        progress: Called with (done, total) samples; an exception raised from it cancels.

    Returns:
        `[count, 96]` float32.
    """
    report = progress or no_progress
    report(0, count)
    found: list[Tensor] = []
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        codes = sample_latents(gan, size, seed=FIRST_SEED + start, truncation_psi=1.0)
        found.append(_features(reader, render(gan, codes)))
        report(start + size, count)
    return torch.cat(found)


def stored_features(
    gan: Generator, reader: AttributeReader, path: Path = DEFAULT_FILE
) -> Tensor | None:
    """The described samples in a file, where it is about this generator and this reader.

    It is about a grown generator, too, where it is about the smaller one that this grew from: the
    pictures of both, averaged to the reader's size, are nearly the same.

    Args:
        gan: The generator.
        reader: Describes its pictures.
        path: What `training/described_samples.py` wrote.

    Returns:
        `[6000, 96]` float32; none where the file is missing or about another generator or reader.

    Raises:
        CheckpointError: The file is damaged.
    """
    if not path.is_file():
        return None
    tensors, metadata = read_network(path, FORMAT, "set of described samples")
    features = tensors.get("features")
    known = metadata.get("reader") == reader_fingerprint(reader)
    known = known and metadata.get("generator") in (gan.spec.fingerprint, _grown_from(gan))
    if features is None or not known or len(features) != SAMPLES + HELD_OUT:
        return None
    return features


def _grown_from(gan: Generator) -> str | None:
    """Fingerprint of the smaller generator that this one grew from, where its file names one."""
    training = gan.details.get("training")
    grown = training.get("grown_from") if isinstance(training, dict) else None
    found = grown.get("fingerprint") if isinstance(grown, dict) else None
    return found if isinstance(found, str) else None


def reader_fingerprint(reader: AttributeReader) -> str:
    """Identify a reader by its weights.

    Args:
        reader: The reader.

    Returns:
        16 hex digits.
    """
    return fingerprint(reader.network.state_dict())


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


def _features(reader: AttributeReader, images: Tensor) -> Tensor:
    """Features of pictures on the CPU, `[N, 96]`."""
    with plain_tensors():
        return reader.read(images.to(reader.mean.device))[0].to("cpu", torch.float32)
