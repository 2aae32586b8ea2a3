"""Every method in every region: candidates chosen on some faces, judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit_each
from latent_levers.core.generators.rendering import render
from latent_levers.core.measures.broken import broken_faces
from latent_levers.core.measures.change import rms_inside_outside
from latent_levers.core.measures.curves import ChangeCurve, change_curve
from latent_levers.core.measures.frechet import frechet_distance
from latent_levers.core.measures.identity import identity
from latent_levers.core.measures.leakage import inside_over_outside
from latent_levers.core.measures.pulls import Goal, equal_pulls
from latent_levers.core.measures.reports.summaries import Summary, summarise
from torch import Tensor

from .contenders import Contender, contenders
from .faces import STRIP, Faces, Part, Subject

CROWD = range(2000, 2256)
"""Seeds of the faces whose distribution before and after edits is compared."""

REFERENCE = range(10_000, 15_000)
"""Seeds of the unedited faces that they are compared with."""


@dataclass(frozen=True)
class Verdict:
    """One method in one region, on the N faces of the verdict."""

    method: str
    """Name of the method."""
    part: str
    """Name of the region."""
    levers: Directions
    """The candidates that it found, the seconds of each phase in their details."""
    index: int
    """The one that was chosen."""
    strength: float
    """Median strength at an equal change inside, as a latent distance."""
    unreached: int
    """Faces that cannot change as much as the others; they count in all medians."""
    leakage: Tensor
    """`[N]`, mean squared change inside over outside."""
    outside: Tensor
    """`[N]`, change outside in grey levels rms."""
    identity: Tensor
    """`[N]`, cosine of the features before and after."""
    broken: int
    """Faces that are no faces any more."""
    shown: Tensor
    """`[2, STRIP, 3, H, W]`, some faces before and after."""
    curve: ChangeCurve
    """Change inside and outside over the strength."""

    @property
    def summary(self) -> Summary:
        """Median of the leakage with its interval and its worst tenth."""
        return summarise(self.leakage, 0.1)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by phase in which the levers were found."""
        return dict(self.levers.details["seconds"])


def choose(subject: Subject, faces: Faces, levers: Directions, region: Region, goal: Goal) -> int:
    """Choose the most local lever.

    Args:
        subject: The generator.
        faces: The faces for choices.
        levers: The candidates.
        region: Where they shall change.
        goal: Change inside to reach.

    Returns:
        Number of the candidate with the largest median of the leakage.
    """
    if len(levers) == 1:
        return 0
    medians = [
        inside_over_outside(pulls.before, pulls.after, region).median()
        for index in range(len(levers))
        for pulls in [equal_pulls(subject.gan, faces.codes, levers, index, region, goal)]
    ]
    return int(torch.stack(medians).argmax())


def judge(subject: Subject, contender: Contender, part: Part) -> Verdict:
    """Find levers with one method for one region, choose one, judge it.

    Args:
        subject: Generator and faces.
        contender: The method.
        part: The region.

    Returns:
        The verdict.
    """
    goal = Goal(part.equal)
    levers = contender.levers(subject, part)
    index = choose(subject, subject.choose, levers, subject.choose.region(part), goal)
    region = subject.judge.region(part)
    pulls = equal_pulls(subject.gan, subject.judge.codes, levers, index, region, goal)
    return Verdict(
        contender.name,
        part.name,
        levers,
        index,
        float(pulls.strengths.abs().median()),
        int((~pulls.reached).sum()),
        inside_over_outside(pulls.before, pulls.after, region),
        rms_inside_outside(pulls.before, pulls.after, region)[1],
        identity(pulls.before, pulls.after, subject.reader.features),
        broken_faces(subject.gan, subject.reader).count(pulls.after),
        torch.stack([pulls.before[:STRIP], pulls.after[:STRIP]]),
        change_curve(pulls, lever=contender.name),
    )


def judge_part(part: Part, normals: dict[str, Directions]) -> list[Verdict]:
    """Judge all methods in one region.

    Args:
        part: The region.
        normals: From `contenders.normals`.

    Returns:
        The verdicts, in the order of `CONTENDERS`.
    """
    subject = Subject.load()
    return [judge(subject, contender, part) for contender in contenders(part, normals)]


def geometric_mean(verdicts: Sequence[Verdict], contender: str) -> float:
    """Geometric mean over the regions of a method's median leakage.

    Args:
        verdicts: All verdicts.
        contender: Name of the method.

    Returns:
        The mean.
    """
    medians = [v.summary.median for v in verdicts if v.method == contender]
    return float(torch.tensor(medians, dtype=torch.float64).log().mean().exp())


def frechet(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Frechet distances of edited faces to unedited ones, for each method over all regions.

    Args:
        verdicts: The verdicts; each pulls the crowd by the median of its strengths, every other
            face the other way.

    Returns:
        The distance of each method, and as "unedited" that of the crowd itself.
    """
    subject = Subject.load()
    reference = subject.reader.read(Faces.of(subject.gan, REFERENCE).images)[0]
    crowd = Faces.of(subject.gan, CROWD)
    features: dict[str, list[Tensor]] = {"unedited": [subject.reader.read(crowd.images)[0]]}
    for verdict in verdicts:
        signs = [1 if number % 2 else -1 for number in range(len(CROWD))]
        pulls = [verdict.strength * sign for sign in signs]
        pulled = edit_each(crowd.codes, verdict.levers, verdict.index, pulls, "distance")
        read = subject.reader.read(render(subject.gan, pulled))[0]
        features.setdefault(verdict.method, []).append(read)
    return {name: frechet_distance(torch.cat(rows), reference) for name, rows in features.items()}
