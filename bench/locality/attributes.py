"""Levers of attributes: global ones found by a score, and the names that regional ones get."""

from __future__ import annotations

from dataclasses import dataclass

import latent_levers as ll
import torch
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.edits.editing import edit_each
from latent_levers.core.generators.rendering import render
from latent_levers.core.measures.naming import lever_effect
from torch import Tensor

from .contenders import PLAIN
from .faces import GLOBAL, PARTS, Faces, Subject

SEEN = range(0, 64)
"""Seeds of the faces over which gradients of scores are averaged."""

NAMED = ("mouth", "brows", "nose", "hair")
"""Regions whose first four levers are named."""

_HALVINGS = 30
"""Steps of the search for the strength at which an attribute changes by one deviation."""

_LARGEST = 12.0
"""Largest strength of that search, in sigma."""


@dataclass(frozen=True)
class GlobalLever:
    """A lever for an attribute, found in one way."""

    name: str
    """Such as "pose"."""
    method: str
    """How it was found."""
    others: Tensor
    """`[N]`, mean absolute change of all other attributes while the wanted one changes by one
    deviation, on each face."""
    unreached: int
    """Faces on which it does not change as much."""


def _changes(subject: Subject, levers: Directions, strengths: Tensor) -> Tensor:
    """Changes of all attributes in deviations, `[N, A]`."""
    faces = subject.judge
    pulled = edit_each(faces.codes, levers, 0, strengths.tolist(), "sigma")
    before, after = (
        subject.reader.read(images)[1] for images in (faces.images, render(subject.gan, pulled))
    )
    return ((after - before) / subject.reader.deviation).double()


def entanglement(subject: Subject, levers: Directions, target: int) -> tuple[Tensor, int]:
    """What else changes while an attribute changes by one deviation.

    Each face is pulled the way that has more room: towards the mean of the attribute.

    Args:
        subject: Generator and faces.
        levers: One direction, positive towards more of the attribute.
        target: Number of the attribute.

    Returns:
        `[N]` mean absolute changes of the others, and the number of faces on which the attribute
        does not change by one deviation.
    """
    reader, count = subject.reader, len(subject.judge.codes)
    values = reader.read(subject.judge.images)[1][:, target]
    way = torch.where(values < reader.mean[target], 1.0, -1.0).double()
    low, high = torch.zeros(count).double(), torch.full((count,), _LARGEST).double()
    most = (_changes(subject, levers, way * high)[:, target] * way) < 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        less = _changes(subject, levers, way * middle)[:, target] * way < 1.0
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    changes = _changes(subject, levers, way * high).abs()
    rest = [column for column in range(changes.shape[1]) if column != target]
    return changes[:, rest].mean(dim=1), int(most.sum())


def global_levers(normals: dict[str, Directions]) -> list[GlobalLever]:
    """Judge levers of pose, light and age by a score, and as normals of boundaries.

    Args:
        normals: From `contenders.normals`.

    Returns:
        Two per attribute.
    """
    subject = Subject.load()
    gan, reader = subject.gan, subject.reader
    seen = Faces.of(gan, SEEN)
    found: list[GlobalLever] = []
    for name, attribute in GLOBAL.items():
        target = reader.index(attribute)
        by_score = ll.score_lever(gan, seen.codes, reader.scores, target, name=name)
        normal = normals[attribute]
        for method, levers in (("score", by_score), ("logistic normal", normal)):
            others, unreached = entanglement(subject, levers, target)
            found.append(GlobalLever(name, method, others, unreached))
    return found


@dataclass(frozen=True)
class NamedLever:
    """What one lever is called, and whether other faces agree."""

    part: str
    """The region."""
    index: int
    """Number of the lever."""
    name: str
    """Its name; empty where it has none."""
    found: float
    """Share of the faces for choices on which the attribute changes the same way."""
    agrees: float
    """Share of the faces of the verdict on which + means more of it; NaN without a name."""


def named_levers() -> list[NamedLever]:
    """Name the levers of some regions on the faces for choices, and check on those of the verdict.

    Returns:
        Four levers a region, and the first of the eyes.
    """
    subject = Subject.load()
    found: list[NamedLever] = []
    for part in PARTS:
        if part.name not in (*NAMED, "eyes"):
            continue
        levers = PLAIN.find(subject, part)
        named = ll.name_levers(subject.gan, levers, subject.choose.codes, subject.reader)
        for index in range(len(named) if part.name in NAMED else 1):
            facts = named.details["naming"][index]
            agrees = float("nan")
            if facts["named"]:
                effect = lever_effect(
                    subject.gan, named, index, subject.judge.codes, subject.reader
                )
                column = subject.reader.index(facts["attribute"])
                agrees = float((effect.shifts[:, column] > 0).double().mean())
            name = named.names[index] if named.names else ""
            found.append(NamedLever(part.name, index, name, facts["agreement"], agrees))
    return found
