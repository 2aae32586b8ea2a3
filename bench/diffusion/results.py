"""What is measured of each picture; `measure` is one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from latent_levers.core.concepts.region import Region
from latent_levers.core.measures.attribute_network import AttributeReader, bundled_reader
from torch import Tensor

from .contenders import BOX, CONTENDERS, JUDGED_EACH, LEVERS, SEARCHED, Found
from .pulling import EQUAL, SIGNS, Ends, pull
from .subject import (
    MOMENTS,
    MOUTH,
    PARTS,
    Moment,
    Part,
    latent_weight,
    model_of,
    reach_moment,
    region_of,
)

READABLE = 0.5
"""Least R^2 on renders of the attributes that count; the network hardly reads the others."""

MOVED = 1.0
"""Deviations by which a lever of the rule moves an attribute of the mouth."""


@dataclass(frozen=True)
class Shift:
    """How the attributes moved, in deviations over the renders."""

    attribute: str
    """The one of the region that moved most."""
    own: float
    """By how much, absolute."""
    others: float
    """The most that an attribute outside of the region moved, absolute."""
    others_mean: float
    """Mean of those, absolute."""
    worst: str
    """The one outside of the region that moved most."""


@dataclass(frozen=True)
class Pull:
    """One direction pulled one way."""

    seed: int
    """Of the picture."""
    at: float
    """Share of the steps before."""
    part: str
    """The region."""
    method: str
    """The contender."""
    index: int
    """Number of the direction, from 0."""
    sign: float
    """The way."""
    inside: float
    """Change inside, in grey levels."""
    outside: float
    """Change outside, in grey levels."""
    length: float
    """Norm of the move over that of x."""
    reached: bool
    """Whether it was pulled as far as asked."""
    shift: Shift
    """Of the attributes."""

    @property
    def equal_outside(self) -> float:
        """Change outside at a change of `EQUAL` inside.

        On the line from the picture as it is to this one: at most 2% away where it was reached.
        """
        return self.outside * EQUAL / self.inside if self.inside > 0 else float("inf")


@dataclass(frozen=True)
class Search:
    """What a search cost."""

    seed: int
    """Of the picture."""
    at: float
    """Share of the steps before."""
    part: str
    """The region."""
    method: str
    """The contender."""
    forwards: int
    """Evaluations of the network."""
    backwards: int
    """Reverse passes."""
    seconds: float
    """On the clock; the one thing that differs from run to run."""


@dataclass(frozen=True)
class Measured:
    """Of one picture, or of many."""

    equal: Sequence[Pull]
    """Pulled until the region had changed by `EQUAL`."""
    mouth: Sequence[Pull]
    """The first levers of the mouth, and noise in the box, pulled until one of its attributes had
    moved by `MOVED`."""
    searches: Sequence[Search]
    """The costs."""


def measure(path: Path, seed: int, moments: Sequence[float] = MOMENTS) -> Measured:
    """Measure one picture at all steps, in all regions that it shows.

    Args:
        path: File of the model.
        seed: Of the picture.
        moments: Shares of the steps before x is moved.

    Returns:
        What was measured.
    """
    model, reader = model_of(path), bundled_reader()
    parts: list[Measured] = []
    for at in moments:
        moment = reach_moment(model, seed, at)
        picture = moment.before()
        for part in PARTS:
            region = region_of(model, part, picture)
            if region is not None:
                parts.append(measure_part(moment, part, region, reader))
    return merged(parts)


def measure_part(moment: Moment, part: Part, region: Region, reader: AttributeReader) -> Measured:
    """Measure one picture at one step in one region.

    Args:
        moment: The picture and the step.
        part: The region.
        region: Where it is, in pixels.
        reader: Reads attributes.

    Returns:
        What was measured.
    """
    weight = latent_weight(region)
    found = {name: find(moment, weight) for name, find in CONTENDERS.items()}
    vectors = torch.cat([each.vectors[:JUDGED_EACH] for each in found.values()])
    names = [name for name, each in found.items() for _ in each.vectors[:JUDGED_EACH]]
    ends = pull(moment, vectors, region)
    equal = _rows(moment, part, names, ends, reader)
    mouth: list[Pull] = []
    if part is MOUTH:
        mouth = _mouth(moment, region, found, reader)
    here = (moment.seed, moment.at, part.name)
    searches = [
        Search(*here, name, each.cost.forwards, each.cost.backwards, each.seconds)
        for name, each in found.items()
        if each.cost.forwards
    ]
    return Measured(equal, mouth, searches)


def _mouth(
    moment: Moment, region: Region, found: Mapping[str, Found], reader: AttributeReader
) -> list[Pull]:
    """Levers and noise, pulled until an attribute of the mouth has moved."""
    levers, noise = found[LEVERS].vectors[:SEARCHED], found[BOX].vectors
    names = [LEVERS] * len(levers) + [BOX] * len(noise)
    before = reader.scores(moment.before())
    own, _ = columns(reader, MOUTH)

    def most(pictures: Tensor) -> Tensor:
        with torch.no_grad():
            return (reader.scores(pictures) - before)[:, own].abs().amax(dim=1)

    # A pull ends within 1% of its target, and "at least" is asked for.
    ends = pull(moment, torch.cat([levers, noise]), region, 1.01 * MOVED, most)
    return _rows(moment, MOUTH, names, ends, reader)


def _rows(
    moment: Moment, part: Part, names: Sequence[str], ends: Ends, reader: AttributeReader
) -> list[Pull]:
    """The pulls of K directions of some contenders as rows."""
    with torch.no_grad():
        shifts = reader.scores(ends.images) - reader.scores(moment.before())
    found: list[Pull] = []
    for row in range(len(ends.images)):
        number, way = divmod(row, len(SIGNS))
        index = number - names.index(names[number])
        found.append(
            Pull(
                moment.seed,
                moment.at,
                part.name,
                names[number],
                index,
                SIGNS[way],
                float(ends.inside[row]),
                float(ends.outside[row]),
                float(ends.lengths[row]),
                bool(ends.reached[row]),
                shift_of(shifts[row], part, reader),
            )
        )
    return found


def columns(reader: AttributeReader, part: Part) -> tuple[list[int], list[int]]:
    """Readable attributes of a part, and all other readable ones.

    Args:
        reader: Reads attributes.
        part: The part.

    Returns:
        Columns of both.
    """
    readable = [i for i, name in enumerate(reader.names) if reader.r2[name] >= READABLE]
    own = [i for i in readable if part.owns(reader.names[i])]
    return own, [i for i in readable if i not in own]


def shift_of(shifts: Tensor, part: Part, reader: AttributeReader) -> Shift:
    """Sum up how attributes moved.

    Args:
        shifts: `[A]`, in deviations.
        part: The region.
        reader: Which names them.

    Returns:
        The summary.
    """
    own, others = columns(reader, part)
    mine, rest = shifts[own].abs(), shifts[others].abs()
    best, worst = own[int(mine.argmax())], others[int(rest.argmax())]
    names = reader.names
    return Shift(
        names[best], float(mine.max()), float(rest.max()), float(rest.mean()), names[worst]
    )


def merged(parts: Sequence[Measured]) -> Measured:
    """All of some as one.

    Args:
        parts: The parts.

    Returns:
        Their rows, in order.
    """
    return Measured(
        [row for part in parts for row in part.equal],
        [row for part in parts for row in part.mouth],
        [row for part in parts for row in part.searches],
    )
