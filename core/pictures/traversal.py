"""Traversals: frames in which levers are pulled, or images turn into each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.errors import DirectionsError, PackError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, Layers, concatenate
from ..concepts.region import Region
from ..edits.editing import UNITS
from ..edits.journeys import WAYS, Step, plan_journey
from ..edits.sweep import plan_sweep
from ..edits.variations import Variation, apply_variations, signed
from ..latents.interpolation import blend
from .frames import Traversal
from .gauges import Gauge


def traverse_levers(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    indices: Sequence[int],
    low: float = 0.0,
    high: float = 0.0,
    frames: int = 24,
    way: str = WAYS[0],
    easing: str = "sine",
    *,
    unit: str = "sigma",
    layers: Layers = None,
    together: bool = False,
    side_by_side: bool = False,
    region: Region | None = None,
    progress: Progress | None = None,
) -> Traversal:
    """Levers pulled from one strength to another, on every image.

    One lever goes from `low` to `high`, and so do several together. Several in turn go from rest
    to `low`, to `high`, and back to rest, one after the other, so that nothing jumps.

    Args:
        gan: The generator.
        codes: N codes.
        levers: The directions.
        indices: Which levers.
        low: Strength at one end.
        high: Strength at the other; where both are 0, each lever goes to both sides as far as is
            clearly visible (`sweeping.plan_sweep`).
        frames: Frames from `low` to `high`.
        way: One of `journeys.WAYS`; levers in turn come back to rest whatever the way, and "once"
            shows that rest at the end.
        easing: One of `easing.EASINGS`.
        unit: Unit of the strengths; see `editing.edit`.
        layers: Layers that are changed; see `editing.edit`.
        together: Pull all levers at once rather than in turn.
        side_by_side: Show all images in each frame rather than one after the other.
        region: Where a change must be visible, for strengths that are found.
        progress: Told of levers whose strength was found; may raise to cancel.

    Returns:
        The traversal.

    Raises:
        DirectionsError: A lever does not exist, none was named, the unit is unknown, or the
            strengths are equal.
        PackError: See `journeys.plan_journey`.
    """
    chosen = [levers.check_index(index) for index in dict.fromkeys(indices)]
    if not chosen:
        raise DirectionsError("No lever was named", "at least one")
    if unit not in UNITS:
        raise DirectionsError(f"Unknown unit {unit!r}", f"one of {', '.join(UNITS)}")
    ends = _ends(gan, codes, levers, chosen, (low, high), unit, layers, region, progress)
    path = _together(ends) if together or len(chosen) == 1 else _in_turn(ends)
    in_turn = path.closing is not None
    if in_turn and way == "once":
        path = _Path((*path.stops, path.stops[0]), (*path.lengths, path.closing or 1.0), None)
    lengths = path.lengths if path.closing is None else (*path.lengths, path.closing)
    real = WAYS[1] if in_turn and way == WAYS[0] else way
    steps = plan_journey(len(path.stops), frames, real, easing, lengths)
    pulls = [_pulls(path, step) for step in steps]
    shown = range(1) if side_by_side else range(len(codes))
    rows = list(range(len(codes))) if side_by_side else None

    def make(start: int, stop: int) -> LatentCode:
        plan: list[Variation] = []
        for frame in range(start, stop):
            row, number = divmod(frame, len(steps))
            pulled = tuple(zip(chosen, pulls[number], strict=True))
            plan += [Variation(one, None, pulled, "") for one in rows or [row]]
        return apply_variations(codes, levers, plan, unit, layers)

    names = [levers.label(index) for index in chosen]
    gauges = [
        _gauge(names, ends, pulled, None if not in_turn else _moving(path, step))
        for step, pulled in zip(steps, pulls, strict=True)
    ]
    report = [
        f"{name}: {signed(ends[i][0])} to {signed(ends[i][1])} {unit}"
        for i, name in enumerate(names)
    ]
    total = len(steps) * len(shown)
    group = len(codes) if side_by_side else 1
    return Traversal(total, make, tuple(gauges) * len(shown), group, tuple(report))


def traverse_codes(
    gan: Generator,
    codes: LatentCode,
    frames: int = 24,
    way: str = WAYS[0],
    easing: str = "sine",
    how: str = "linear",
) -> Traversal:
    """Images that turn into each other.

    Args:
        gan: The generator.
        codes: The stops, two or more.
        frames: Frames from one image to the next.
        way: One of `journeys.WAYS`.
        easing: One of `easing.EASINGS`, from image to image.
        how: One of `blending.BLENDS`.

    Returns:
        The traversal.

    Raises:
        PackError: There is a single code, or see `journeys.plan_journey`.
        LatentError: The codes cannot be blended so.
    """
    if len(codes) < 2:
        raise PackError(
            f"{len(codes)} image was given to travel from",
            "two or more in one batch",
            "Raise batch_size, or put batches together with GAN Concatenate Latents",
        )
    steps = plan_journey(len(codes), frames, way, easing)

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
    """Whether two frames lie between the same stops."""
    return (one.first, one.second) == (other.first, other.second)


@dataclass(frozen=True)
class _Path:
    """Stops of levers: strengths of all of them, and how long the ways between are."""

    stops: tuple[tuple[float, ...], ...]
    lengths: tuple[float, ...]
    closing: float | None
    """From the last stop to the first, where the path comes back by itself."""


def _ends(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    chosen: Sequence[int],
    given: tuple[float, float],
    unit: str,
    layers: Layers,
    region: Region | None,
    progress: Progress | None,
) -> list[tuple[float, float]]:
    """Between which strengths each lever goes."""
    if given != (0, 0):
        if given[0] == given[1] or not all(map(math.isfinite, given)):
            raise DirectionsError(
                f"A traversal from {given[0]:g} to {given[1]:g} was asked for",
                "two different strengths, or 0 and 0 to have them chosen",
            )
        return [given] * len(chosen)
    report = progress or no_progress
    ends: list[tuple[float, float]] = []
    for done, index in enumerate(chosen):
        report(done, len(chosen))
        rows = plan_sweep(gan, codes, levers, [index], 0.0, 3, unit, layers, region)
        ends.append((rows[0].strengths[0], rows[0].strengths[-1]))
    return ends


def _together(ends: Sequence[tuple[float, float]]) -> _Path:
    """All levers from their low ends to their high ones."""
    return _Path((tuple(e[0] for e in ends), tuple(e[1] for e in ends)), (1.0,), None)


def _in_turn(ends: Sequence[tuple[float, float]]) -> _Path:
    """One lever after the other, each from rest over both ends to rest."""
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
    """Which lever moves in a frame, where one moves at a time."""
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
    """What is said of one frame: of the lever that moves alone, or of all."""
    number = alone or 0
    low, high = ends[number]
    some = range(len(names)) if alone is None else [number]
    name = " + ".join(names[i] for i in some)
    value = " / ".join(_short(pulled[i]) for i in list(some)[:3])
    left, right = min(low, high), max(low, high)
    place, rest = ((x - left) / (right - left) for x in (pulled[number], 0.0))
    return Gauge(name, value, place, rest)


def _short(strength: float) -> str:
    """A strength with two digits behind the point, so that it does not tremble."""
    text = f"{strength:+.2f}"
    return text if float(text) else "0.00"
