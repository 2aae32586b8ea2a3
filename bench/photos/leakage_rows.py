"""Rows of leakage: a lever on codes of photographs, on samples, and held."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.measures.leakage import inside_over_outside
from latent_levers.core.measures.pulls import Goal, equal_pulls
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

from .faces import COUNT, OWN, Subject
from .table import Bar

CHANGE = 32.0
"""Root mean square change inside the mouth, in grey levels."""


def leakage_bars(subject: Subject, inverter: ll.Inverter) -> list[Bar]:
    """Pull the mouth's first lever until every mouth changes equally.

    Args:
        subject: The generator and the photographs.
        inverter: Prepared for it.

    Returns:
        Bars: medians of the mean squared change outside over that inside.
    """
    gan = subject.gan
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    lever = ll.resefa(gan, ll.sample_latents(gan, 8, 0), region, count=1)
    samples = ll.sample_latents(gan, COUNT, OWN, truncation_psi=1.0)
    ways = {"samples": samples}
    for space in ("W", "W+"):
        ways[space] = ll.invert(gan, subject.photos, space, inverter=inverter).codes
    leaks: dict[str, float] = {}
    for name, codes in ways.items():
        pulls = equal_pulls(gan, codes, lever, 0, region, Goal(CHANGE))
        leaks[name] = _leak(pulls.before, pulls.after, region)
        held = ll.hold(gan, pulls.codes, pulls.pulled, region)
        leaks[f"{name}, held"] = _leak(pulls.before, ll.render(gan, held), region)
        print(f"leakage of the mouth's lever, {name}: {leaks[name]:.5f}, ", end="")
        print(f"held {leaks[f'{name}, held']:.5f}", flush=True)
    return [
        bar
        for space in ("W", "W+")
        for bar in (
            Bar(
                f"leakage on photographs in {space} over that on samples",
                leaks[space] / leaks["samples"],
                1.3,
                most=True,
            ),
            Bar(
                f"leakage on photographs in {space}, held over plain",
                leaks[f"{space}, held"] / leaks[space],
                0.5,
                most=True,
            ),
        )
    ]


def _leak(before: torch.Tensor, after: torch.Tensor, region: ll.Region) -> float:
    """Median of the change outside over that inside."""
    return float((1 / inside_over_outside(before, after, region)).median())
