"""Latent traversals: plan frames in which levers move, or images are interpolated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..base.errors import DirectionsError, PackError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.editing import IN_SIGMA, PullOptions
from ..edits.journeys import WAYS, Journey, Step, plan_journey
from ..edits.sweep import SweepOptions, plan_sweep
from ..edits.variations import Variation, apply_variations, signed
from ..latents.interpolation import blend
from .frames import Traversal
from .gauges import Gauge


@dataclass(frozen=True)
class LeverMotion:
    """How levers move in a traversal."""

    low: float = 0.0
    """Strength at one end."""
    high: float = 0.0
    """Strength at the other end. If both are 0, each lever moves to both sides up to a clearly
    visible strength, as in `sweep.plan_sweep`."""
    pull: PullOptions = IN_SIGMA
    """Unit of the strengths and layers that are changed."""
    together: bool = False
    """Whether all levers move at once rather than in turn."""
    side_by_side: bool = False
    """Whether each frame shows all images, rather than one image after the other."""
    region: Region | None = None
    """Where the change must be visible if the strengths are chosen; none means everywhere."""


def traverse_levers(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    indices: Sequence[int],
    motion: LeverMotion | None = None,
    journey: Journey | None = None,
    progress: Progress | None = None,
) -> Traversal:
    """Plan frames in which levers move from one strength to another, on every image.

    A single lever moves from `low` to `high`, and so do several together. Several in turn move from
    0 to `low`, to `high` and back to 0, one after the other, so that the path is continuous.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        indices: Numbers of the levers.
        motion: Strengths, and whether levers move together; none means `LeverMotion()`.
        journey: Frames from `low` to `high`, way and easing; none means `Journey()`. Levers in turn
            return to 0 for every way; the way "once" then ends with that frame.
        progress: Called with (levers done, levers) while strengths are chosen; an exception raised
            from it cancels.

    Returns:
        The traversal.

    Raises:
        DirectionsError: A lever does not exist, there is none, or the strengths are equal.
        PackError: The journey has no frame or too many, or an unknown way or easing.
    """
    motion, journey = motion or LeverMotion(), journey or Journey()
    chosen = [levers.check_index(index) for index in dict.fromkeys(indices)]
    if not chosen:
        raise DirectionsError("No lever was named", "at least one")
    ends = _ends(gan, codes, levers, chosen, motion, progress)
    path = _together(ends) if motion.together or len(chosen) == 1 else _in_turn(ends)
    in_turn = path.closing is not None
    if in_turn and journey.way == "once":
        path = _Path((*path.stops, path.stops[0]), (*path.lengths, path.closing or 1.0), None)
    lengths = path.lengths if path.closing is None else (*path.lengths, path.closing)
    if in_turn and journey.way == WAYS[0]:
        journey = replace(journey, way=WAYS[1])
    steps = plan_journey(len(path.stops), journey, lengths)
    pulls = [_pulls(path, step) for step in steps]
    shown = range(1) if motion.side_by_side else range(len(codes))
    rows = list(range(len(codes))) if motion.side_by_side else None

    def make(start: int, stop: int) -> LatentCode:
        plan: list[Variation] = []
        for frame in range(start, stop):
            row, number = divmod(frame, len(steps))
            pulled = tuple(zip(chosen, pulls[number], strict=True))
            plan += [Variation(one, None, pulled, "") for one in rows or [row]]
        return apply_variations(codes, levers, plan, motion.pull)

    names = [levers.label(index) for index in chosen]
    gauges = [
        _gauge(names, ends, pulled, None if not in_turn else _moving(path, step))
        for step, pulled in zip(steps, pulls, strict=True)
    ]
    report = [
        f"{name}: {signed(ends[i][0])} to {signed(ends[i][1])} {motion.pull.unit}"
        for i, name in enumerate(names)
    ]
    total = len(steps) * len(shown)
    group = len(codes) if motion.side_by_side else 1
    return Traversal(total, make, tuple(gauges) * len(shown), group, tuple(report))


def traverse_codes(
    gan: Generator,
    codes: LatentCode,
    journey: Journey | None = None,
    how: str = "linear",
) -> Traversal:
    """Plan frames that interpolate between images.

    Args:
        gan: The generator.
        codes: The stops, two or more.
        journey: Frames from one image to the next, way and easing; none means `Journey()`.
        how: One of `interpolation.BLENDS`.

    Returns:
        The traversal.

    Raises:
        PackError: There is a single code, or the journey has no frame or too many, or an unknown
            way or easing.
        LatentError: The codes do not support this interpolation.
    """
    if len(codes) < 2:
        raise PackError(
            f"{len(codes)} image was given for an interpolation",
            "two or more in one batch",
            "Give «codes»",
        )
    steps = plan_journey(len(codes), journey)

    def make(start: int, stop: int) -> LatentCode:
        parts: list[LatentCode] = []
        frame = start
        while frame < stop:
            step, amounts = steps[frame], []
            while frame < stop and _same_leg(steps[frame], step):
                amounts.append(steps[frame].amount)
                frame += 1
            parts.append(blend(gan, codes[step.first], codes[step.second], amounts, how))
        return concatenate(parts)

    names = [
        f"image {row}" if codes.seeds is None else f"seed {codes.seeds[row]}"
        for row in range(len(codes))
    ]
    gauges = [
        Gauge(
            names[step.first] if step.first == step.second
            else f"{names[step.first]} to {names[step.second]}",
            f"{step.amount:.0%}",
            step.amount,
        )
        for step in steps
    ]  # fmt: skip
    report = f"{', '.join(names)}: {how}"
    return Traversal(len(steps), make, tuple(gauges), 1, (report,))


def _same_leg(one: Step, other: Step) -> bool:
    """Whether two frames are between the same stops."""
    return (one.first, one.second) == (other.first, other.second)


@dataclass(frozen=True)
class _Path:
    """A path of all levers through strengths."""

    stops: tuple[tuple[float, ...], ...]
    """Strengths of all levers at each stop."""
    lengths: tuple[float, ...]
    """Lengths of the legs between the stops, at most 1."""
    closing: float | None
    """Length of the leg from the last stop to the first; none if the path is not closed."""


def _ends(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    chosen: Sequence[int],
    motion: LeverMotion,
    progress: Progress | None,
) -> list[tuple[float, float]]:
    """The lowest and highest strength of each lever."""
    low, high = motion.low, motion.high
    if (low, high) != (0, 0):
        if low == high or not all(map(math.isfinite, (low, high))):
            raise DirectionsError(
                f"A traversal from {low:g} to {high:g} was requested",
                "two different strengths, or 0 and 0 to choose them automatically",
            )
        return [(low, high)] * len(chosen)
    options = SweepOptions(steps=3, region=motion.region)
    report = progress or no_progress
    ends: list[tuple[float, float]] = []
    for done, index in enumerate(chosen):
        report(done, len(chosen))
        rows = plan_sweep(gan, codes, levers, [index], options, motion.pull)
        ends.append((rows[0].strengths[0], rows[0].strengths[-1]))
    return ends


def _together(ends: Sequence[tuple[float, float]]) -> _Path:
    """All levers move from their lowest to their highest strengths at once."""
    return _Path((tuple(e[0] for e in ends), tuple(e[1] for e in ends)), (1.0,), None)


def _in_turn(ends: Sequence[tuple[float, float]]) -> _Path:
    """One lever after the other moves from 0 to both ends and back to 0."""
    rest = (0.0,) * len(ends)
    stops, lengths = [rest], list[float]()
    for number, (low, high) in enumerate(ends):
        where = 0.0
        for strength in (low, high, 0.0):
            if strength != where:
                stop = tuple(strength if i == number else 0.0 for i in range(len(ends)))
                stops.append(stop)
                lengths.append(abs(strength - where) / abs(high - low))
                where = strength
    longest = max(lengths)
    lengths = [length / longest for length in lengths]
    return _Path(tuple(stops[:-1]), tuple(lengths[:-1]), lengths[-1])


def _pulls(path: _Path, step: Step) -> tuple[float, ...]:
    """Strengths of all levers in one frame."""
    pairs = zip(path.stops[step.first], path.stops[step.second], strict=True)
    return tuple(one + (other - one) * step.amount for one, other in pairs)


def _moving(path: _Path, step: Step) -> int:
    """The lever that moves in a frame, where one moves at a time."""
    for stop in (step.second, step.first):
        for number, strength in enumerate(path.stops[stop]):
            if strength:
                return number
    return 0


def _gauge(
    names: Sequence[str],
    ends: Sequence[tuple[float, float]],
    pulled: Sequence[float],
    alone: int | None,
) -> Gauge:
    """The gauge of one frame: for the lever that moves alone, or for all levers."""
    number = alone or 0
    low, high = ends[number]
    some = range(len(names)) if alone is None else [number]
    name = " + ".join(names[i] for i in some)
    value = " / ".join(_short(pulled[i]) for i in list(some)[:3])
    left, right = min(low, high), max(low, high)
    place, rest = ((x - left) / (right - left) for x in (pulled[number], 0.0))
    return Gauge(name, value, place, rest)


def _short(strength: float) -> str:
    """A strength with two decimals, of constant width from frame to frame."""
    text = f"{strength:+.2f}"
    return text if float(text) else "0.00"
