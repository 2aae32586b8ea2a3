"""Convert levers of different spaces and layers to one space, so that they can be combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.wording import warn
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentSpace


@dataclass(frozen=True)
class AlignedLevers:
    """A set of levers, converted to the common space."""

    levers: Directions
    """The set, with unit rows; sigmas and ranges are distances in this space."""
    scales: Tensor
    """`[K]` float64: the new distance that has the effect of a distance of 1 before."""


def align_levers(parts: Sequence[Directions]) -> list[AlignedLevers]:
    """Convert sets of levers to one space and to the same layers.

    Levers in W that act on different layers, or are combined with levers in W+, become levers in W+
    that are zero on other layers; likewise Z and Z+. Their effect stays the same, but distances are
    those in W+: a distance of 1 moves each of m layers by `1 / sqrt(m)`. Sigmas are multiplied by
    `sqrt(m)`, so that a strength in sigma has the same effect as before.

    Args:
        parts: At least one set.

    Returns:
        The sets in order.

    Raises:
        DirectionsError: There is no set, or spaces, sizes or layer counts do not fit together.
    """
    if not parts:
        raise DirectionsError("No directions were given", "at least one set")
    origins = {part.origin for part in parts if part.origin}
    if len(origins) > 1:
        warn(
            f"These directions were found with different generators ({', '.join(sorted(origins))})."
            " They fit in size; fine-tuned relatives often share directions, others do not.",
            stacklevel=3,
        )
    counts = {part.num_ws for part in parts if part.num_ws}
    kinds = {part.space.shared for part in parts}
    if len(counts) > 1 or len(kinds) > 1:
        described = ", ".join(f"{p.space.value} for {p.num_ws or '?'} layers" for p in parts)
        raise DirectionsError(
            f"Directions in {described} were combined",
            "directions of one kind of generator, all in S, all in Z, or all in W and W+",
            "Pull the others in separate edits, one after another",
        )
    ready = [replace(part, num_ws=max(counts, default=0)) for part in parts]
    same = len({(part.space, own_layers(part)) for part in ready}) == 1
    # In S a lever is already zero on the channels of other layers.
    convert = not same and ready[0].space is not LatentSpace.S
    aligned = [_in_plus_space(part) if convert else _not_converted(part) for part in ready]
    sizes = {part.levers.vectors.shape[1] for part in aligned}
    if len(sizes) > 1:
        raise DirectionsError(
            f"Directions of {' and '.join(map(str, sorted(sizes)))} numbers were combined",
            "directions of one kind of generator",
        )
    return aligned


def own_layers(levers: Directions) -> tuple[int, ...] | None:
    """The layers on which levers act.

    Args:
        levers: The levers.

    Returns:
        Ascending layer numbers, or none for all.
    """
    if levers.layers is None or len(levers.layers) == levers.num_ws:
        return None
    return levers.layers


def _not_converted(levers: Directions) -> AlignedLevers:
    """Levers that need no conversion."""
    return AlignedLevers(levers, torch.ones(len(levers), dtype=torch.float64))


def _in_plus_space(levers: Directions) -> AlignedLevers:
    """Levers as one vector per layer, zero on the layers on which they do not act."""
    if levers.space.is_plus and levers.layers is None:
        return _not_converted(levers)
    rows = _per_layer(levers)
    scales = rows.to(torch.float64).norm(dim=1)  # [K]
    sigma, ranges = levers.sigma, levers.ranges
    converted = replace(
        levers,
        vectors=rows / rows.norm(dim=1, keepdim=True),
        space=levers.space.plus,
        layers=None,
        sigma=None if sigma is None else sigma * scales,
        ranges=None if ranges is None else ranges * scales[:, None],
    )
    return AlignedLevers(converted, scales)


def _per_layer(levers: Directions) -> Tensor:
    """What a distance of 1 along each lever adds to every layer: `[K, L * D]`."""
    layers = levers.num_ws
    if not layers:
        raise DirectionsError(
            "These directions do not store their number of layers",
            "the number of layers, since other levers act on some layers only",
            "Give «generator» when you load them",
        )
    width = levers.vectors.shape[1] // (layers if levers.space.is_plus else 1)
    parts = levers.vectors.reshape(len(levers), -1, width)  # [K, 1 or L, D]
    full = parts.expand(-1, layers, -1).clone()
    if levers.layers is not None:
        full[:, [layer for layer in range(layers) if layer not in levers.layers]] = 0
    return full.flatten(1)
