"""Plain pulls beside held ones, at the change that the drawn original makes naturally."""

from __future__ import annotations

from dataclasses import dataclass

import latent_levers as ll
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.latent_code import LatentCode
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit_each
from latent_levers.core.edits.holding.request import HoldRequest
from latent_levers.core.edits.holding.strides import Pull, Pulled, hold_pulls
from latent_levers.core.generators.rendering import render
from latent_levers.core.measures.broken import broken_faces
from latent_levers.core.measures.change import rms_inside_outside
from latent_levers.core.measures.pulls import Goal, equal_pulls
from torch import Tensor

from .contenders import PLAIN
from .faces import PARTS, TWIN, Part, Subject

FARTHER = 3.0
"""Multiple of the natural strength at which holding is judged too."""


@dataclass(frozen=True)
class Change:
    """What one kind of pull changes, on the N faces of the verdict."""

    images: Tensor
    """`[N, 3, H, W]`, the changed images."""
    inside: Tensor
    """`[N]`, change inside in grey levels rms."""
    outside: Tensor
    """`[N]`, change outside in grey levels rms."""
    attributes: Tensor
    """`[N, A]`, changes of the attributes in deviations over portraits."""
    broken: int
    """Faces that are no faces any more."""


@dataclass(frozen=True)
class Held:
    """A lever in one region, plain and held."""

    part: Part
    """The region."""
    before: Tensor
    """`[N, 3, H, W]`, the faces."""
    unreached: int
    """Faces that cannot change as much as the others."""
    plain: Change
    """At the natural change inside."""
    held: Change
    """The same pulls, then held."""
    far_plain: Change
    """At three times the strength."""
    far_held: Change
    """At three times the strength, in strides with a hold after each."""
    attribute: int
    """Number of the attribute of the part that the plain pull changes most."""
    attribute_name: str
    """Its name."""

    @property
    def ratio(self) -> float:
        """Median mean squared change outside, held over plain."""
        return _ratio(self.held, self.plain)

    @property
    def far_ratio(self) -> float:
        """The same at three times the strength."""
        return _ratio(self.far_held, self.far_plain)

    @property
    def kept_effect(self) -> float:
        """Mean change of the main attribute, held over plain, each signed as the plain pull's."""
        before, after = (c.attributes[:, self.attribute] for c in (self.plain, self.held))
        return float((after * before.sign()).mean() / before.abs().mean())


def _ratio(held: Change, plain: Change) -> float:
    """Ratio of the medians of the mean squared changes outside."""
    return float(held.outside.square().quantile(0.5) / plain.outside.square().quantile(0.5))


def change_of(subject: Subject, region: Region, before: Tensor, after: Tensor) -> Change:
    """Measure a change.

    Args:
        subject: The generator.
        region: The region.
        before: `[N, 3, H, W]`.
        after: `[N, 3, H, W]`.

    Returns:
        The change.
    """
    inside, outside = rms_inside_outside(before, after, region)
    read = [subject.reader.read(images)[1] for images in (before, after)]
    attributes = (read[1] - read[0]) / subject.reader.deviation
    broken = broken_faces(subject.gan, subject.reader).count(after)
    return Change(after, inside, outside, attributes.double(), broken)


def hold_part(part: Part) -> Held:
    """Judge holding in one region.

    Args:
        part: The region.

    Returns:
        Plain and held pulls of the plain method's first lever.
    """
    subject = Subject.load()
    gan, codes = subject.gan, subject.judge.codes
    levers, region = PLAIN.levers(subject, part), subject.judge.region(part)
    pulls = equal_pulls(gan, codes, levers, 0, region, Goal(part.natural))
    far = (FARTHER * pulls.strengths).tolist()
    results = (
        pulls.pulled,
        ll.hold(gan, codes, pulls.pulled, region),
        edit_each(codes, levers, 0, far, "distance"),
        _held_far(subject, levers, far, region),
    )
    plain, held, far_plain, far_held = (
        change_of(subject, region, pulls.before, render(gan, each)) for each in results
    )
    own = [subject.reader.index(name) for name in part.attributes]
    main = max(own, key=lambda column: float(plain.attributes[:, column].abs().mean()))
    unreached = int((~pulls.reached).sum())
    name = subject.reader.names[main]
    return Held(part, pulls.before, unreached, plain, held, far_plain, far_held, main, name)


def _held_far(
    subject: Subject, levers: Directions, strengths: list[float], region: Region
) -> LatentCode:
    """Pull each face in strides with a hold after each."""
    codes = subject.judge.codes

    def pull(strength: float) -> Pull:
        return lambda code, share: ll.edit(code, levers, 0, share * strength, "distance")

    pulls = [Pulled(codes[row], pull(strength)) for row, strength in enumerate(strengths)]
    return hold_pulls(HoldRequest(subject.gan, region), pulls)


@dataclass(frozen=True)
class Wink:
    """One eye closed, plain and held."""

    before: Tensor
    """`[N, 3, H, W]`, the faces."""
    plain: Change
    """One eye closed by the lever alone."""
    held: Change
    """The same pulls, then held."""
    own: int
    """Number of the attribute of the eye that closes."""
    other: int
    """Number of the attribute of the other eye."""
    twin: tuple[Tensor, Tensor]
    """`[N]`, changes in the other eye's box in grey levels rms: plain, held."""


def wink() -> Wink:
    """Close one eye of every face, and look at the other.

    Returns:
        The result.
    """
    subject = Subject.load()
    part = next(part for part in PARTS if part.box == "left_eye")
    own, other = (subject.reader.index(f"{eye}_openness") for eye in ("left_eye", "right_eye"))
    levers = PLAIN.levers(subject, part)
    trial, faces = subject.choose, subject.judge
    forwards = equal_pulls(
        subject.gan, trial.codes, levers, 0, trial.region(part), Goal(part.natural, "forwards")
    )
    seen = change_of(subject, trial.region(part), forwards.before, forwards.after)
    closes = "forwards" if float(seen.attributes[:, own].quantile(0.5)) < 0 else "backwards"
    region = faces.region(part)
    pulls = equal_pulls(subject.gan, faces.codes, levers, 0, region, Goal(part.natural, closes))
    after = render(subject.gan, ll.hold(subject.gan, pulls.codes, pulls.pulled, region))
    plain, held = (
        change_of(subject, region, pulls.before, images) for images in (pulls.after, after)
    )
    box = faces.box(TWIN)
    twin = (
        rms_inside_outside(pulls.before, pulls.after, box)[0],
        rms_inside_outside(pulls.before, after, box)[0],
    )
    return Wink(pulls.before, plain, held, own, other, twin)
