"""A linearised network whose layers follow each other without branches.

Tangents go depth first: as many at once as make a piece that stays in the cache, fewer where
features are larger (see `pieces`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....concepts.linearisation import AbstractLinearisation
from .chunks import chunk_bytes, chunk_slices
from .image_head import ImageHead
from .stages import AbstractStage


@dataclass(frozen=True)
class Flow:
    """Some tangents on their way up."""

    own: tuple[Tensor | None, ...]
    """`[B, own]` for each stage; none where there is no tangent."""
    features: Tensor | None = None
    """`[B, I, H, W]`; none where nothing has entered yet."""
    image: Tensor | None = None
    """`[B, C, H, W]`, what coarser features add to the image, if any."""

    def some(self, part: slice) -> Flow:
        """Some of the tangents."""
        features, image = (None if t is None else t[part] for t in (self.features, self.image))
        return Flow(tuple(None if t is None else t[part] for t in self.own), features, image)


class ChainLinearisation(AbstractLinearisation):
    """See the file's head.

    Args:
        stages: The layers.
        picture: What makes the image of features; none where the last stage does.
        dtype: Precision of the tangents.
        idle: Sizes of further inputs, which do nothing: those of layers that do not act.
    """

    def __init__(
        self,
        stages: Sequence[AbstractStage],
        picture: ImageHead | None,
        dtype: torch.dtype,
        idle: Sequence[int] = (),
    ) -> None:
        self.stages, self.picture, self.dtype = tuple(stages), picture, dtype
        self._entries = [number for number, stage in enumerate(self.stages) if stage.own]
        self.inputs = (*(self.stages[number].own for number in self._entries), *idle)
        last = self.stages[-1]
        self.image_shape = last.shape if picture is None else picture.image_shape(last.shape)
        self._device = last.device
        self._bytes = chunk_bytes(self._device)

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self._device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`."""
        given = tangents.to(self.dtype).split(self.inputs, dim=1)
        own: list[Tensor | None] = [None] * len(self.stages)
        for index, number in enumerate(self._entries):
            own[number] = None if index < first else given[index]
        out = self._images(len(tangents))
        self._rise(0, Flow(tuple(own)), out)
        return out

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """See `AbstractLinearisation.columns`; single channels are not convolved whole."""
        out = self._images(stop - start)
        if index >= len(self._entries):
            return out
        number = self._entries[index]
        singles = self.stages[number].singles(start, stop)
        if singles is None:
            return super().columns(index, start, stop)
        near = self.stages[number : number + 2]  # itself, and the one above that reads it, if any
        for part in chunk_slices(stop - start, min(self._at_once(stage) for stage in near)):
            some = singles.some(part)
            features = None
            image = None if self.picture is None else self.picture.of_singles(number, some)
            if len(near) == 2:
                features = near[1].push_singles(some)
                image = self._drawn(number + 1, features, image)
            self._rise(number + 2, Flow((None,) * len(self.stages), features, image), out[part])
        return out

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        size = min(self._at_once(stage) for stage in self.stages)
        return torch.cat([self._fall(images[part]) for part in chunk_slices(len(images), size)])

    def _images(self, count: int) -> Tensor:
        """Where images of tangents are written."""
        dtype = torch.promote_types(self.dtype, torch.float32)
        return torch.zeros(count, *self.image_shape, dtype=dtype, device=self.device)

    def _at_once(self, stage: AbstractStage) -> int:
        """Tangents whose features after a stage make one piece."""
        return max(1, self._bytes // (math.prod(stage.shape) * self.dtype.itemsize))

    def _rise(self, number: int, flow: Flow, out: Tensor) -> None:
        """Carry tangents from a stage to the image."""
        if number >= len(self.stages):
            self._finish(flow, out)
            return
        stage = self.stages[number]
        for part in chunk_slices(len(out), self._at_once(stage)):
            some = flow.some(part)
            features, own, image = some.features, some.own[number], some.image
            if features is not None or own is not None:
                features = stage.push(features, own)
                image = self._drawn(number, features, image)
            self._rise(number + 1, Flow(some.own, features, image), out[part])

    def _drawn(self, number: int, features: Tensor, image: Tensor | None) -> Tensor | None:
        """The image after a stage."""
        return image if self.picture is None else self.picture.push(number, features, image)

    def _finish(self, flow: Flow, out: Tensor) -> None:
        """Write the images of some tangents."""
        if self.picture is None and flow.features is not None:
            out.copy_(flow.features)
        if self.picture is not None and flow.image is not None:
            out.copy_(self.picture.finish(flow.image))

    def _fall(self, images: Tensor) -> Tensor:
        """Carry cotangents from images `[B, C, H, W]` to all inputs `[B, n]`."""
        image = images.to(self.dtype)
        image = image if self.picture is None else self.picture.begin(image)
        g: Tensor | None = image if self.picture is None else None
        found: list[Tensor] = []
        for number in reversed(range(len(self.stages))):
            if self.picture is not None:
                g = self.picture.pull(number, image, g)
            assert g is not None  # the last stage makes the image or has a picture
            g, own = self.stages[number].pull(g)
            if own is not None:
                found.insert(0, own)
        idle = sum(self.inputs[len(found) :])
        found.append(image.new_zeros(len(images), idle))
        return torch.cat(found, dim=1).to(torch.promote_types(self.dtype, torch.float32))
