"""Names for levers: after the attribute of which they change most, where faces agree on its sign.

A lever is pulled equally far both ways on some faces until each visibly changes, and the attribute
network reads both ends. Half their difference is the lever's effect on each attribute, in
deviations over the portraits. The attribute with the largest share gives the name, if its effect
has the same sign on nearly every face.
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
_SECOND_EYE = 0.25
"""An eye moves alone where the other one's share is below this part of its own: half the shift."""


@dataclass(frozen=True)
class LeverEffect:
    """What a lever does to the attributes of some faces."""

    shifts: Tensor
    """`[N, A]` float64: half the difference of the scores at both ends, in deviations over the
    portraits; columns as in `AttributeReader.names`."""
    strengths: Tensor
    """`[N]`: how far each face was pulled both ways, in unit "distance", above 0."""

    @property
    def shares(self) -> Tensor:
        """`[A]`, sum 1: each attribute's part of the mean squared effect over the faces."""
        mean = self.shifts.square().mean(dim=0)
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

    Each face is pulled equally far both ways, by the smaller of the two strengths that change it
    visibly: a mouth that is shut cannot be shut further.

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
    needed = [_needed(gan, codes, levers, index, before, where, sign) for sign in (1.0, -1.0)]
    strengths = torch.minimum(*needed)
    ends = [_pulled(gan, codes, levers, index, sign * strengths) for sign in (1.0, -1.0)]
    with plain_tensors():
        forwards, backwards = (reader.scores(images.to(reader.mean.device)) for images in ends)
        shifts = (forwards - backwards).to("cpu", torch.float64) / 2
    return LeverEffect(shifts, strengths)


def _needed(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    index: int,
    before: Tensor,
    region: Region,
    sign: float,
) -> Tensor:
    """Strengths at which faces visibly change, `[N]` in unit "distance", above 0."""
    sigma = 1.0 if levers.sigma is None else max(float(levers.sigma[index]), 1e-6)
    strengths = torch.full((len(codes),), 2 * sigma)
    for _ in range(_STEPS):
        after = _pulled(gan, codes, levers, index, sign * strengths)
        change = mean_squared_change(before, after, region).sqrt() * 127.5
        factor = (VISIBLE_CHANGE / change.clamp_min(1e-9)).clamp(1 / _LARGEST_STEP, _LARGEST_STEP)
        strengths = (strengths * factor).clamp(max=_LARGEST_PULL * sigma)
    return strengths


def _pulled(
    gan: Generator, codes: LatentCode, levers: Directions, index: int, strengths: Tensor
) -> Tensor:
    """Images of codes, each pulled by its own strength in unit "distance"."""
    pairs = enumerate(strengths.tolist())
    parts = [edit(codes[row], levers, index, strength, "distance") for row, strength in pairs]
    return render(gan, concatenate(parts))


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
