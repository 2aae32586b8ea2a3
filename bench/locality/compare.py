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
from latent_levers.core.measures.effects import Effects, effects_of
from latent_levers.core.measures.frechet import frechet_distance
from latent_levers.core.measures.identity import identity
from latent_levers.core.measures.leakage import inside_over_outside
from latent_levers.core.measures.pulls import Goal, Pulls, equal_pulls
from latent_levers.core.measures.summaries import Summary, summarise
from torch import Tensor

from .contenders import CONTENDERS, Contender
from .faces import PARTS, Faces, Part, Say, Subject

CROWD = range(2000, 2256)
"""Seeds of the faces whose distribution before and after edits is compared."""

REFERENCE = range(10_000, 15_000)
"""Seeds of the unedited faces that they are compared with."""


@dataclass(frozen=True)
class Verdict:
    """One method in one region, on the faces of the verdict."""

    contender: Contender
    """The method."""
    part: Part
    """The region."""
    levers: Directions
    """The candidates that it found."""
    index: int
    """The one that was chosen."""
    pulls: Pulls
    """It at an equal change inside."""
    leakage: Tensor
    """`[N]`, mean squared change inside over outside."""
    outside: Tensor
    """`[N]`, change outside in grey levels rms."""
    identity: Tensor
    """`[N]`, cosine of the features before and after."""
    broken: int
    """Faces that are no faces any more."""
    effects: Effects
    """Changes of all attributes."""

    @property
    def unreached(self) -> int:
        """Faces that cannot change as much as the others; they are counted in all medians."""
        return int((~self.pulls.reached).sum())

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


def judge_part(subject: Subject, contender: Contender, part: Part) -> Verdict:
    """Find, choose, judge.

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
    inside_outside = rms_inside_outside(pulls.before, pulls.after, region)
    return Verdict(
        contender,
        part,
        levers,
        index,
        pulls,
        inside_over_outside(pulls.before, pulls.after, region),
        inside_outside[1],
        identity(pulls.before, pulls.after, subject.reader.features),
        broken_faces(subject.gan, subject.reader).count(pulls.after),
        effects_of(subject.reader, pulls),
    )


def compare(subject: Subject, say: Say) -> list[Verdict]:
    """Judge all methods in all regions.

    Args:
        subject: Generator and faces.
        say: Prints progress.

    Returns:
        The verdicts, region by region.
    """
    found: list[Verdict] = []
    for part in PARTS:
        for contender in CONTENDERS:
            verdict = judge_part(subject, contender, part)
            say(f"{part.name}, {contender.name}: {verdict.summary.median:.3g}")
            found.append(verdict)
    return found


def geometric_mean(verdicts: Sequence[Verdict], contender: str) -> float:
    """Geometric mean over the regions of a method's median leakage.

    Args:
        verdicts: All verdicts.
        contender: Name of the method.

    Returns:
        The mean.
    """
    medians = [v.summary.median for v in verdicts if v.contender.name == contender]
    return float(torch.tensor(medians, dtype=torch.float64).log().mean().exp())


def frechet(subject: Subject, verdicts: Sequence[Verdict], features: Tensor) -> float:
    """Frechet distance of edited faces to unedited ones, for one method over all regions.

    Args:
        subject: The generator.
        verdicts: The verdicts of one method; each pulls the crowd by the median of its strengths,
            every other face the other way.
        features: `[M, F]`, of the unedited faces of `REFERENCE`.

    Returns:
        The distance, at least 0.
    """
    crowd = Faces.of(subject.gan, CROWD)
    rows: list[Tensor] = []
    for verdict in verdicts:
        strength = float(verdict.pulls.strengths.abs().median())
        pulls = [strength if number % 2 else -strength for number in range(len(CROWD))]
        pulled = edit_each(crowd.codes, verdict.levers, verdict.index, pulls, "distance")
        rows.append(subject.reader.read(render(subject.gan, pulled))[0])
    return frechet_distance(torch.cat(rows), features)


def unedited(subject: Subject) -> tuple[Tensor, float]:
    """Features of unedited faces, and the distance that as many other unedited faces have.

    Args:
        subject: The generator.

    Returns:
        Features `[M, F]`, and what `frechet` would give for levers that change nothing.
    """
    reference = subject.reader.read(Faces.of(subject.gan, REFERENCE).images)[0]
    crowd = subject.reader.read(Faces.of(subject.gan, CROWD).images)[0]
    return reference, frechet_distance(crowd, reference)


def first_lever_faces(verdicts: Sequence[Verdict], rows: Sequence[int]) -> Tensor:
    """Some faces as each method changes them, for a strip.

    Args:
        verdicts: Of one region.
        rows: Numbers of faces.

    Returns:
        `[(1 + methods) * faces, 3, H, W]`: first the faces themselves.
    """
    picked = list(rows)
    return torch.cat([verdicts[0].pulls.before[picked], *(v.pulls.after[picked] for v in verdicts)])
