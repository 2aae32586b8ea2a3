"""Rank levers by how much they change a score: an attribute, a pair's change, a text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError, LatentError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..levers.scores import Score, score_deviations, scores_of
from .editing import edit


@dataclass(frozen=True)
class RankedLever:
    """What one lever does to a score."""

    index: int
    """Number of the lever among those that were ranked."""
    change: float
    """Mean change of the score from one end of the pull to the other, per unit of strength, in
    deviations of the score over random codes; negative where the lever lowers it."""
    share: float
    """Share of the score in all that the lever changes, from 0 to 1: the median over codes of
    `|change| / sqrt(sum of squared changes of all scores)`; 1 where there is one score."""
    agreement: float
    """Share of codes at which the change has the sign of the mean, from 0 to 1."""


def rank_levers(
    gan: Generator,
    levers: Directions,
    codes: LatentCode,
    score: Score,
    target: int = 0,
    *,
    strength: float = 1.0,
    unit: str = "sigma",
    deviations: Tensor | None = None,
    progress: Progress | None = None,
) -> list[RankedLever]:
    """Rank levers by their effect on a score; the score need not be differentiable.

    Args:
        gan: The generator.
        levers: K levers that act on the codes.
        codes: N codes; eight or more show whether the effect is the same for all.
        score: From images `[N, C, H, W]`, nominal range [-1, 1], on the generator's device, to
            `[N]` or `[N, A]`.
        target: Column by which they are ranked, from 0.
        strength: Each lever is pulled to this strength and to its negative, above 0.
        unit: "sigma" or "distance", as for `edit`.
        deviations: `[A]`, unit of each score, 0 for one to ignore; none means their standard
            deviations over 256 random codes.
        progress: Called with (done, total) levers; may raise to cancel.

    Returns:
        One entry per lever, the largest share first where there are several scores, else the
        largest change.

    Raises:
        DirectionsError: The levers do not fit, the strength is not above 0, or there is no such
            target.
        LatentError: There are no codes, or they cannot take the levers.
        SolveError: The score returns something else, or is the same for all random images.
    """
    if not 0 < strength < float("inf"):
        raise DirectionsError(f"strength is {strength}", "a number above 0")
    if not len(codes):
        raise LatentError("No latent codes were given", "at least one")
    gan.check(codes)
    units = score_deviations(gan, score, codes) if deviations is None else deviations
    units = units.detach().to("cpu", torch.float64)
    if not 0 <= target < len(units) or not float(units[target]) > 0:
        raise DirectionsError(
            f"Score {target} of {len(units)} was asked for, by which random images do not differ"
            if 0 <= target < len(units)
            else f"Score {target} was asked for",
            "a score that differs from image to image",
        )
    report = progress or no_progress
    moving = units > 0
    column = int(moving[:target].sum())
    found: list[RankedLever] = []
    for index in range(len(levers)):
        ends = [edit(codes, levers, index, sign * strength, unit) for sign in (1.0, -1.0)]
        scores = scores_of(gan, concatenate(ends), score)
        if scores.shape[1] != len(units):
            raise DirectionsError(
                f"{len(units)} deviations belong to {scores.shape[1]} scores", "one per score"
            )
        up, down = (scores[:, moving] / units[moving]).split(len(codes))
        change = (up - down) / (2 * strength)  # [N, A]
        wanted = change[:, column]
        total = change.norm(dim=1).clamp_min(1e-12)
        mean = float(wanted.mean())
        agreeing = (wanted.sign() == (1.0 if mean >= 0 else -1.0)).to(torch.float64)
        share = float((wanted.abs() / total).median())
        found.append(RankedLever(index, mean, share, float(agreeing.mean())))
        report(index + 1, len(levers))
    several = int(moving.sum()) > 1
    return sorted(found, key=lambda lever: -(lever.share if several else abs(lever.change)))


def ranked(levers: Directions, ranking: list[RankedLever]) -> Directions:
    """Levers in the order of a ranking, turned so that a positive strength raises the score.

    Args:
        levers: The levers.
        ranking: What `rank_levers` returned for them.

    Returns:
        The same levers, best first; without thumbnails and ranges, whose ends would be swapped.
    """
    chosen = levers.select([entry.index for entry in ranking])
    signs = torch.tensor([-1.0 if entry.change < 0 else 1.0 for entry in ranking])
    vectors = chosen.vectors * signs[:, None].to(chosen.vectors)
    names = tuple(levers.label(entry.index) for entry in ranking)
    return replace(chosen, vectors=vectors, names=names, thumbnails=None, ranges=None)


def ranking_text(levers: Directions, ranking: list[RankedLever], name: str) -> str:
    """A ranking as lines of text.

    Args:
        levers: The levers that were ranked.
        ranking: What `rank_levers` returned for them.
        name: What they were ranked by.

    Returns:
        A heading and one line per lever.
    """
    lines = [f"Levers by how much they change {name}, in its deviations per sigma:"]
    lines += [
        f"{levers.label(entry.index)}: {entry.change:+.3f}, {entry.share:.0%} of all that it "
        f"changes, with one sign on {entry.agreement:.0%} of the images"
        for entry in ranking
    ]
    return "\n".join(lines)
