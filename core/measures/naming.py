"""Names for levers: after the attribute of which they change most, where faces agree on its sign.

A lever is pulled both ways on some faces until each visibly changes, and the attribute network
reads both ends. Half their difference is the lever's effect on each attribute, in deviations over
the portraits. Its largest share gives the name, if it has the same sign on nearly every face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.editing import edit
from ..edits.strength import VISIBLE_CHANGE, mean_squared_change
from ..generators.rendering import render
from ..latents.sampling import sample_latents
from ..levers.stored_region import stored_region
from .attribute_network import AttributeReader, reader_for

AGREEMENT = 0.9
"""Share of the faces on which the effect must have one sign."""

READABLE = 0.5
"""Smallest R^2 of an attribute that may give a name."""

FACES = 16
"""Faces on which levers are named where none are given, of seeds 100 upwards."""

FIRST_SEED = 100
"""Seed of the first of them."""

_STEPS = 3
"""Search steps for a visible change; each renders all faces once."""

_LARGEST_STEP = 4.0
_LARGEST_PULL = 8.0
"""Largest strength, in standard deviations of random codes; further, most faces break."""

_EYES = ("left_eye_openness", "right_eye_openness")
_BOTH = "eye_openness"
_SECOND_EYE = 0.5
"""An eye moves alone where the other one moves by less than this share of it."""


@dataclass(frozen=True)
class LeverEffect:
    """What a lever does to the attributes of some faces."""

    shifts: Tensor
    """`[N, A]` float64: half the difference of the scores at both ends, in deviations over the
    portraits; columns as in `AttributeReader.names`."""
    strengths: Tensor
    """`[N, 2]`: how far it was pulled forwards and backwards, in unit "distance", both above 0."""

    @property
    def shares(self) -> Tensor:
        """`[A]`, sum 1: each attribute's part of the mean absolute effect over the faces."""
        mean = self.shifts.abs().mean(dim=0)
        return mean / mean.sum().clamp_min(1e-12)

    @property
    def agreement(self) -> Tensor:
        """`[A]`, from 0.5 to 1: share of the faces on which the effect has the more common sign."""
        up = (self.shifts > 0).double().mean(dim=0)
        return torch.maximum(up, 1 - up)


def lever_effect(
    gan: Generator,
    levers: Directions,
    index: int,
    codes: LatentCode,
    reader: AttributeReader,
    region: Region | None = None,
) -> LeverEffect:
    """Pull a lever both ways until each face visibly changes, and read the attributes.

    Args:
        gan: The generator.
        levers: The directions.
        index: Number of the direction.
        codes: N codes, the faces.
        reader: Reads the attributes of the generator's pictures.
        region: Where the change must be visible; none means the region that the levers store, else
            the whole image.

    Returns:
        The effect at 32 grey levels of 255, root mean square, or at eight standard deviations of
        random codes where a face changes less.

    Raises:
        LatentError: The codes do not fit the generator.
        DirectionsError: The directions do not fit the codes.
    """
    where = region or stored_region(gan, levers)
    where = where or Region.from_mask(torch.ones(gan.spec.img_size), "image")
    before = render(gan, codes)
    ends = [_visible(gan, codes, levers, index, before, where, sign) for sign in (1.0, -1.0)]
    with plain_tensors():
        forwards, backwards = (reader.scores(images.to(reader.mean.device)) for images, _ in ends)
        shifts = (forwards - backwards).to("cpu", torch.float64) / 2
    return LeverEffect(shifts, torch.stack([strengths for _, strengths in ends], dim=1))


def _visible(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    before: Tensor,
    region: Region,
    sign: float,
) -> tuple[Tensor, Tensor]:
    """Faces pulled until they visibly change: images, and strengths in unit "distance"."""
    sigma = 1.0 if levers.sigma is None else max(float(levers.sigma[index]), 1e-6)
    strengths = torch.full((len(codes),), 2 * sigma)

    def pulled() -> Tensor:
        parts = [
            edit(codes[row], levers, index, sign * float(strength), "distance")
            for row, strength in enumerate(strengths)
        ]
        return render(gan, concatenate(parts))

    for _ in range(_STEPS):
        change = mean_squared_change(before, pulled(), region).sqrt() * 127.5
        factor = (VISIBLE_CHANGE / change.clamp_min(1e-9)).clamp(1 / _LARGEST_STEP, _LARGEST_STEP)
        strengths = (strengths * factor).clamp(max=_LARGEST_PULL * sigma)
    return pulled(), strengths


def attribute_of(effect: LeverEffect, reader: AttributeReader) -> tuple[str, float, float]:
    """The attribute with the largest share of an effect, and how it is moved.

    Args:
        effect: What a lever does.
        reader: Whose attributes they are. Those with an R^2 below 0.5 give no name.

    Returns:
        Name of the attribute; its share, from 0 to 1; and the share of the faces on which it rises,
        from 0 to 1. An eye gives the name only where the other one moves less than half as much.
    """
    shares = effect.shares
    readable = torch.tensor([reader.r2[name] >= READABLE for name in reader.names])
    best = int(torch.where(readable, shares, -1.0).argmax())
    name = reader.names[best]
    if name in _EYES:
        other = reader.index(_EYES[1 - _EYES.index(name)])
        if shares[other] > _SECOND_EYE * shares[best]:
            best = reader.index(_BOTH)
    up = float((effect.shifts[:, best] > 0).double().mean())
    return reader.names[best], float(shares[best]), up


def name_levers(
    gan: Generator,
    levers: Directions,
    codes: LatentCode | None = None,
    reader: AttributeReader | None = None,
    progress: Progress | None = None,
) -> Directions:
    """Name levers after what they do, and turn them so that + means more of it.

    A lever gets the name of the attribute with the largest share of its effect if that effect has
    one sign on at least 90 % of the faces. Others stay unnamed, such as "resefa 3", and so does
    what has a name already.

    Args:
        gan: The generator.
        levers: The directions.
        codes: Faces on which their effects are measured, some sixteen, other than those that the
            levers were found on; none means seeds 100 to 115.
        reader: Reads the attributes of the generator's pictures; none means the bundled network,
            for generators of the bundled drawings.
        progress: Called with (done, total) levers; an exception raised from it cancels.

    Returns:
        The levers. Those that were turned have negated vectors, swapped thumbnails and ranges.
        `details["naming"]` has for each an object of "attribute", "share", "agreement", "turned"
        and "named".

    Raises:
        PackError: There is no network that reads the attributes of this generator's pictures.
        LatentError: The codes do not fit the generator.
        DirectionsError: The directions do not fit the codes.
    """
    reader = reader or reader_for(gan)
    if reader is None:
        raise PackError(
            "There is no network that reads attributes off this generator's pictures",
            "the bundled generator, or a reader of your own",
            "Name these levers by hand",
        )
    codes = sample_latents(gan, FACES, seed=FIRST_SEED) if codes is None else codes
    report = progress or no_progress
    names = list(levers.names) or [""] * len(levers)
    taken = {name for name in names if name}
    signs = torch.ones(len(levers))
    rows: list[dict[str, Any]] = []
    report(0, len(levers))
    for index in range(len(levers)):
        effect = lever_effect(gan, levers, index, codes, reader)
        attribute, share, up = attribute_of(effect, reader)
        agreement = max(up, 1 - up)
        named = not names[index] and agreement >= AGREEMENT
        if named:
            names[index] = _unused(attribute.replace("_", " "), taken)
            taken.add(names[index])
            signs[index] = 1.0 if up >= 0.5 else -1.0
        rows.append(
            {
                "attribute": attribute,
                "share": round(share, 4),
                "agreement": round(agreement, 4),
                "turned": bool(signs[index] < 0),
                "named": named,
            }
        )
        report(index + 1, len(levers))
    details = {**levers.details, "naming": rows}
    named_levers = replace(levers, names=tuple(names) if any(names) else (), details=details)
    return turned(named_levers, [row for row, sign in enumerate(signs) if sign < 0])


def naming_text(levers: Directions) -> str:
    """What `name_levers` found, for people.

    Args:
        levers: What it returned.

    Returns:
        A line per lever.
    """
    lines: list[str] = []
    for index, row in enumerate(levers.details.get("naming", ())):
        what = "named" if row["named"] else "not named"
        also = ", turned round" if row["turned"] else ""
        lines.append(
            f"{levers.label(index)}: {what}{also}; {row['attribute'].replace('_', ' ')} is "
            f"{row['share']:.0%} of its effect, of one sign on {row['agreement']:.0%} of the faces"
        )
    return "\n".join(lines)


def turned(levers: Directions, indices: Sequence[int]) -> Directions:
    """Turn levers round, so that + means what - meant.

    Args:
        levers: The directions.
        indices: Numbers of those that are turned.

    Returns:
        Directions whose vectors, ranges and thumbnails are turned there.

    Raises:
        DirectionsError: A direction does not exist.
    """
    rows = [levers.check_index(index) for index in indices]
    if not rows:
        return levers
    vectors = levers.vectors.clone()
    vectors[rows] = -vectors[rows]
    ranges, pictures = levers.ranges, levers.thumbnails
    if ranges is not None:
        ranges = ranges.clone()
        ranges[rows] = -ranges[rows].flip(1)
    if pictures is not None:
        pictures = pictures.clone()
        pictures[rows] = pictures[rows].flip(1)
    return replace(levers, vectors=vectors, ranges=ranges, thumbnails=pictures)


def _unused(name: str, taken: set[str]) -> str:
    """The name, with a number where other levers have it already."""
    numbered = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)
