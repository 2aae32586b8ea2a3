"""What finding the codes of photographs needs of a generator, computed once and saved."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..base.hashing import network_fingerprint
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..latents.sampling import sample_latents
from ..latents.truncation import average_latent
from .fitting.curvature import pyramid_curvature
from .fitting.encoder import PictureEncoder
from .fitting.learning import learned_encoder, learns_twice, usual_samples
from .fitting.prior import CodePrior

SAMPLES = (16, 10_000)
"""Fewest and most random images that the encoder learns from."""

CURVATURES = 4
"""Images whose curvatures are averaged: the mean image and three random ones. Their mean fits other
images better than that of the mean image, which is smooth."""

LARGE = 256
"""Side above which the mean image alone is taken: each takes as many columns as w has numbers."""

_FIRST_SEED = 1_000_000
"""Seed of the first of them: high, so that pictures of small seeds were not learned from."""


@dataclass(frozen=True)
class Inverter:
    """Mean, covariance, encoder and curvature of one generator; see `prepare_inversion`."""

    fingerprint: str
    """That of the generator's weights."""
    options: str
    """First 16 hex digits of the SHA-256 of the settings of its network, which change images."""
    label: int | None
    """The class that it is for; none for an unconditional generator."""
    prior: CodePrior
    """Where random latents lie."""
    encoder: PictureEncoder
    """From a small picture to a first code."""
    curvature: Tensor
    """`[d, d]` float64: H of the misfit in whitened coordinates of W (Z), the mean over
    `CURVATURES` images."""

    @property
    def samples(self) -> int:
        """Number of random images that the encoder learned from."""
        return len(self.encoder.first.pictures)

    def require(self, gan: Generator) -> None:
        """Check that it belongs to a generator.

        Args:
            gan: The generator.

        Raises:
            LatentError: It was prepared for another one, or for other options of this one.
        """
        remedy = "Prepare one for this generator, or leave «inverter» out"
        if self.fingerprint != gan.spec.fingerprint:
            raise LatentError(
                f"The inverter belongs to the generator {self.fingerprint or 'without a name'}",
                f"that of {gan.spec.fingerprint}",
                remedy,
            )
        if self.options != options_of(gan):
            raise LatentError(
                "The inverter was prepared with other options of this generator",
                "the options that the generator was loaded with",
                remedy,
            )
        if len(self.prior.mean) != gan.spec.latent_dim:
            raise LatentError(
                f"The inverter is for latents of {len(self.prior.mean)} numbers",
                f"{gan.spec.latent_dim}",
                remedy,
            )

    def mean_code(self, gan: Generator) -> LatentCode:
        """The code at the centre.

        Args:
            gan: The generator.

        Returns:
            One code in W (Z).
        """
        return average_latent(gan, self.label)


def options_of(gan: Generator) -> str:
    """Identify the settings of a network, which change images and not weights.

    Args:
        gan: The generator.

    Returns:
        16 hex digits.
    """
    settings = str(getattr(gan.network, "settings", ""))
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


def prepare_inversion(
    gan: Generator,
    samples: int | None = None,
    label: int | None = None,
    progress: Progress | None = None,
) -> Inverter:
    """Compute once what `invert` needs of a generator.

    Draws random images for the encoder, and one column of the image's Jacobian for each number of
    w, at four images up to 256 pixels and at the mean image above. Up to 128 pixels the encoder
    learns from its own mistakes, for which its images are drawn a second time. Save it with
    `save_inverter`: at 1024 pixels this takes minutes without a GPU.

    Args:
        gan: The generator.
        samples: Random images for the encoder, 16 to 10,000. None means 8 for each number of w and
            at most 1,000, and 300 above 128 pixels. More make the first estimate better.
        label: Class of a conditional generator.
        progress: Called with (done, total) images and columns; may raise to cancel.

    Returns:
        The inverter.

    Raises:
        LatentError: The label is missing, superfluous or does not exist, or `samples` is out of
            range.
    """
    low, high = SAMPLES
    if samples is not None and not low <= samples <= high:
        raise LatentError(f"samples is {samples}", f"a number from {low} to {high}")
    prior = CodePrior.of(gan, label)
    count = usual_samples(gan, prior) if samples is None else samples
    curved = CURVATURES if gan.spec.img_resolution <= LARGE else 1
    drawn = 2 * count if learns_twice(gan) else count
    total = drawn + curved * prior.size
    report = progress or no_progress

    def after(before: int) -> Callable[[int, int], None]:
        return lambda done, _: report(before + done, total)

    codes = sample_latents(gan, count, _FIRST_SEED, 1.0, labels=label)
    with plain_tensors():
        encoder = learned_encoder(gan, codes, prior, lambda done: report(done, total))
        places = [average_latent(gan, label), *(codes[row] for row in range(curved - 1))]
        curvature = torch.zeros(prior.size, prior.size, dtype=torch.float64)
        for number, place in enumerate(places):
            step = after(drawn + number * prior.size)
            curvature += pyramid_curvature(gan, place, prior, step) / curved
    return Inverter(gan.spec.fingerprint, options_of(gan), label, prior, encoder, curvature)


_MOST_KEPT = 4
"""Inverters that are kept, of some megabytes each."""

_kept: OrderedDict[tuple[str, str, int | None], Inverter] = OrderedDict()
"""By fingerprint, options and class of the generator; the one used last is the last."""

_LOCK = threading.Lock()
"""Held while one is looked up or added."""


def prepared(gan: Generator, label: int | None, progress: Progress | None = None) -> Inverter:
    """The inverter of a generator with default settings, computed at the first call.

    Those of the last generators are kept: a second photograph, or a second graph, need not wait.

    Args:
        gan: The generator.
        label: Class of a conditional generator.
        progress: Called with (done, total) images and columns; may raise to cancel.

    Returns:
        The inverter.
    """
    weights = gan.spec.fingerprint or f"unnamed {network_fingerprint(gan.network.state_dict())}"
    key = (weights, options_of(gan), label)
    with _LOCK:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
            return known
    made = prepare_inversion(gan, label=label, progress=progress)
    with _LOCK:
        _kept[key] = made
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return made
