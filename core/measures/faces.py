"""What remains of a face: identity, broken faces, and the distance of the sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from ..base.progress import Progress
from ..concepts.generator import Generator
from .attribute_network import reader_for
from .broken import broken_faces
from .frechet import frechet_distance
from .identity import identity
from .pulls import Pulls
from .reports.measure import AbstractMeasure, Figure, Value

_ENOUGH = 64
"""Fewest images whose Frechet distance is worth a column; of fewer, chance decides."""


class FaceMeasure(AbstractMeasure):
    """Identity and Frechet distance of drawn portraits, in features of the attribute network."""

    id = "faces"
    title = "faces"
    figures = (
        Figure(
            "identity",
            "identity",
            "cosine of the attribute network's features before and after; 1 is the same face, "
            "more is better",
            tail_at=0.1,
        ),
        Figure(
            "frechet",
            "Frechet distance",
            f"between the images before and after, in the same features; from {_ENOUGH} images "
            "on; less is better",
        ),
    )

    def applies(self, gan: Generator) -> bool:
        """See `AbstractMeasure.applies`: the attribute network knows the bundled portraits."""
        return reader_for(gan) is not None

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        reader = reader_for(pulls.gan)
        if reader is None:
            return {}
        found: dict[str, Value] = {"identity": identity(pulls.before, pulls.after, reader.features)}
        if len(pulls) >= _ENOUGH:
            before, after = (reader.read(images)[0] for images in (pulls.before, pulls.after))
            found["frechet"] = frechet_distance(before, after)
        return found


class BrokenMeasure(AbstractMeasure):
    """Faces that are further from every sample than samples are."""

    id = "broken"
    title = "broken faces"
    costly = True
    figures = (
        Figure(
            "broken",
            "broken faces",
            "faces whose features are further from 5,000 samples than those of 99% of samples; "
            "less is better",
        ),
        Figure("broken_before", "broken before", "the same before the pull", in_files_only=True),
    )

    def applies(self, gan: Generator) -> bool:
        """See `AbstractMeasure.applies`: the attribute network knows the bundled portraits."""
        return reader_for(gan) is not None

    def prepare(self, gan: Generator, progress: Progress) -> None:
        """See `AbstractMeasure.prepare`: draws the samples."""
        reader = reader_for(gan)
        if reader is not None:
            broken_faces(gan, reader, progress)

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        reader = reader_for(pulls.gan)
        if reader is None:
            return {}
        samples = broken_faces(pulls.gan, reader)
        return {
            "broken": float(samples.count(pulls.after)),
            "broken_before": float(samples.count(pulls.before)),
        }


class FaceNetworkMeasure(AbstractMeasure):
    """Identity by a user's own network of faces, such as ArcFace.

    Args:
        features: From images to features, from `identity.face_features`.
        name: Of the network, for tables.
    """

    id = "face_network"
    title = "identity by a network of faces"

    def __init__(self, features: Callable[[Tensor], Tensor], name: str) -> None:
        self._features = features
        meaning = f"cosine of the features of {name} before and after; more is better"
        self.figures = (Figure("face_identity", "face identity", meaning, tail_at=0.1),)

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        return {"face_identity": identity(pulls.before, pulls.after, self._features)}
