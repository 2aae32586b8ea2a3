"""A linearised network whose layers form a chain.

Tangents are pushed depth first: a stage takes as many at once as fit one chunk of cache size (see
`chunks`), and pushes them through all later stages before it takes more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....base.progress import pause
from ....concepts.linearisation import AbstractLinearisation
from .chunks import chunk_bytes, chunk_slices
from .image_head import ImageHead
from .stages import AbstractStage


@dataclass(frozen=True)
class Tangents:
    """Tangents that have passed some of the stages."""

    inputs: tuple[Tensor | None, ...]
    """`[B, input_size]` of each stage's input; none for zero."""
    features: Tensor | None = None
    """`[B, I, H, W]`; none for zero."""
    image: Tensor | None = None
    """`[B, C, H, W]`, the contribution of coarser features to the image; none for zero."""

    def select(self, part: slice) -> Tangents:
        """Some of the tangents."""
        features, image = (None if t is None else t[part] for t in (self.features, self.image))
        return Tangents(tuple(None if t is None else t[part] for t in self.inputs), features, image)


class ChainLinearisation(AbstractLinearisation):
    """The derivative of a chain of stages.

    Args:
        stages: The layers.
        head: The image layers; none where the last stage produces the image.
        dtype: Precision of the tangents.
        unused: Sizes of further inputs, of layers that a growing network does not use yet.
    """

    def __init__(
        self,
        stages: Sequence[AbstractStage],
        head: ImageHead | None,
        dtype: torch.dtype,
        unused: Sequence[int] = (),
    ) -> None:
        self.stages, self.head, self.dtype = tuple(stages), head, dtype
        self._with_input = [number for number, stage in enumerate(self.stages) if stage.input_size]
        self.inputs = (*(self.stages[number].input_size for number in self._with_input), *unused)
        last = self.stages[-1]
        self.image_shape = last.shape if head is None else head.image_shape(last.shape)
        self._device = last.device
        self._bytes = chunk_bytes(self._device)

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self._device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`."""
        split = tangents.to(self.dtype).split(self.inputs, dim=1)
        inputs: list[Tensor | None] = [None] * len(self.stages)
        for index, number in enumerate(self._with_input):
            inputs[number] = None if index < first else split[index]
        out = self._zero_images(len(tangents))
        self._push_from(0, Tangents(tuple(inputs)), out)
        return out

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """See `AbstractLinearisation.columns`; convolves only the channels that are not zero."""
        out = self._zero_images(stop - start)
        if index >= len(self._with_input):
            return out
        number = self._with_input[index]
        singles = self.stages[number].single_channels(start, stop)
        if singles is None:
            return super().columns(index, start, stop)
        near = self.stages[number : number + 2]  # the stage, and the next one, if any
        size = min(self._chunk_size(stage) for stage in near)
        for part in chunk_slices(stop - start, size):
            some = singles.select(part)
            features = None
            image = None if self.head is None else self.head.push_single_channels(number, some)
            if len(near) == 2:
                features = near[1].push_single_channels(some)
                image = self._image_after(number + 1, features, image)
            tangents = Tangents((None,) * len(self.stages), features, image)
            self._push_from(number + 2, tangents, out[part])
        return out

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        size = min(self._chunk_size(stage) for stage in self.stages)
        chunks = chunk_slices(len(images), size)
        return torch.cat([self._pull_chunk(images[part]) for part in chunks])

    def _zero_images(self, count: int) -> Tensor:
        """Memory for the images of tangents."""
        dtype = torch.promote_types(self.dtype, torch.float32)
        return torch.zeros(count, *self.image_shape, dtype=dtype, device=self.device)

    def _chunk_size(self, stage: AbstractStage) -> int:
        """Number of tangents whose features after a stage fit one chunk."""
        return max(1, self._bytes // (math.prod(stage.shape) * self.dtype.itemsize))

    def _push_from(self, number: int, tangents: Tangents, out: Tensor) -> None:
        """Push tangents from a stage to the image, which is written to `out`."""
        if number >= len(self.stages):
            self._write_image(tangents, out)
            return
        stage = self.stages[number]
        for part in chunk_slices(len(out), self._chunk_size(stage)):
            pause()
            some = tangents.select(part)
            features, inputs, image = some.features, some.inputs[number], some.image
            if features is not None or inputs is not None:
                features = stage.push(features, inputs)
                image = self._image_after(number, features, image)
            self._push_from(number + 1, Tangents(some.inputs, features, image), out[part])

    def _image_after(self, number: int, features: Tensor, image: Tensor | None) -> Tensor | None:
        """The image after a stage."""
        return image if self.head is None else self.head.push(number, features, image)

    def _write_image(self, tangents: Tangents, out: Tensor) -> None:
        """Write the images of tangents that have passed all stages."""
        if self.head is None and tangents.features is not None:
            out.copy_(tangents.features)
        if self.head is not None and tangents.image is not None:
            out.copy_(self.head.finish(tangents.image))

    def _pull_chunk(self, images: Tensor) -> Tensor:
        """Cotangents of images `[B, C, H, W]` to those of all inputs `[B, n]`."""
        image = images.to(self.dtype)
        image = image if self.head is None else self.head.pull_finish(image)
        g: Tensor | None = image if self.head is None else None
        results: list[Tensor] = []
        for number in reversed(range(len(self.stages))):
            pause()
            if self.head is not None:
                g = self.head.pull(number, image, g)
            assert g is not None  # the last stage produces the image or has an image layer
            g, inputs = self.stages[number].pull(g)
            if inputs is not None:
                results.insert(0, inputs)
        unused = sum(self.inputs[len(results) :])
        results.append(image.new_zeros(len(images), unused))
        return torch.cat(results, dim=1).to(torch.promote_types(self.dtype, torch.float32))
