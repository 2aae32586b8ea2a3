"""Judge levers side by side, at an equal change inside a region, on the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...base.progress import Progress, no_progress
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode
from ...concepts.region import Region
from ...edits.strength import VISIBLE_CHANGE
from .. import MEASURES
from ..curves import FACTORS, ChangeCurve, change_curve
from ..pulls import SIGNS, Goal, equal_pulls
from .measure import AbstractMeasure, Value
from .summaries import Summary
from .table import MeasureRow, MeasureTable, in_digits

_ALWAYS = ("reached", "change", "leakage")
"""Measures that every table holds."""

_PARTS = 100
"""Steps of the progress of one lever."""

_SEARCH = 70
"""Those of them that the search for strengths takes."""


@dataclass(frozen=True)
class Candidate:
    """A lever to judge."""

    levers: Directions
    """The directions."""
    index: int = 0
    """Number of the lever."""
    name: str = ""
    """Its name in tables; empty means its label."""

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.name or self.levers.label(self.index)


@dataclass(frozen=True)
class EditReport:
    """How levers compare."""

    table: MeasureTable
    """A row per lever."""
    curves: tuple[ChangeCurve, ...]
    """Change over the strength, one per lever."""
    goal: Goal
    """The change inside that all levers reach."""
    region: str
    """Name of the region."""
    images: int
    """Number of images."""

    @property
    def title(self) -> str:
        """What was compared, as a heading."""
        change = in_digits(self.goal.target)
        return f"{self.region}: {change} grey levels rms inside, {self.images} images"

    def to_markdown(self) -> str:
        """The table with its title.

        Returns:
            Text in Markdown.
        """
        return f"**{self.title}**\n\n{self.table.to_markdown()}"

    def sentences(self) -> list[str]:
        """What the table says first, one sentence per lever.

        Returns:
            Such as "mouth 0: 2.4 grey levels outside at 32 inside (median), 9.1 on the worst
            tenth; inside over outside 199."
        """
        lines: list[str] = []
        for row in self.table.rows:
            outside, ratio = row.cells["rms_outside"], row.cells["inside_over_outside"]
            assert isinstance(outside, Summary)
            assert isinstance(ratio, Summary)
            words = (
                f"{row.lever}: {in_digits(outside.median)} grey levels outside at "
                f"{in_digits(self.goal.target)} inside (median), above {in_digits(outside.tail)} "
                f"on a tenth of the images; inside over outside {in_digits(ratio.median)}"
            )
            missed = row.cells["unreached"]
            if isinstance(missed, float) and missed:
                words += f"; {missed:.0f} of {self.images} images never change that much"
            lines.append(f"{words}.")
        return lines


def measures_that(costly: bool) -> list[AbstractMeasure]:
    """All measures.

    Args:
        costly: Whether those that take long are among them.

    Returns:
        In the order of the columns.
    """
    return [each for each in MEASURES if costly or not each.costly]


def judge(
    gan: Generator,
    codes: LatentCode,
    candidates: Sequence[Candidate],
    region: Region,
    goal: Goal | None = None,
    measures: Sequence[AbstractMeasure] | None = None,
    progress: Progress | None = None,
) -> EditReport:
    """Pull each lever until every image has changed equally inside, and measure the rest.

    Args:
        gan: The generator.
        codes: N codes, other ones than those that the levers were found with.
        candidates: The levers.
        region: Where the images shall change; one region, or one per code.
        goal: Change and sign; none means `Goal()`.
        measures: What is measured besides strength, change and leakage, which every table holds;
            none means all of `MEASURES` that apply to the generator and are not costly.
        progress: Called with (steps done, steps); an exception raised from it cancels.

    Returns:
        The report.

    Raises:
        PackError: There is no lever, or a lever, the region or the codes do not fit.
    """
    goal, report = goal or Goal(), progress or no_progress
    chosen = measures_that(costly=False) if measures is None else measures
    asked = [each.id for each in chosen]
    known = [*MEASURES, *(each for each in chosen if each.id not in MEASURES.ids)]
    used = [each for each in known if each.id in (*_ALWAYS, *asked) and each.applies(gan)]
    figures = tuple(figure for measure in used for figure in measure.figures)
    for measure in used:
        measure.prepare(gan, report)
    rows: list[MeasureRow] = []
    curves: list[ChangeCurve] = []
    total = _PARTS * len(candidates)
    for number, (candidate, name) in enumerate(zip(candidates, _names(candidates), strict=True)):
        start = number * _PARTS

        def searched(done: int, count: int, start: int = start) -> None:
            report(start + _SEARCH * done // max(count, 1), total)

        def drawn(done: int, count: int, start: int = start + _SEARCH) -> None:
            report(start + (_PARTS - _SEARCH) * done // max(count, 1), total)

        pulls = equal_pulls(gan, codes, candidate.levers, candidate.index, region, goal, searched)
        values: dict[str, Value] = {}
        for measure in used:
            values.update(measure.measure(pulls))
        rows.append(MeasureRow.of(name, values, figures))
        curves.append(change_curve(pulls, FACTORS, name, drawn))
    table = MeasureTable(figures, tuple(rows))
    return EditReport(table, tuple(curves), goal, region.name, len(codes))


def edit_report(
    gan: Generator,
    codes: LatentCode,
    levers: Directions | Mapping[str, Directions],
    region: Region,
    *,
    index: int | Sequence[int] = 0,
    target: float = VISIBLE_CHANGE,
    sign: str = SIGNS[0],
    broken: bool = False,
    progress: Progress | None = None,
) -> EditReport:
    """How local and how strong levers are, at an equal change inside a region.

    Each lever is pulled on each image until the region has changed by the target; what changes
    outside then compares levers of any method.

    Args:
        gan: The generator.
        codes: N codes, other ones than those that the levers were found with.
        levers: The directions, or several by name.
        region: Where the images shall change; one region, or one per code, in their size.
        index: Number of the lever, or several, of all directions.
        target: Root mean square change inside to reach, in grey levels of 255.
        sign: "forwards", "backwards", or "easier": per image the way with the smaller strength.
        broken: Whether to count broken faces, too, on generators of the bundled portraits; half a
            minute on a CPU, once.
        progress: Called with (steps done, steps); an exception raised from it cancels.

    Returns:
        A table (`to_markdown()`, `table.to_csv()`) with medians, tails and 95% intervals, and
        curves of the change over the strength. Images that never change by the target are counted
        as `unreached` and stay in all medians, at the largest strength.

    Raises:
        RegionError: The region does not fit, or is the whole image.
        DirectionsError: A lever does not exist or does not fit.
        PackError: The target or the sign is out of range.
    """
    several = levers if isinstance(levers, Mapping) else {"": levers}
    numbers = [index] if isinstance(index, int) else list(index)
    candidates = [
        Candidate(each, number, f"{name} {number}" if name else "")
        for name, each in several.items()
        for number in numbers
    ]
    goal, measures = Goal(target, sign), measures_that(costly=broken)
    return judge(gan, codes, candidates, region, goal, measures, progress)


def _names(candidates: Sequence[Candidate]) -> list[str]:
    """Names of levers that differ from each other."""
    names: list[str] = []
    for candidate in candidates:
        name, number = candidate.label, 2
        while name in names:
            name, number = f"{candidate.label} ({number})", number + 1
        names.append(name)
    return names
