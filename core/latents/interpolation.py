"""Interpolation between two latent codes: linear, or spherical around the centre."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.wording import warn
from ..concepts.centre import centre_of_w
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from .alignment import broadcast_pair, style_shift_pair, to_common_space
from .sampling import map_codes, map_latents

BLENDS = ("linear", "spherical")
"""Kinds of interpolation: along the line between two codes, or along the arc around the centre."""

_SMALLEST_SINE = 1e-6
"""Sine of the angle below which two codes count as parallel, so that the arc is undefined."""

_SAME = 1e-4
"""Largest difference, relative to w, at which a code counts as equal to the mapped z."""


def slerp(first: Tensor, second: Tensor, amount: float) -> Tensor:
    """Spherical interpolation (Shoemake, 1985) of directions, with lengths that change evenly.

    `slerp(a, b, t) = ((1 - t) |a| + t |b|) (sin((1 - t) W) a / |a| + sin(t W) b / |b|) / sin(W)`,
    where W is the angle between a and b. If a and b are parallel or one is zero, the result is the
    linear interpolation.

    Args:
        first: `[..., D]`, the result for an amount of 0.
        second: `[..., D]`, the result for an amount of 1.
        amount: t; values outside 0 to 1 extrapolate along the arc.

    Returns:
        `[..., D]` in the type of `first`, computed in float64.
    """
    a, b = first.to(torch.float64), second.to(torch.float64)
    lengths = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit_a, unit_b = (x / n.clamp_min(1e-300) for x, n in zip((a, b), lengths, strict=True))
    # Between vectors this form of the angle is exact for small and for nearly straight ones.
    angle = 2 * torch.atan2((unit_a - unit_b).norm(dim=-1), (unit_a + unit_b).norm(dim=-1))
    angle = angle[..., None]
    sine = torch.sin(angle)
    arc = torch.sin((1 - amount) * angle) * unit_a + torch.sin(amount * angle) * unit_b
    length = (1 - amount) * lengths[0] + amount * lengths[1]
    curved = length * arc / torch.where(sine.abs() < _SMALLEST_SINE, 1.0, sine)
    straight = torch.lerp(a, b, amount)
    degenerate = (sine.abs() < _SMALLEST_SINE) | (lengths[0] == 0) | (lengths[1] == 0)
    return torch.where(degenerate, straight, curved).to(first.dtype)


def blend(
    gan: Generator,
    first: LatentCode,
    second: LatentCode,
    amounts: Sequence[float] = (0.5,),
    how: str = "linear",
    space: str | LatentSpace | None = None,
) -> LatentCode:
    """Interpolate between codes, in their own space or in Z.

    Class vectors and edits in S are always interpolated linearly.

    Args:
        gan: The generator.
        first: N codes, or one; the result for an amount of 0.
        second: N codes, or one; the result for an amount of 1. Codes in different spaces are
            converted by `alignment.to_common_space`.
        amounts: A shares of the second code, each giving a code per pair; values outside 0 to 1
            extrapolate.
        how: "linear", or "spherical": around the mean w in W and W+ (layer by layer), around 0 in
            Z and Z+, which keeps the typical norm of z.
        space: Z blends the z that codes were mapped from and maps the blends, so that every blend
            is a sample of the generator; edits in W are dropped, with a warning. None blends the
            codes as they are.

    Returns:
        N * A codes: all amounts of the first pair, then of the second, and so on. They have no
        seeds.

    Raises:
        LatentError: The codes do not fit, no amount was given, or, for a blend in Z, codes have
            no z or differ in their truncation.
    """
    if how not in BLENDS:
        raise LatentError(f"Unknown blend {how!r}", f"one of {', '.join(BLENDS)}")
    if not amounts or not all(math.isfinite(amount) for amount in amounts):
        raise LatentError(f"The amounts {list(amounts)} were given", "at least one finite number")
    if space is not None:
        first, second = (_in_space(gan, codes, space) for codes in (first, second))
        _check_truncation(first, second)
    one, other = broadcast_pair(*to_common_space(gan, [first, second]))
    if how == "spherical" and one.space is LatentSpace.S:
        raise LatentError(
            "A spherical blend of codes in S was requested",
            "a linear blend: S has no centre with the same spread in all directions",
        )
    per_amount = [_between(gan, one, other, float(amount), how) for amount in amounts]
    blended = concatenate([step[row] for row in range(len(one)) for step in per_amount])
    if space is not None and one.space is LatentSpace.Z and gan.spec.w_dim is not None:
        return map_codes(gan, blended, LatentSpace.W)
    return blended


def _between(
    gan: Generator, one: LatentCode, other: LatentCode, amount: float, how: str
) -> LatentCode:
    """Interpolate codes with one amount."""
    values = one.values, other.values
    if how == "linear":
        mixed = _line(*values, amount)
    else:
        centres = _centre(gan, one), _centre(gan, other)
        left = values[0].to(torch.float64) - centres[0]
        right = values[1].to(torch.float64) - centres[1]
        mixed = slerp(left, right, amount) + _line(*centres, amount)
        mixed = mixed.to(one.values.dtype)
    labels = None
    if one.labels is not None and other.labels is not None:
        labels = _line(one.labels, other.labels, amount)
    shifts = style_shift_pair(one, other)
    return replace(
        one,
        values=mixed,
        labels=labels,
        seeds=None,
        style_shift=None if shifts is None else _line(*shifts, amount),
    )


def _centre(gan: Generator, codes: LatentCode) -> Tensor:
    """The centre of the sphere near which codes lie, `[N or 1, 1, D]` float64: the mean w, or 0."""
    if codes.space.shared is not LatentSpace.W:
        return torch.zeros(1, 1, codes.values.shape[2], dtype=torch.float64)
    return centre_of_w(gan.spec, gan.w_avg, codes).to("cpu", torch.float64)


def _line(first: Tensor, second: Tensor, amount: float) -> Tensor:
    """Linear interpolation in float64, so that amounts of 0 and 1 give the codes exactly."""
    line = (1 - amount) * first.to(torch.float64) + amount * second.to(torch.float64)
    return line.to(first.dtype)


def _check_truncation(first: LatentCode, second: LatentCode) -> None:
    """Refuse codes of different truncations, since a blend in Z is mapped with one truncation."""
    truncations = [(codes.truncation_psi, codes.truncation_cutoff) for codes in (first, second)]
    if truncations[0] != truncations[1]:
        words = " and ".join(
            f"{psi:g}" if cutoff is None else f"{psi:g} of {cutoff} layers"
            for psi, cutoff in truncations
        )
        raise LatentError(
            f"Codes with the truncations {words} were given to be blended in Z",
            "one truncation, since a blend is mapped with it",
            "Sample both with the same truncation, or blend them as they are",
        )


def _in_space(gan: Generator, codes: LatentCode, space: str | LatentSpace) -> LatentCode:
    """Convert codes to their z; warn if they have edits in W, which z does not contain."""
    target = LatentSpace.parse(space)
    if target is codes.space:
        return codes
    if target is not LatentSpace.Z:
        raise LatentError(
            f"A blend in {target.value} of codes in {codes.space.value} was requested",
            "Z, or no space, which means that of the codes",
        )
    gan.check(codes)
    if codes.z is None:
        raise LatentError(
            f"These codes in {codes.space.value} carry no z, which a blend in Z needs",
            "sampled codes, with no other edits than levers",
            "Blend them as they are",
        )
    z = codes.z if codes.z_shift is None else codes.z + codes.z_shift
    blendable = map_latents(
        gan,
        z,
        codes.labels,
        codes.truncation_psi,
        codes.truncation_cutoff,
        space=LatentSpace.Z,
    )
    mapped = gan.map(z, codes).to("cpu", codes.values.dtype)  # [N, L, D]
    current = gan.layer_codes(codes).to(mapped)
    if (current - mapped).abs().max() > _SAME * mapped.abs().max().clamp_min(1.0):
        warn(
            "Edits in W are not part of a blend in Z and were dropped. Blend without a space to "
            "keep them.",
            stacklevel=3,
        )
    return replace(blendable, style_shift=codes.style_shift, origin=codes.origin)
