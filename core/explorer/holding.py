"""Keep what lies outside the regions of an explorer's levers while they are pulled."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import RLock

import torch
from torch import Tensor

from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from ..edits.holding.coordinates import held_space
from ..edits.holding.frozen import FrozenHold
from ..edits.holding.request import HoldRequest
from ..edits.holding.strides import Pulled, hold_pulls
from ..jacobians.cache import cache_key
from ..regions.presets import presets_for
from .levers import explored_region, region_of_image
from .state import ExplorerState

_LARGEST_JACOBIAN = 1 << 30
"""Most bytes of a Jacobian that is computed for a hold. The rule depends on the generator alone, so
that a picture does not depend on free memory."""

_KEPT = 4
"""Images whose holds are kept: each stores a factor of `D x D` numbers."""

Pull = Callable[[LatentCode, float], LatentCode]
"""Moves a code by a share of all pulls, 1 being all of them."""


def held_region(
    gan: Generator, state: ExplorerState, image: int, mask: Tensor | None = None
) -> Region | None:
    """Where the pulled levers of a state may change an image.

    Args:
        gan: The generator.
        state: Levers with their regions and pulls.
        image: Number of the image, from 0.
        mask: The connected mask, which is part of every region.

    Returns:
        The union of the regions; none where no lever is pulled, or one acts on the whole image.

    Raises:
        RegionError: The shapes of a lever cannot be read, cover no pixel, or the mask does not fit.
    """
    weights: list[Tensor] = []
    for lever in state.levers:
        if not lever.pull:
            continue
        shapes = lever.region
        presets = presets_for(gan.details)
        drawn = (
            None if shapes is None else explored_region(shapes, gan.spec.img_size, presets, mask)
        )
        region = region_of_image(drawn, image)
        if region is None:
            return None
        weights.append(region.weights)
    if not weights:
        return None
    union = torch.stack(weights).amax(dim=0)
    return None if bool((union == 1).all()) else Region(union, "the regions of the levers")


class Holds:
    """Holds of the images that were pulled last, each with its Jacobian; thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, FrozenHold] = OrderedDict()
        self._lock = RLock()

    def hold(
        self,
        request: HoldRequest,
        code: LatentCode,
        pull: Pull,
        progress: Progress | None = None,
    ) -> LatentCode:
        """Pull one code and keep the rest.

        Args:
            request: Generator, region and how Jacobians are computed.
            code: The code before all pulls, one.
            pull: The pulls.
            progress: Called with (done, total) columns of a Jacobian; may raise to cancel.

        Returns:
            The held code.

        Raises:
            RegionError: The region does not fit.
            LatentError: The codes do not fit.
        """
        space = held_space(request.gan, code, pull(code, 1.0))
        if not _fits(request.gan, space):
            return hold_pulls(request, [Pulled(code, pull)], progress=progress)
        weights = request.region.weights
        key = cache_key(
            code, request.gan.spec.fingerprint, space, weights.shape, weights.numpy().tobytes()
        )
        with self._lock:
            held = self._kept.get(key)
            if held is None:
                held = FrozenHold(request, code, space, progress)
                self._kept[key] = held
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            report = progress or no_progress
            return held.pull(pull, tick=lambda: report(1, 1))[0]

    def clear(self) -> None:
        """Forget all holds."""
        with self._lock:
            self._kept.clear()


def _fits(gan: Generator, space: LatentSpace) -> bool:
    """Whether the Jacobian of an image is computed for a hold."""
    height, width = gan.spec.img_size
    rows = height * width * gan.spec.img_channels
    return 4 * rows * gan.spec.direction_dim(space) <= _LARGEST_JACOBIAN
