"""Levers made of levers: sums, what is left without others, and lists of several files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .directions import Directions, adopt_directions
from .editing import unit_distance
from .errors import DirectionsError
from .generator import Generator
from .latents import LatentSpace
from .metrics import latent_metric
from .solving import spread
from .varying import signed

_NOTHING_LEFT = 1e-5
"""Share of a lever below which what is left of it is rounding."""


def choose(levers: Directions, indices: Sequence[int]) -> Directions:
    """Some levers of a set, under the names by which people know them.

    Args:
        levers: The set.
        indices: Which, in the order wanted.

    Returns:
        They alone, with names such as "resefa 3" where they had none, and their pictures.

    Raises:
        DirectionsError: No lever was named, or one does not exist.
    """
    if not indices:
        raise DirectionsError("No lever was chosen", "at least one")
    rows = [levers.check_index(index) for index in indices]
    return replace(
        levers,
        vectors=levers.vectors[rows],
        eigenvalues=levers.eigenvalues[rows],
        sigma=None if levers.sigma is None else levers.sigma[rows],
        names=tuple(levers.label(index) for index in rows),
        ranges=None if levers.ranges is None else levers.ranges[rows],
        thumbnails=None if levers.thumbnails is None else levers.thumbnails[rows],
        details=levers.details_of(rows),
    )


def gather(parts: Sequence[Directions], gan: Generator | None = None) -> Directions:
    """The levers of several sets, one after the other.

    Args:
        parts: Sets in spaces that meet: see `in_one_space`.
        gan: The generator, for the spread of random codes; none keeps what the sets say of it.

    Returns:
        All levers in order, each under the name that it had.

    Raises:
        DirectionsError: There is no set, or they do not fit together.
    """
    ready = in_one_space(parts)
    names = [part.label(i) for part in ready for i in range(len(part))]
    sigmas = [part.sigma for part in ready if part.sigma is not None]
    levers = adopt_directions(
        torch.cat([part.vectors for part in ready]),
        torch.cat([part.eigenvalues for part in ready]),
        names=tuple(names),
        sigma=torch.cat(sigmas) if len(sigmas) == len(ready) else None,
        **_facts(ready),
        details={"combined": "list", **_shared_details(ready)},
        mask=_shared_mask(ready),
    )
    return _measured(levers, gan) if gan is not None and levers.sigma is None else levers


def add_levers(
    pulls: Sequence[tuple[Directions, int, float]],
    unit: str = "sigma",
    name: str = "",
    gan: Generator | None = None,
) -> tuple[Directions, float]:
    """One lever that does what several do together.

    Args:
        pulls: Sets of directions, which of each, and how far: the levers that are pulled at once.
        unit: Unit of the strengths; see `editing.edit`.
        name: Name of the new lever; empty names it after its parts.
        gan: The generator, for the spread of random codes along the sum; none leaves it unknown.

    Returns:
        The lever, of unit length, and the latent distance at which it does just what was asked:
        `edit(codes, lever, 0, distance)` equals all the edits one after the other.

    Raises:
        DirectionsError: No lever was given, one does not exist, they do not fit together, have no
            known spread, or cancel each other out.
    """
    if not pulls:
        raise DirectionsError("No lever was given to add", "at least one")
    single = [levers.pick(index) for levers, index, _ in pulls]
    # As displacements: a lever that acts on some layers moves each of them by its whole length.
    reaches = [s * unit_distance(levers, i, unit) for levers, i, s in pulls]
    ready = in_one_space(single)
    lengths = [_length(before, after) for before, after in zip(single, ready, strict=True)]
    total = torch.zeros(ready[0].vectors.shape[1], dtype=torch.float64)
    farthest = 0.0
    for part, reach, length in zip(ready, reaches, lengths, strict=True):
        total += reach * length * part.vectors[0].to(torch.float64)
        farthest = max(farthest, abs(reach * length))
    distance = float(total.norm())
    if distance <= _NOTHING_LEFT * farthest or farthest == 0:
        raise DirectionsError(
            "These levers cancel each other out, or no strength was given",
            "a sum that moves something",
            "Change the strengths",
        )
    words = [f"{levers.label(i)} {signed(s)}" for levers, i, s in pulls]
    lever = adopt_directions(
        total[None],
        torch.full((1,), torch.nan),
        names=(name.strip() or ", ".join(words),),
        **_facts(ready),
        details={"combined": "sum", "parts": words, "unit": unit, **_shared_details(ready)},
        mask=_shared_mask(ready),
    )
    return _measured(lever, gan), distance


def remove_levers(
    levers: Directions,
    others: Directions,
    metric: str = "plain",
    gan: Generator | None = None,
) -> Directions:
    """Levers without their share of others: "smile" that loses its "age".

    Each lever n becomes `n - O^T (O M O^T)^+ O M n`, O holding the others as rows and M being the
    metric (conditional manipulation of Shen et al., CVPR 2020, section 3.3, for several others and
    any metric): the inner products `o^T M n` are then zero.

    Args:
        levers: The levers that shall lose something; their sign stays.
        others: What they shall lose; a repeated lever counts once.
        metric: One of `metrics.METRICS`.
        gan: The generator; needed in S, for "covariance", and for the spread of random codes.

    Returns:
        As many levers under their names, of unit length, with the share of their squared length
        that was lost in `details["lost"]`.

    Raises:
        DirectionsError: The sets do not fit together, the metric is unknown or lacks its
            generator, or nothing is left of a lever.
    """
    ready, gone = in_one_space([levers, others])
    apply = latent_metric(ready.space, metric, gan)
    rows = ready.vectors.to(torch.float64)  # [K, D]
    basis = gone.vectors.to(torch.float64)  # [R, D]
    gram = basis @ apply(basis).T  # [R, R]
    inverse = torch.linalg.pinv(gram, rtol=1e-10, hermitian=True)
    left = rows
    for _ in range(2):  # the second pass takes away what rounding left
        left = left - (left @ apply(basis).T) @ inverse @ basis
    before, after = ((x * apply(x)).sum(dim=1) for x in (rows, left))
    empty = after <= _NOTHING_LEFT**2 * before
    if empty.any():
        names = ", ".join(ready.label(i) for i in empty.nonzero()[:, 0].tolist())
        raise DirectionsError(
            f"Nothing is left of {names} without the others",
            "levers that are more than a sum of the others",
            "Take away fewer levers, or other ones",
        )
    lost = (1 - after / before).clamp(0, 1)
    cleaned = adopt_directions(
        left,
        torch.full((len(left),), torch.nan),
        names=tuple(ready.label(i) for i in range(len(ready))),
        **_facts([ready, gone]),
        details={
            "combined": "orthogonalised",
            "without": [gone.label(i) for i in range(len(gone))],
            "metric": metric,
            "lost": lost.tolist(),
            **_shared_details([ready]),
        },
        mask=ready.mask,
    )
    return _measured(cleaned, gan)


def in_one_space(parts: Sequence[Directions]) -> list[Directions]:
    """Sets of levers in one space, acting on the same layers.

    Levers in W that act on different layers, or meet levers in W+, become levers in W+ that are
    zero elsewhere; likewise Z and Z+. They do the same as before, but a distance of 1 is then a
    distance in all layers together: a lever on m layers moves each by `1 / sqrt(m)`.

    Args:
        parts: At least one set.

    Returns:
        The sets, unit rows.

    Raises:
        DirectionsError: There is no set, or spaces, sizes or layer counts do not fit.
    """
    if not parts:
        raise DirectionsError("No directions were given", "at least one set")
    origins = {part.origin for part in parts if part.origin}
    if len(origins) > 1:
        warnings.warn(
            f"These directions were found with different generators ({', '.join(sorted(origins))})."
            " They fit in size; fine-tuned relatives often share directions, others do not.",
            stacklevel=3,
        )
    counts = {part.num_ws for part in parts if part.num_ws}
    kinds = {part.space.shared for part in parts}
    if len(counts) > 1 or len(kinds) > 1:
        told = ", ".join(f"{p.space.value} for {p.num_ws or '?'} layers" for p in parts)
        raise DirectionsError(
            f"Directions in {told} were put together",
            "directions of one kind of generator, all in S, all in Z, or all in W and W+",
            "Pull the others one after the other: edits chain",
        )
    ready = [replace(part, num_ws=max(counts, default=0)) for part in parts]
    same = len({(part.space, _acting(part)) for part in ready}) == 1
    if ready[0].space is not LatentSpace.S and not same:
        ready = [_lifted(part) for part in ready]
    sizes = {part.vectors.shape[1] for part in ready}
    if len(sizes) > 1:
        raise DirectionsError(
            f"Directions of {' and '.join(map(str, sorted(sizes)))} numbers were put together",
            "directions of one kind of generator",
        )
    return ready


def _acting(levers: Directions) -> tuple[int, ...] | None:
    """The layers that levers act on, none for all."""
    if levers.layers is None or len(levers.layers) == levers.num_ws:
        return None
    return levers.layers


def _lifted(levers: Directions) -> Directions:
    """Levers with a vector per layer, zero on the layers on which they do not act."""
    if levers.space.is_plus and levers.layers is None:
        return levers
    rows = _per_layer(levers)
    return replace(
        levers,
        vectors=rows / rows.norm(dim=1, keepdim=True),
        space=levers.space.plus,
        layers=None,
    )


def _per_layer(levers: Directions) -> Tensor:
    """What a unit of each lever adds to every layer: `[K, L * D]`."""
    if not levers.num_ws:
        raise DirectionsError(
            "These directions do not say for how many layers they are",
            "the number of layers, since others act on some only",
            "Give the generator when you load them",
        )
    layers = levers.num_ws
    width = levers.vectors.shape[1] // (layers if levers.space.is_plus else 1)
    parts = levers.vectors.reshape(len(levers), -1, width)  # [K, 1 or L, D]
    whole = parts.expand(-1, layers, -1).clone()
    if levers.layers is not None:
        whole[:, [layer for layer in range(layers) if layer not in levers.layers]] = 0
    return whole.flatten(1)


def _length(before: Directions, after: Directions) -> float:
    """How long a unit of one lever is once it has a vector per layer."""
    if before.space is after.space and before.layers == after.layers:
        return 1.0
    return float(_per_layer(replace(before, num_ws=after.num_ws)).norm())


def _facts(parts: Sequence[Directions]) -> dict[str, Any]:
    """What levers made of others share with them."""
    first = parts[0]
    layers = [_acting(part) for part in parts]
    union = sorted({layer for some in layers if some is not None for layer in some})
    everywhere = None in layers
    return {
        "space": first.space,
        "num_ws": first.num_ws,
        "layers": None if everywhere else tuple(union),
        "method": "combined",
        "origin": next((part.origin for part in parts if part.origin), ""),
        "styles": next((part.styles for part in parts if part.styles), ()),
    }


def _shared_mask(parts: Sequence[Directions]) -> Tensor | None:
    """The small picture of the region, where all parts have the same one."""
    masks = [part.mask for part in parts]
    first = masks[0]
    if first is None or any(mask is None or not torch.equal(mask, first) for mask in masks):
        return None
    return first


def _shared_details(parts: Sequence[Directions]) -> dict[str, Any]:
    """The region, where all parts have one."""
    regions = {str(part.details.get("region", "")) for part in parts}
    return {"region": regions.pop()} if len(regions) == 1 and "" not in regions else {}


def _measured(levers: Directions, gan: Generator | None) -> Directions:
    """Levers that know how far random codes spread along them."""
    if gan is None:
        return levers
    sigma: Tensor = spread(gan, levers.vectors, levers.space)
    return replace(levers, sigma=sigma)
