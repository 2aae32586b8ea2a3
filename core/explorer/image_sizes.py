"""Sizes in which an explorer looks at a large image: small ones first, since they take less time.

The whole image decides in the end. Until it is ready, levers are sought in the smaller images that
the network draws on its way: first in the largest one that is quick enough here, then in a quarter
of the size. A smaller image lacks what later layers add, and is not the whole one reduced.
"""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

import torch
from torch.nn import Module

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.network import GeneratorSpec
from ..generators.rendering import render
from ..generators.smaller_image import SmallerImage, smaller_image

LARGE = 256
"""Longer side of an image in pixels up to which the whole one is used at once."""

QUARTER = 4
"""How many times smaller the image is in which levers are sought before the whole one."""

SMALLEST = 32
"""Least side of an image in which levers are sought: a mouth has some 8 x 4 pixels there."""

_MEASURED = 4
"""Images that are drawn at once to see how quick this machine is."""

_seconds: WeakKeyDictionary[Module, dict[torch.device, float]] = WeakKeyDictionary()
"""Seconds per unit of work by network and device; the first request there measures them."""


def is_large(gan: Generator) -> bool:
    """Whether levers of the whole image take so long that a first answer is worth it.

    Args:
        gan: The generator.

    Returns:
        True above `LARGE` pixels.
    """
    return gan.spec.img_resolution > LARGE


def smaller_images(gan: Generator) -> list[SmallerImage]:
    """The smaller images that are looked at before the whole one.

    Args:
        gan: The generator.

    Returns:
        The largest first, at most a quarter of the image; none where the image is not large, or
        where the network draws no smaller one.
    """
    found: list[SmallerImage] = []
    side = gan.spec.img_resolution // QUARTER if is_large(gan) else 0
    while side >= SMALLEST and (smaller := smaller_image(gan, side)) is not None:
        side = smaller.gan.spec.img_resolution
        if side < SMALLEST:
            break
        found.append(smaller)
        side //= 2
    return found


def quick_image(
    images: list[SmallerImage], code: LatentCode, pictures: float, seconds: float
) -> SmallerImage:
    """The largest smaller image of which some pictures are drawn in time.

    Args:
        images: Some, the largest first.
        code: One code of the whole generator, for a measurement.
        pictures: How many pictures the work amounts to.
        seconds: How long it may take.

    Returns:
        That image; the smallest where none is quick enough.
    """
    each = _speed(images[-1], code)
    for image in images:
        if pictures * each * _work(image.gan.spec) <= seconds:
            return image
    return images[-1]


def _work(spec: GeneratorSpec) -> float:
    """Multiplications of a picture, in some unit: those of its convolutions."""
    return float(sum(layer.channels**2 * layer.resolution**2 for layer in spec.layers))


def _speed(smallest: SmallerImage, code: LatentCode) -> float:
    """Seconds per unit of work on this machine, measured once per network and device."""
    known, device = _seconds.setdefault(smallest.whole.network, {}), smallest.gan.device
    if device not in known:
        some = smallest.codes(concatenate([code] * _MEASURED))
        render(smallest.gan, some[:1])  # the first is slower
        begun = time.perf_counter()
        render(smallest.gan, some)
        spent = (time.perf_counter() - begun) / _MEASURED
        known[device] = spent / _work(smallest.gan.spec)
    return known[device]
