"""What the page is judged by, each bar with the figure that was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from .compare import geometric_mean
from .faces import PARTS
from .holding import Held
from .results import Results


@dataclass(frozen=True)
class Bar:
    """One bound."""

    what: str
    """What is measured."""
    asked: str
    """The bound in words."""
    measured: str
    """The figure."""
    holds: bool
    """Whether it is within the bound."""


def _least(what: str, bound: float, value: float) -> Bar:
    """At least."""
    return Bar(what, f"at least {bound:g}", f"{value:.3g}", value >= bound)


def _most(what: str, bound: float, value: float) -> Bar:
    """At most."""
    return Bar(what, f"at most {bound:g}", f"{value:.3g}", value <= bound)


def bars_of(results: Results) -> list[Bar]:
    """Compare the results with all bounds.

    Args:
        results: Of all tasks.

    Returns:
        One bar per bound.
    """
    return [*_methods(results), *_holding(results), *_wink(results), *_attributes(results)]


def _methods(results: Results) -> Iterator[Bar]:
    """ReSeFa against the others, as ratios of geometric means over the regions."""
    means = {v.method: geometric_mean(results.verdicts, v.method) for v in results.verdicts}
    for mine, factors in (
        ("ReSeFa W", {"LowRankGAN": 2.0, "StyleSpace": 1.6, "SeFa": 5.0}),
        ("ReSeFa W+ standard", {"LowRankGAN": 3.0, "StyleSpace": 2.5, "SeFa": 10.0}),
    ):
        for other, factor in factors.items():
            yield _least(f"{mine} / {other}, geometric means", factor, means[mine] / means[other])
    for part in PARTS:
        plain, plus = (
            v.summary.median
            for name in ("ReSeFa W", "ReSeFa W+ standard")
            for v in results.verdicts
            if v.method == name and v.part == part.name
        )
        yield _least(f"{part.name}: ReSeFa W+ standard / W", 1.0, plus / plain)


_OUTSIDE = {"mouth": 1 / 4, "one eye": 1 / 8}
"""Bounds of the mean squared change outside, held over plain; of other regions one half."""


def _holding(results: Results) -> Iterator[Bar]:
    """Held pulls against plain ones."""
    for held in results.held:
        name = held.part.name
        yield _most(f"{name}: MSE outside, held / plain", _OUTSIDE.get(name, 0.5), held.ratio)
        yield _most(f"{name}: the same at three times the strength", 0.75, held.far_ratio)
        yield _effect(held)
        yield _most(f"{name}: broken faces, held", held.plain.broken, held.held.broken)
        if name == "mouth":
            outside = held.held.outside
            yield _most("mouth: held, grey levels outside", 2.5, float(outside.quantile(0.5)))
            yield _most("mouth: the same, p90", 4.0, float(outside.quantile(0.9)))


def _effect(held: Held) -> Bar:
    """The effect on the attribute."""
    kept = held.kept_effect
    what = f"{held.part.name}: effect on {held.attribute_name}, held / plain"
    return Bar(what, "0.9 to 1.1", f"{kept:.3g}", 0.9 <= kept <= 1.1)


def _wink(results: Results) -> Iterator[Bar]:
    """The other eye."""
    wink = results.wink
    other = float(wink.held.attributes[:, wink.other].abs().quantile(0.5))
    yield _most("wink, held: change of the other eye's openness, deviations", 0.1, other)
    share = float((wink.twin[1] / wink.held.inside).quantile(0.5))
    yield _most("wink, held: change in the other eye's box / in its own", 0.1, share)


def _attributes(results: Results) -> Iterator[Bar]:
    """Global levers and names."""
    bounds = {"light": 0.065, "age": 0.24, "pose": 0.17}
    for lever in results.global_levers:
        if lever.method == "score":
            bound = 1.2 * bounds[lever.name]
            yield _most(
                f"{lever.name} by score: change of the others",
                bound,
                float(lever.others.quantile(0.5)),
            )
    named = [lever for lever in results.names if lever.name and lever.part != "eyes"]
    agreeing = [lever for lever in named if lever.agrees >= 0.9]
    yield _least("named levers that agree on 90% of the faces", 8, len(agreeing))
    yield _least(
        "median agreement of the named levers", 0.9, median(x.agrees for x in named) if named else 0
    )
    eyes = [lever for lever in results.names if lever.part == "eyes"]
    yield _most("names of the first lever of the eyes", 0, sum(bool(lever.name) for lever in eyes))
