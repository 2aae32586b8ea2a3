"""Search for the levers of a region: changes of the denoised picture inside and not outside of it.

ReSeFa (Zhu et al., Region-Based Semantic Factorization in GANs, ICML 2022) holds for any
differentiable generator: maximise `n^T J_f^T J_f n / n^T (J_b^T J_b + t I) n`. Here the generator
is the denoised picture of one step, whose latent has as many entries as the picture; neither J nor
a matrix of that size is ever formed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import RegionError, SolveError
from ..base.progress import Progress, no_progress
from ..base.wording import warn
from ..concepts.eigenproblem import EigenSolution
from ..jacobians.matrix_pencil import MatrixPencil, Sample
from ..solvers.davidson import search
from ..solvers.search_space import Goal
from ..solvers.trace_estimate import draw_probes
from .denoised_map import DenoisedMap, ForwardModeError
from .region_levers import EFFORTS, RegionLevers
from .self_check import Agreement, check_products

_log = logging.getLogger(__name__)

QUICK_PRODUCTS = 84
"""Products of the efforts "quick", half of them pushes and half pulls, and "forward-only"."""

_EXACT_PRODUCTS = 1200
"""Most products of the effort "exact", beyond which its status says that the budget was spent."""

_PROBES = {"forward-only": 6, "quick": 6, "exact": 48}
"""Random directions for the trace of the background, a push each; "exact" begins with a dozen."""

_COLUMN_BYTES = 1 << 30
"""Most bytes of pictures J v that are kept during a search; else they are computed again."""


@dataclass(frozen=True)
class SearchOptions:
    """What is searched for, and how long."""

    count: int = 6
    """Number of levers."""
    effort: str = "quick"
    """One of `EFFORTS`."""
    shrinkage: float = 1e-3
    """tau: t divided by the trace of the background's Gram."""
    angle: float = 1e-2
    """Angle to the directions of the exact problem that "exact" aims at, in radians."""
    seed: int = 0
    """Seed of the probes of the trace."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            SolveError: One is out of range.
        """
        if self.effort not in EFFORTS:
            raise SolveError(f"Unknown effort {self.effort!r}", f"one of {', '.join(EFFORTS)}")
        if self.count < 1 or not self.shrinkage > 0 or not 0 < self.angle < 1:
            raise SolveError(
                f"count is {self.count}, shrinkage {self.shrinkage}, angle {self.angle}",
                "at least 1, above 0, and between 0 and 1",
            )


@dataclass(frozen=True)
class Origin:
    """Where the denoised picture comes from; kept with the levers."""

    sigma: float
    """Noise level of the step."""
    seed: int
    """Seed of the noise."""
    model: str
    """Hash of the model."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """See `RegionLevers.settings`."""


def find_region_levers(
    image: DenoisedMap,
    mask: Tensor,
    origin: Origin,
    options: SearchOptions | None = None,
    progress: Progress | None = None,
) -> RegionLevers:
    """Check the derivative, then search for the levers of a region.

    Args:
        image: The denoised picture at a noisy latent. With the effort "forward-only" its `how` must
            have the pull "push".
        mask: `[H', W']` in [0, 1], any resolution: 1 inside the region.
        origin: Where the picture comes from.
        options: What is searched for; none means the defaults.
        progress: Called with the steps done and those expected; may raise to cancel. To cancel
            between two evaluations, give the map a pulse.

    Returns:
        The levers with their first-order pictures and what they cost.

    Raises:
        SolveError: The derivative is wrong (see `check_products`), or nothing inside the region
            depends on the latent.
        RegionError: The region is empty or everything at the resolution of the latent.
    """
    chosen = options or SearchOptions()
    if (image.how.pull == "push") != (chosen.effort == "forward-only"):
        raise SolveError(
            f"The effort {chosen.effort!r} was asked for with the pull {image.how.pull!r}",
            "the pull 'push' for forward-only, else 'reverse'",
        )
    weight = latent_region(mask, image.image_shape[1:]).to(image.device)
    report = progress or no_progress
    report(0, 1)
    agreement = _checked(image, weight)
    pencil = _pencil(image, weight)
    goal = _goal(chosen, agreement)
    problem = pencil.problem(
        shrinkage=chosen.shrinkage, row_bound=int((weight > 0).sum()) * image.image_shape[0]
    )
    probes = draw_probes(_PROBES[chosen.effort], pencil.size, chosen.seed)
    found = search(problem, goal, probes, progress=report)
    return _levers(image, weight, found, agreement, (chosen, origin))


def _checked(image: DenoisedMap, weight: Tensor) -> Agreement:
    """The self-check; where forward mode fails it, central differences take its place."""
    try:
        return check_products(image, weight)
    except ForwardModeError as error:
        _log.info("%s Central differences are used instead.", error)
        image.how = replace(image.how, push="central")
        return check_products(image, weight)


def latent_region(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """A mask at the resolution of a latent, each entry the mean of what it covers.

    Args:
        mask: `[H', W']`, or `[1, H', W']`.
        size: H, W of the latent.

    Returns:
        `[H, W]` float32 in [0, 1].

    Raises:
        RegionError: It has another shape, or nothing or everything is inside.
    """
    if mask.ndim == 3 and len(mask) == 1:
        mask = mask[0]
    if mask.ndim != 2:
        raise RegionError(f"The region has shape {list(mask.shape)}", "one mask, [H, W]")
    if not bool(torch.isfinite(mask).all()):
        raise RegionError(
            "The region contains NaN or infinite numbers", "weights from 0 to 1", "Draw it again"
        )
    with torch.inference_mode(False), torch.no_grad():
        plain = mask.float().clamp(0, 1).clone()[None, None]
        weight = F.interpolate(plain, size=size, mode="area")[0, 0]
    if not bool((weight > 0).any()) or not bool((weight < 1).any()):
        what = "nothing" if not bool((weight > 0).any()) else "everything"
        raise RegionError(
            f"At the resolution of the latent, {size[0]} by {size[1]}, the region holds {what}",
            "a part of the picture",
            "Draw another region",
        )
    return weight


def _pencil(image: DenoisedMap, weight: Tensor) -> MatrixPencil:
    """Both Grams as products, each divided by its rows."""
    outside = 1 - weight
    rows = [float(part.double().sum()) * image.image_shape[0] for part in (weight, outside)]
    sample = Sample(image.as_image_map(), (weight, outside), (1 / rows[0], 1 / rows[1]))
    return MatrixPencil([sample], chunk=1 << 30, image_bytes=_COLUMN_BYTES)


def _goal(options: SearchOptions, agreement: Agreement) -> Goal:
    """When the search ends: at the angle, at the noise of its products, or at its budget."""
    products = _EXACT_PRODUCTS if options.effort == "exact" else QUICK_PRODUCTS
    return Goal(options.count, options.angle, floor=agreement.floor, products=products)


def _levers(
    image: DenoisedMap,
    weight: Tensor,
    found: EigenSolution,
    agreement: Agreement,
    asked: tuple[SearchOptions, Origin],
) -> RegionLevers:
    """The result: first-order pictures are computed anew, since Ritz vectors mix many."""
    options, origin = asked
    shape = (len(found.values), *image.point.shape[1:])
    vectors = found.vectors.float()
    pictures = torch.stack([image.difference(row) for row in vectors.to(image.point)])
    units = [image.length(row) for row in vectors]
    facts: dict[str, Any] = {
        "effort": options.effort,
        "status": found.status.value,
        "ended": found.status.name,
        "products": found.stats["products"],
        "steps": found.stats["steps"],
        "evaluations": image.cost.forwards,
        "backwards": image.cost.backwards,
        "seconds": image.cost.seconds,
        "shrinkage": options.shrinkage,
        "angle": options.angle,
        "push": image.how.push,
        "noise": agreement.noise,
        "floor": agreement.floor,
        "repeat": agreement.repeat,
        "dot": agreement.dot,
        "trace": found.stats.get("trace"),
        "trace_error": found.stats.get("trace_error"),
        "self_check": agreement.words,
    }
    return RegionLevers(
        vectors.reshape(shape).cpu(),
        pictures.reshape(shape).float().cpu(),
        found.values.cpu(),
        found.residuals.double().cpu(),
        torch.tensor(units, dtype=torch.float64),
        image.value().float().cpu(),
        weight.cpu(),
        origin.sigma,
        origin.seed,
        origin.model,
        dict(origin.settings),
        facts,
    )


def note_noise(levers: RegionLevers) -> None:
    """Warn where the products were noisier than the angle that was asked for.

    Args:
        levers: Levers that were just found.
    """
    noise, angle = float(levers.facts["floor"]), float(levers.facts["angle"])
    if noise > angle:
        warn(
            f"Products with the derivative are exact to {noise:.1e} only, so that the search "
            f"stopped at residuals of that size instead of an angle of {angle:.0e}",
            stacklevel=2,
        )
