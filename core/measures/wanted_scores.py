"""The scores that people can ask for: an attribute of portraits, or the likeness to a pair."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError
from ..concepts.generator import Generator
from ..levers.pair_likeness import pair_likeness, small_pictures
from ..levers.scores import Score
from .attribute_network import reader_for


@dataclass(frozen=True)
class WantedScore:
    """Scores of images, and which of them is wanted."""

    score: Score
    """From images `[N, C, H, W]`, nominal range [-1, 1], on the generator's device, to `[N, A]`."""
    target: int
    """Column of the wanted score."""
    name: str
    """What it is, for people."""


def attribute_score(gan: Generator, name: str) -> WantedScore:
    """An attribute that the bundled network reads, beside all the others.

    Args:
        gan: A generator of the bundled kind.
        name: One of the network's attributes, such as "light".

    Returns:
        The scores, on the generator's device.

    Raises:
        PackError: The network cannot read this generator's pictures, or has no such attribute.
    """
    reader = reader_for(gan)
    if reader is None:
        raise PackError(
            "No bundled network reads attributes of this generator's pictures",
            "the bundled generator portraits, or one that was trained on the same drawings",
            "Give a pair of pictures, before and after a change",
        )
    target = reader.index(name)
    return WantedScore(reader.to(gan.device).scores, target, name.replace("_", " "))


def pair_score(gan: Generator, before: Tensor, after: Tensor) -> WantedScore:
    """The likeness to the change of a pair, by attributes where they can be read, else by colours.

    Args:
        gan: The generator.
        before: `[N, 3, H, W]`, nominal range [-1, 1]: pictures of any size.
        after: `[N, 3, H, W]`: the same after a change.

    Returns:
        The scores, on the generator's device.

    Raises:
        DirectionsError: The pictures differ in shape, or show no change.
    """
    reader = reader_for(gan)
    describe = small_pictures if reader is None else reader.to(gan.device).scores
    channels = gan.spec.img_channels
    pair = [_channels(images, channels).to(gan.device) for images in (before, after)]
    score = pair_likeness(pair[0], pair[1], describe, size=gan.spec.img_size)
    return WantedScore(score, 0, "like the pair")


def _channels(images: Tensor, count: int) -> Tensor:
    """Colour pictures with as many channels as the generator draws; opacity is full."""
    if count < 3:
        return images.mean(dim=1, keepdim=True).expand(-1, count, -1, -1)
    opaque = images.new_ones(len(images), count - 3, *images.shape[2:])
    return images if count == 3 else torch.cat([images, opaque], dim=1)
