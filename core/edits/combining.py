"""Combine levers: sums, projections that remove other levers, and lists from several files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.wording import warn
from ..concepts.directions import Directions, adopt_directions
from ..concepts.generator import Generator
from ..levers.alignment import align_levers, own_layers
from ..levers.inner_products import latent_metric, without_components
from ..levers.spread import spread
from .units import check_strength, unit_distance
from .variations import signed

_NOTHING_LEFT = 1e-5
"""Share of a lever's length below which the rest of it is rounding error."""


def choose(levers: Directions, indices: Sequence[int]) -> Directions:
    """Select levers of a set and keep their labels as names.

    Args:
        levers: The set.
        indices: Numbers of the levers, in the order of the result.

    Returns:
        The selected levers with their pictures. A lever without a name is named by its label, such
        as "resefa 3".

    Raises:
        DirectionsError: No lever was named, or one does not exist.
    """
    if not indices:
        raise DirectionsError("No lever was chosen", "at least one")
    chosen = levers.select(indices)
    return replace(chosen, names=tuple(levers.label(index) for index in indices))


def gather(parts: Sequence[Directions], gan: Generator | None = None) -> Directions:
    """Concatenate the levers of several sets.

    Args:
        parts: Sets in compatible spaces, as `alignment.align_levers` defines them.
        gan: The generator. It provides the spread of random codes where a set has none.

    Returns:
        All levers in order, named by their labels. A strength in sigma has the same effect as
        before. Ranges and pictures are kept if every set has them.

    Raises:
        DirectionsError: There is no set, or they do not fit together.
    """
    ready = [part.levers for part in align_levers(parts)]
    names = [part.label(i) for part in ready for i in range(len(part))]
    if len({str(part.details.get("region", "")) for part in ready}) > 1:
        warn(
            "These levers were found for different regions, and the joined set names none: "
            "strengths that are chosen automatically are judged on the whole image",
        )
    whole = adopt_directions(
        torch.cat([part.vectors for part in ready]),
        torch.cat([part.eigenvalues for part in ready]),
        names=tuple(names),
        sigma=_joined([part.sigma for part in ready]),
        ranges=_joined([part.ranges for part in ready]),
        thumbnails=_joined([part.thumbnails for part in ready]),
        **_facts(ready),
        details={"combined": "list", **_shared_details(ready), **_listed_details(ready)},
        mask=_shared_mask(ready),
    )
    return _with_sigma(whole, gan) if whole.sigma is None else whole


def add_levers(
    pulls: Sequence[tuple[Directions, int, float]],
    unit: str = "sigma",
    name: str = "",
    gan: Generator | None = None,
) -> tuple[Directions, float]:
    """Add several levers up to one lever.

    Args:
        pulls: Triples of a set of directions, the number of a lever in it, and a strength.
        unit: Unit of the strengths, "sigma" or "distance".
        name: Name of the new lever. If empty, the name lists its parts.
        gan: The generator, which provides the spread of random codes along the sum. With none the
            lever has no `sigma`.

    Returns:
        The lever, of unit length, and a latent distance: `edit(codes, lever, 0, distance,
        "distance")` equals all the edits one after the other.

    Raises:
        DirectionsError: No lever was given, one does not exist, they do not fit together, have no
            known spread, or cancel each other out.
    """
    if not pulls:
        raise DirectionsError("No lever was given to add", "at least one")
    for _, _, strength in pulls:
        check_strength(strength)
    aligned = align_levers([levers.pick(index) for levers, index, _ in pulls])
    ready = [part.levers for part in aligned]
    # Displacements: a lever that acts on some layers moves each of them by its whole length.
    distances = [
        strength * unit_distance(levers, index, unit) * float(part.scales[0])
        for (levers, index, strength), part in zip(pulls, aligned, strict=True)
    ]
    rows = torch.cat([part.vectors for part in ready]).to(torch.float64)  # [K, D]
    total = torch.tensor(distances, dtype=torch.float64) @ rows  # [D]
    distance, farthest = float(total.norm()), max(map(abs, distances))
    if distance <= _NOTHING_LEFT * farthest or farthest == 0:
        raise DirectionsError(
            "These levers cancel each other out, or all strengths are 0",
            "a sum that changes the image",
            "Change the strengths",
        )
    parts = [f"{levers.label(i)} {signed(s)}" for levers, i, s in pulls]
    lever = adopt_directions(
        total[None],
        torch.full((1,), torch.nan),
        names=(name.strip() or ", ".join(parts),),
        **_facts(ready),
        details={"combined": "sum", "parts": parts, "unit": unit, **_shared_details(ready)},
        mask=_shared_mask(ready),
    )
    return _with_sigma(lever, gan), distance


def remove_levers(
    levers: Directions,
    others: Directions,
    metric: str = "plain",
    gan: Generator | None = None,
) -> Directions:
    """Project levers onto the complement of others: "smile" without its share of "age".

    Each lever n becomes `n - O^T (O M O^T)^+ O M n`, where the rows of O are the others and M is
    the metric (conditional manipulation of Shen et al., CVPR 2020, section 3.3, for several others
    and any metric): the inner products `o^T M n` are then zero.

    Args:
        levers: The levers to project; their signs are kept.
        others: The levers to remove from them; a repeated lever counts once.
        metric: One of `inner_products.METRICS`.
        gan: The generator; needed in S, for "covariance", and for the spread of random codes.

    Returns:
        As many levers with the same names, of unit length. `details["lost"]` holds the share of
        its squared length that each lever lost.

    Raises:
        DirectionsError: The sets do not fit together, the metric is unknown or needs a generator,
            or nothing is left of a lever.
    """
    ready, gone = (part.levers for part in align_levers([levers, others]))
    apply = latent_metric(ready.space, metric, gan)
    rows = ready.vectors.to(torch.float64)  # [K, D]
    basis = gone.vectors.to(torch.float64)  # [R, D]
    names = tuple(ready.label(i) for i in range(len(ready)))
    left, lost = without_components(rows, basis, apply, names)
    cleaned = adopt_directions(
        left,
        torch.full((len(left),), torch.nan),
        names=names,
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
    return _with_sigma(cleaned, gan)


def _facts(parts: Sequence[Directions]) -> dict[str, Any]:
    """Metadata that combined levers inherit from their parts."""
    first = parts[0]
    layers = [own_layers(part) for part in parts]
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


def _joined(tensors: Sequence[Tensor | None]) -> Tensor | None:
    """The concatenation, or None if a set has no tensor or the sizes differ."""
    known = [tensor for tensor in tensors if tensor is not None]
    if len(known) < len(tensors) or len({tensor.shape[1:] for tensor in known}) > 1:
        return None
    return torch.cat(known)


def _shared_mask(parts: Sequence[Directions]) -> Tensor | None:
    """The thumbnail of the region, if all parts have the same one."""
    masks = [part.mask for part in parts]
    first = masks[0]
    if first is None or any(mask is None or not torch.equal(mask, first) for mask in masks):
        return None
    return first


def _shared_details(parts: Sequence[Directions]) -> dict[str, Any]:
    """The region, if it is the same for all parts."""
    regions = {str(part.details.get("region", "")) for part in parts}
    return {"region": regions.pop()} if len(regions) == 1 and "" not in regions else {}


def _listed_details(parts: Sequence[Directions]) -> dict[str, list[Any]]:
    """Details with one entry per lever, if every set has them."""
    first, *more = (part.per_lever for part in parts)
    shared = [key for key in first if all(key in other for other in more)]
    return {key: [item for facts in (first, *more) for item in facts[key]] for key in shared}


def _with_sigma(levers: Directions, gan: Generator | None) -> Directions:
    """The levers with the standard deviation of random codes along each."""
    if gan is None:
        return levers
    sigma: Tensor = spread(gan, levers.vectors, levers.space)
    return replace(levers, sigma=sigma)
