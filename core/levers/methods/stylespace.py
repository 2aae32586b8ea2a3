"""StyleSpace (Wu et al., CVPR 2021): single channels of S that act in one region.

The paper (section 4) thresholds the gradient map of each channel, counts its overlap with masks of
parts over a thousand images, and keeps channels that overlap most with one part. Here the gradient
is not thresholded: a channel's squared effect inside is divided by that outside, in one formula for
any mask and a few codes, which is the quotient of ReSeFa for a single channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...base.errors import DirectionsError, LatentError, SolveError
from ...base.phases import phase
from ...base.progress import Progress
from ...concepts.directions import Directions
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace, Layers
from ...concepts.network import GeneratorSpec
from ...concepts.region import Region
from ...jacobians.diagonals import each_diagonal
from ...jacobians.options import JacobianOptions
from ..grams.gram_sum import AVERAGES
from ..grams.region_grams import RegionTask
from ..solution_directions import found_directions
from .method import AbstractMethod

SHRINKAGE = 1e-6
"""Default tau: excludes channels that hardly change anything, and prefers strict ones otherwise."""


class StyleSpaceMethod(AbstractMethod):
    """Channels of S by the ratio of their effects in the region and in the background."""

    id = "stylespace"
    title = "StyleSpace: single style channels that act in the region"
    eigenvalue = "mean squared change in the region over that in the background, for a small pull"

    def quotients(self, a: Tensor, b: Tensor, shrinkage: float) -> Tensor:
        """`a_i / (b_i + tau sum_j b_j)`: ReSeFa's quotient of each channel alone.

        Args:
            a: `[d]` float64, diagonal of the region's Gram in units of the channels' deviations.
            b: `[d]` float64, that of the background.
            shrinkage: tau, at least 0.

        Returns:
            `[d]` float64; 0 where a channel changes neither.

        Raises:
            SolveError: tau is out of range, or no channel changes the region.
        """
        if not 0 <= shrinkage < float("inf"):
            raise SolveError(
                f"shrinkage is {shrinkage}", f"a number of 0 or more, such as {SHRINKAGE}"
            )
        if not a.any():
            raise SolveError(
                "Nothing in the region changes with the styles",
                "a region that depends on them",
                "Choose another region or other «layers»",
            )
        least = torch.finfo(b.dtype).tiny
        return a / (b + shrinkage * b.sum()).clamp_min(least)


def stylespace(
    gan: Generator,
    codes: LatentCode,
    region: Region,
    background: Region | None = None,
    layers: Layers = None,
    count: int = 10,
    shrinkage: float = SHRINKAGE,
    noise_mode: str = "const",
    progress: Progress | None = None,
    *,
    effort: JacobianOptions | None = None,
    average_by: str = "rows",
) -> Directions:
    """StyleSpace (Wu et al., CVPR 2021): single style channels that act in one region.

    With the diagonals of A and B of `resefa` in S, and s_i the standard deviation of channel i over
    random codes, channels are ranked by `s_i^2 A_ii / (s_i^2 B_ii + tau sum_j s_j^2 B_jj)`. Neither
    Gram is computed, and no eigenproblem solved. For what the paper does instead, see the module.

    Args:
        gan: A generator with a space S: StyleGAN, StyleGAN2 or StyleGAN3.
        codes: N codes; four to sixteen give channels that act alike on other images.
        region: Where the image should change, in the size of the generator's image; one mask, or
            one per code.
        background: Where it should not change; none means all else. Pixels in neither are ignored.
        layers: Layers whose styles are considered; none means all.
        count: Number of channels K, at least 1.
        shrinkage: tau; larger values prefer strong channels to those confined to the region.
        noise_mode: "const" or "none".
        progress: Called as `progress(done, total)`; may raise to cancel.
        effort: How Jacobians are computed, as for `resefa`; precision "fast" is not corrected.
        average_by: "rows" (all pixels have the same weight) or "trace" (all images have it).

    Returns:
        At most `count` directions in S, best first: each moves one channel. `names` has its layer,
        kind and number in the layer's style, such as "layer 6 conv 12"; `details["style_channels"]`
        the same with the module and the number in S, and the share of codes at which the channel
        changes a pixel of the region more than one of the background.

    Raises:
        LatentError: The generator has no space S, or codes or layers do not fit.
        RegionError: A region is empty, complete, not finite, or of the wrong size.
        SolveError: The region does not change, or an argument is out of range.
        DirectionsError: `count` is below 1.
    """
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    require_styles(gan)
    task = RegionTask(
        gan,
        codes,
        region,
        background,
        LatentSpace.S,
        layers,
        noise_mode,
        average_by=average_by,
        effort=effort,
    )
    with phase("jacobian"):
        diagonals = _diagonals(task, progress)  # [N, 2, d]
    method = StyleSpaceMethod()
    a, b = _averaged(diagonals, average_by)
    quotients = method.quotients(a, b, shrinkage)
    moving = int((quotients > 0).sum())
    values, best = quotients.topk(min(count, moving))
    vectors = torch.zeros(len(best), len(quotients), dtype=torch.float64)
    vectors[torch.arange(len(best)), best] = 1.0
    more_inside = (diagonals[:, 0] > diagonals[:, 1]).to(torch.float64).mean(dim=0)  # [d]
    channels = style_channels(gan.spec, task.derivative.layers)
    described = [
        {**channels[index], "codes_inside": round(float(more_inside[index]), 4)}
        for index in best.tolist()
    ]
    provenance = task.provenance(method.id, shrinkage=shrinkage)
    facts = {
        "status": "OK",
        "explanation": _explanation(len(best), count, len(quotients), provenance.details),
        "style_channels": described,
    }
    levers = found_directions(gan, vectors, values, provenance, facts)
    names = tuple(channel_name(channel) for channel in described)
    return task.with_mask(replace(levers, names=names))


def require_styles(gan: Generator) -> LatentSpace:
    """Check that a generator has style channels.

    Args:
        gan: The generator.

    Returns:
        S.

    Raises:
        LatentError: It has none.
    """
    if LatentSpace.S not in gan.spec.spaces:
        raise LatentError(
            f"A {gan.spec.architecture} generator was given, which has no style channels",
            "a StyleGAN, StyleGAN2 or StyleGAN3 whose layers all read styles",
            "Use ReSeFa or LowRankGAN for this generator",
        )
    return LatentSpace.S


def style_channels(
    spec: GeneratorSpec, layers: tuple[int, ...] | None = None
) -> list[dict[str, Any]]:
    """What each channel of S is.

    Args:
        spec: Sizes and styles of the generator.
        layers: Layers whose styles are listed; none means all.

    Returns:
        One entry per channel, in the order of S: `layer`, `style` (name of the module), `kind` (see
        `StyleInfo`; of "AdaIN" the first half are "AdaIN scale", the second "AdaIN shift"), `index`
        (number in the style, or in that half of it) and `channel` (number in all of S).
    """
    found: list[dict[str, Any]] = []
    first = 0
    for style in spec.styles:
        chosen = layers is None or style.layer in layers
        half = style.channels // 2
        for index in range(style.channels if chosen else 0):
            kind, place = style.kind, index
            if kind == "AdaIN":
                kind, place = (
                    ("AdaIN scale", index) if index < half else ("AdaIN shift", index - half)
                )
            found.append(
                {
                    "layer": style.layer,
                    "style": style.name,
                    "kind": kind,
                    "index": place,
                    "channel": first + index,
                }
            )
        first += style.channels
    return found


def channel_name(channel: dict[str, Any]) -> str:
    """The name of a channel for people.

    Args:
        channel: An entry of `style_channels`.

    Returns:
        Such as "layer 6 conv 12".
    """
    return f"layer {channel['layer']} {channel['kind']} {channel['index']}"


def _diagonals(task: RegionTask, progress: Progress | None) -> Tensor:
    """Diagonals of both Grams at each code in units of the channels, `[N, 2, d]` on the CPU."""
    each = each_diagonal(
        task.gan,
        task.codes,
        [task.region, task.outside],
        task.derivative,
        task.options,
        progress,
    )
    found = torch.stack([diagonal.cpu() for diagonal in each])
    if not torch.isfinite(found).all():
        raise SolveError(
            "The derivatives hold NaN or infinite numbers",
            "finite derivatives",
            "The weights of the generator or the latent codes are damaged or far out of range",
        )
    assert task.scale is not None  # the space is S
    return found * task.scale.square()


def _averaged(diagonals: Tensor, average_by: str) -> Tensor:
    """Means over codes, `[2, d]`, each code divided as `averaging.average` divides its Grams."""
    if average_by not in AVERAGES:
        raise SolveError(f"Unknown average_by {average_by!r}", f"one of {', '.join(AVERAGES)}")
    if average_by == "rows":
        return diagonals.mean(dim=0)
    traces = diagonals.sum(dim=2, keepdim=True)  # [N, 2, 1]
    if (traces <= 0).any():
        raise SolveError(
            "At one of the codes, the region or the background does not change",
            "Grams whose trace is positive",
            "Choose another region, or «average_by rows»",
        )
    return (diagonals / traces).mean(dim=0)


def _explanation(found: int, count: int, channels: int, details: Any) -> str:
    """The outcome in words."""
    words = f"{found} of {count} channels: the most local ones of {channels}."
    approximate = details.get("approximate")
    return words if approximate is None else f"{words} Their order is approximate ({approximate})."
