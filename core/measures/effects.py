"""What a lever does to the attributes of a portrait, and how much it does besides."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..concepts.generator import Generator
from .attribute_network import AttributeReader, reader_for
from .naming import LeverEffect, attribute_of
from .pulls import Pulls
from .reports.measure import AbstractMeasure, Figure, Value

_PARTS = {"eye_openness": ("left_eye_openness", "right_eye_openness")}
"""Attributes that are others taken together; neither is a side effect of the other."""


def attribute_changes(reader: AttributeReader, pulls: Pulls) -> Tensor:
    """Read attributes before and after.

    Args:
        reader: Reads A attributes off the images.
        pulls: N images before and after.

    Returns:
        `[N, A]` float64, changes in standard deviations over portraits; those of a pull backwards
        with the other sign, so that all are changes of a pull forwards.
    """
    before, after = (reader.read(images)[1] for images in (pulls.before, pulls.after))
    changes = ((after - before) / reader.deviation).to("cpu", torch.float64)
    return changes * pulls.strengths.sign()[:, None]


def entanglement(changes: Tensor, names: tuple[str, ...], main: str) -> float:
    """How much a lever changes besides an attribute.

    Args:
        changes: `[N, A]`, from `attribute_changes`.
        names: The A attributes.
        main: The one that is meant; two eyes together and each of them are not told apart.

    Returns:
        Mean absolute change of the other attributes over that of the main one; 0 is best.
    """
    sizes = changes.abs().mean(dim=0)  # [A]
    own = {main, *_PARTS.get(main, ()), *(one for one, parts in _PARTS.items() if main in parts)}
    others = [number for number, name in enumerate(names) if name not in own]
    if not others:
        return 0.0
    return float(sizes[others].mean() / sizes[names.index(main)].clamp_min(1e-12))


class EffectsMeasure(AbstractMeasure):
    """The main attribute of a lever and what else it changes, for drawn portraits."""

    id = "effects"
    title = "effects on attributes"
    figures = (
        Figure("attribute", "attribute", "the attribute whose mean changes most"),
        Figure(
            "attribute_change",
            "its change",
            "absolute change of that attribute, in standard deviations over portraits",
            tail_at=0.1,
        ),
        Figure("share", "share", "its share of all squared mean changes; more is better"),
        Figure(
            "agreement",
            "same sign",
            "share of the images on which it changes the same way; more is better",
        ),
        Figure(
            "entanglement",
            "entanglement",
            "mean absolute change of the other attributes relative to it; less is better",
        ),
    )

    def applies(self, gan: Generator) -> bool:
        """See `AbstractMeasure.applies`: the attribute network knows the bundled portraits."""
        return reader_for(gan) is not None

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`; the attribute is that of the mean over the images."""
        # A pull goes one way: what rises on some images and falls on others says nothing.
        reader = reader_for(pulls.gan)
        if reader is None:
            return {}
        changes = attribute_changes(reader, pulls)
        strength = pulls.strengths.abs().mean().expand(1, 2)
        mean = LeverEffect(changes.mean(dim=0, keepdim=True), strength)
        name, share, _ = attribute_of(mean, reader)
        rising = float((changes[:, reader.index(name)] > 0).double().mean())
        return {
            "attribute": name,
            "attribute_change": changes[:, reader.index(name)].abs(),
            "share": share,
            "agreement": max(rising, 1 - rising),
            "entanglement": entanglement(changes, reader.names, name),
        }
