"""Edit latent codes: move them along directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError, LatentError
from ..base.generator_names import tuned_from
from ..base.wording import warn
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, concatenate, parse_layers
from ..concepts.network import style_slices
from .guards import GuardRequest
from .holding.request import HoldRequest
from .misfit import misfit, whose
from .units import check_strength, check_unit, unit_distance

_REMEDY = "Find levers with this generator; loading directions with it reports which files fit"
"""Remedy where levers belong to another generator."""


@dataclass(frozen=True)
class PullOptions:
    """The unit of strengths, the layers that an edit changes, and what it must not change."""

    unit: str = "sigma"
    """One of `UNITS`."""
    layers: Layers = None
    """Layers that are changed; none means the lever's own."""
    hold: HoldRequest | None = None
    """What is held after each pull; none means nothing. `variations.apply_variations` reads it."""
    guard: GuardRequest | None = None
    """What keeps pulls in bounds; none means nothing. `variations.apply_variations` reads it."""

    def __post_init__(self) -> None:
        """Check the unit.

        Raises:
            DirectionsError: The unit is unknown.
        """
        check_unit(self.unit)


IN_SIGMA = PullOptions()
"""Strengths in standard deviations of random codes, on the lever's own layers."""


def edit(
    codes: LatentCode,
    levers: Directions,
    index: int = 0,
    strength: float = 3.0,
    unit: str = "sigma",
    layers: Layers = None,
) -> LatentCode:
    """Pull one lever: compute `w + strength * n` on some layers.

    Args:
        codes: N codes; they are not changed.
        levers: Directions in the codes' space. Directions in W also act on W+ codes, those in W+
            also on W codes (which become W+), and those in Z also on mapped codes that keep their
            z. The same holds for Z and Z+. Directions in S act on codes in Z, W, W+ and S; no
            other directions act on codes in S.
        index: Number of the direction, from 0.
        strength: Signed length of the step in `unit`; 0 changes nothing.
        unit: "sigma" (standard deviations of random codes along the direction), as everywhere, or
            "distance" (Euclidean, in the latent space).
        layers: Layers that are changed; none means the lever's own. Editing W codes on some layers
            returns W+ codes, editing Z codes on some layers Z+ codes, which only generators
            without a mapping network take.

    Returns:
        N edited codes.

    Raises:
        DirectionsError: The direction does not exist, has no known spread, or does not fit, or the
            strength is out of range.
        LatentError: The codes cannot take a direction of that space.
    """
    if not levers.num_ws and codes.space.is_plus:  # foreign files do not store num_ws
        levers = replace(levers, num_ws=codes.values.shape[1])
    direction = levers.vectors[levers.check_index(index)].to(codes.values)  # [D]
    _check_fit(codes, levers)
    _check_origin(codes, levers)
    check_strength(strength)
    delta = direction * float(strength) * unit_distance(levers, index, unit)
    chosen = acting_layers(levers, layers)
    if levers.space is LatentSpace.S:
        return _edit_styles(codes, delta, chosen, levers)
    if codes.space.shared is not levers.space.shared:
        return _edit_z(codes, delta, chosen, levers)
    width = codes.values.shape[2]
    per_layer = delta.reshape(-1, width)  # [1 or L, D]
    whole = len(chosen) == levers.num_ws
    if not codes.space.is_plus and not levers.space.is_plus and whole:
        return replace(codes, values=codes.values + per_layer)
    shift = torch.zeros(levers.num_ws, width).to(codes.values)  # [L, D]
    shift[list(chosen)] = per_layer.expand(levers.num_ws, -1)[list(chosen)]
    values = codes.values.expand(-1, levers.num_ws, -1) + shift
    return replace(codes, values=values, space=codes.space.plus)


def _edit_styles(
    codes: LatentCode, delta: Tensor, chosen: tuple[int, ...], levers: Directions
) -> LatentCode:
    """Pull a lever in S: codes of other spaces store the offset in `style_shift`."""
    if len(chosen) < levers.num_ws and chosen != levers.layers:
        if not levers.styles:
            raise DirectionsError(
                f"Layers {list(chosen)} were chosen, and these directions do not say which "
                "channels of S belong to which layer",
                "all layers, or directions with the channels of each layer",
                "Do not choose layers, or give «generator» when you load the directions",
            )
        acting = torch.zeros_like(delta)
        for part in style_slices(levers.styles, chosen):
            acting[part] = 1.0
        delta = delta * acting
    if codes.space is LatentSpace.S:
        return replace(codes, values=codes.values + delta)
    shift = delta.expand(len(codes), -1)  # [N, sum of channels]
    before = codes.style_shift
    return replace(codes, style_shift=shift if before is None else before + shift)


def _edit_z(
    codes: LatentCode, delta: Tensor, chosen: tuple[int, ...], levers: Directions
) -> LatentCode:
    """Pull a lever in Z on codes that were mapped from z: the offset is stored in `z_shift`."""
    if levers.space.is_plus or len(chosen) != levers.num_ws:
        raise LatentError(
            f"Layers {list(chosen)} were chosen for a direction in Z",
            "all layers",
            "Find directions in W or W+ to act on some layers",
        )
    z = codes.z
    if z is None:
        raise LatentError(
            "These codes carry no z, which a direction in Z changes",
            "codes as they were sampled, with no other edits than levers",
        )
    if z.shape[1] != delta.numel():
        raise DirectionsError(
            f"A direction of {delta.numel()} numbers was given for z of {z.shape[1]} numbers",
            "directions found with the same kind of generator",
            _REMEDY,
        )
    before = torch.zeros_like(z) if codes.z_shift is None else codes.z_shift
    return replace(codes, z_shift=before + delta.to(z))


def acting_layers(levers: Directions, layers: Layers) -> tuple[int, ...]:
    """Resolve the layers that an edit changes.

    Args:
        levers: The directions.
        layers: Layers to change; none means the lever's own.

    Returns:
        Ascending layer numbers. Empty means all layers of levers with an unknown layer count.

    Raises:
        DirectionsError: `layers` names some layers, and the levers have an unknown layer count.
        LatentError: `layers` cannot be parsed, or names a layer that does not exist.
    """
    if layers is None:
        return tuple(range(levers.num_ws)) if levers.layers is None else levers.layers
    if not levers.num_ws and str(layers).strip().lower() not in ("", "all"):
        raise DirectionsError(
            "These directions do not say for how many layers they are, and some were chosen",
            "all layers, or directions with a layer count",
            "Give «num_ws» when you load them",
        )
    return parse_layers(layers, levers.num_ws)


def sweep(
    codes: LatentCode,
    levers: Directions,
    index: int,
    strengths: Sequence[float],
    unit: str = "sigma",
    layers: Layers = None,
) -> LatentCode:
    """Pull one lever at several strengths.

    Args:
        codes: N codes; they are not changed.
        levers: Directions that act on the codes.
        index: Number of the direction, from 0.
        strengths: S strengths in `unit`.
        unit: "sigma" or "distance", as for `edit`.
        layers: Layers that are changed; none means the lever's own.

    Returns:
        N * S codes: all strengths of the first code, then of the second, and so on.

    Raises:
        DirectionsError: No strength was given, or `edit` raises it.
        LatentError: The codes cannot take a direction of that space.
    """
    if not strengths:
        raise DirectionsError("No strength was given", "at least one")
    rows = [edit(codes, levers, index, strength, unit, layers) for strength in strengths]
    order = [row[n] for n in range(len(codes)) for row in rows]
    return concatenate(order)


def edit_each(
    codes: LatentCode, levers: Directions, index: int, strengths: Sequence[float], unit: str
) -> LatentCode:
    """Pull one lever on each code at a strength of its own.

    Args:
        codes: N codes; they are not changed.
        levers: Directions that act on the codes.
        index: Number of the direction, from 0.
        strengths: N strengths in `unit`.
        unit: "sigma" or "distance", as for `edit`.

    Returns:
        N edited codes.

    Raises:
        DirectionsError: There is not one strength per code, or `edit` raises it.
        LatentError: The codes cannot take a direction of that space.
    """
    if len(strengths) != len(codes):
        raise DirectionsError(f"{len(strengths)} strengths were given", f"{len(codes)}, one a code")
    rows = (edit(codes[n], levers, index, strengths[n], unit) for n in range(len(codes)))
    return concatenate(list(rows))


def _check_fit(codes: LatentCode, levers: Directions) -> None:
    """Raise if the space or the size of the directions is incompatible."""
    size, width = levers.vectors.shape[1], codes.values.shape[2]
    if levers.space is LatentSpace.S:
        _check_styles(codes, levers)
        return
    if codes.space is LatentSpace.S:
        raise LatentError(
            misfit(codes, levers),
            "codes in Z, W or W+, on which directions in S act too",
            "Edit the codes before their conversion to S, or find directions in S",
        )
    if codes.space.shared is not levers.space.shared:
        if codes.space.shared is LatentSpace.Z:
            raise LatentError(
                misfit(codes, levers),
                "codes in W or W+, which a generator with a mapping network has",
                "Sample in the space of the direction, or find directions with this generator",
            )
        return
    fits = size == width * (levers.num_ws if levers.space.is_plus else 1)
    if not fits or (codes.space.is_plus and codes.values.shape[1] != levers.num_ws):
        raise DirectionsError(
            misfit(codes, levers, f"{size} numbers for codes of shape {list(codes.values.shape)}"),
            "directions found with the same kind of generator",
            _REMEDY,
        )


def _check_styles(codes: LatentCode, levers: Directions) -> None:
    """Raise if a direction in S does not fit the styles of the codes."""
    if codes.space is LatentSpace.Z_PLUS:
        raise LatentError(
            misfit(codes, levers),
            "codes in Z, W, W+ or S of a generator with styles",
            "Find directions with this generator",
        )
    size = levers.vectors.shape[1]
    known = codes.values[:, 0] if codes.space is LatentSpace.S else codes.style_shift
    if known is not None and known.shape[1] != size:
        raise DirectionsError(
            misfit(codes, levers, f"{size} numbers for codes with {known.shape[1]} styles"),
            "directions found with the same kind of generator",
            _REMEDY,
        )


def _check_origin(codes: LatentCode, levers: Directions) -> None:
    """Warn if directions and codes belong to different generators; directions often transfer."""
    made, here = levers.origin, codes.origin
    if tuned_from(made, here) or tuned_from(here, made):
        return  # the codes stay where they are, and so do the levers near them
    if here and made and here != made:
        warn(
            f"{whose(codes, levers)}. They fit in size: fine-tuned relatives often share levers, "
            "others do not.",
            stacklevel=3,
        )
