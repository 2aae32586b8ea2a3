"""Keep what lies outside the regions of an explorer's levers while they are pulled."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock, RLock

import torch
from torch import Tensor

from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from ..edits.holding.coordinates import held_space
from ..edits.holding.frozen import FrozenHold, PreparedImage
from ..edits.holding.request import HoldRequest
from ..edits.holding.strides import Pulled, hold_pulls
from ..jacobians.cache import cache_key
from ..jacobians.options import JacobianOptions
from ..regions.presets import presets_for
from .levers import explored_region, region_of_image
from .state import ExplorerState

_LARGEST_JACOBIAN = 1 << 30
"""Most bytes of a Jacobian that is computed for a hold. Rules depend on the generator alone, so
that a picture does not depend on free memory."""

_MOST_COLUMNS = 4096
"""Most columns D of such a Jacobian: its equations take `D^3 / 3` operations, and `8 D^2` bytes."""

_KEPT, _KEPT_BYTES = 4, 2 << 30
"""Most images that are kept, and most bytes of their Jacobians and equations; one always is."""

_STRIDES = 2
"""Strides of a pull, always as many, so that no picture jumps while a slider moves; more take
longer and hold no more of the rest."""

_WAIT_SECONDS = 0.1
"""Seconds between two reports of progress while another thread computes a Jacobian."""

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
    """Holds of the images that were pulled last, each with its Jacobian; thread-safe.

    One Jacobian is computed at a time. Generators are not kept alive.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[PreparedImage, int]] = OrderedDict()
        self._cleared = 0  # how often; what was begun before is not kept
        self._lock, self._building = Lock(), RLock()

    def __len__(self) -> int:
        """Number of images that are kept."""
        return len(self._kept)

    def hold(
        self,
        request: HoldRequest,
        code: LatentCode,
        pull: Pull,
        options: Callable[[], JacobianOptions] = JacobianOptions,
        progress: Progress | None = None,
    ) -> LatentCode:
        """Pull one code and keep the rest.

        Every pull takes `_STRIDES` strides with the stored Jacobian. Where these stall, conjugate
        gradients take several times as long for an image that hardly differs.

        Args:
            request: Generator and region.
            code: The code before all pulls, one.
            pull: The pulls.
            options: Called where a Jacobian is computed, for how; may free memory before.
            progress: Called with (done, total) columns of a Jacobian; may raise to cancel.

        Returns:
            The held code.

        Raises:
            RegionError: The region does not fit.
            LatentError: The codes do not fit.
        """
        report = progress or no_progress
        space = held_space(request.gan, code, pull(code, 1.0))
        if _kept_bytes(request.gan, space) is None:
            # Without a cache, which may have the Jacobian now and not in a later run.
            request = replace(request, effort=replace(options(), cache=None))
            return hold_pulls(request, [Pulled(code, pull)], progress=progress)
        key = _key(request, code, space)
        prepared = self._find(key)
        if prepared is None:
            # Called without the lock, since it may wait for a graph that waits for the lock.
            whole = replace(request, effort=options())
            while not self._building.acquire(timeout=_WAIT_SECONDS):
                report(0, 1)
            try:
                prepared = self._find(key) or self._prepare(key, whole, code, space, report)
            finally:
                self._building.release()
        held = FrozenHold(request, code, space, prepared=prepared)
        return held.pull(pull, _STRIDES, quick=True, tick=lambda: report(1, 1))[0]

    def clear(self) -> None:
        """Forget all images; never waits for a Jacobian."""
        with self._lock:
            self._cleared += 1
            self._kept.clear()

    def _find(self, key: str) -> PreparedImage | None:
        """An image that is kept, which becomes the most recently used one."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def _prepare(
        self, key: str, request: HoldRequest, code: LatentCode, space: LatentSpace, report: Progress
    ) -> PreparedImage:
        """Compute the Jacobian of an image; keep it, unless all were forgotten meanwhile."""
        cleared = self._cleared
        prepared = FrozenHold(request, code, space, report).prepared
        size = _kept_bytes(request.gan, space) or 0
        with self._lock:
            if self._cleared == cleared:
                self._kept[key] = prepared, size
            while len(self._kept) > 1 and (len(self._kept) > _KEPT or self._nbytes() > _KEPT_BYTES):
                self._kept.popitem(last=False)
        return prepared

    def _nbytes(self) -> int:
        """Bytes of all images that are kept."""
        return sum(size for _, size in self._kept.values())


def _key(request: HoldRequest, code: LatentCode, space: LatentSpace) -> str:
    """Key of an image and its region."""
    gan, weights = request.gan, request.region.weights
    settings = str(getattr(gan.network, "settings", ""))  # options change images, not weights
    facts = (gan.spec.fingerprint, settings, gan.dtype, str(gan.device), space)
    return cache_key(code, *facts, tuple(weights.shape), weights.numpy().tobytes())


def _kept_bytes(gan: Generator, space: LatentSpace) -> int | None:
    """Bytes that are kept for an image; none where its Jacobian is too large for a hold."""
    height, width = gan.spec.img_size
    size = gan.spec.direction_dim(space)
    jacobian = 4 * height * width * gan.spec.img_channels * size
    if size > _MOST_COLUMNS or jacobian > _LARGEST_JACOBIAN:
        return None
    return jacobian + 8 * size**2
