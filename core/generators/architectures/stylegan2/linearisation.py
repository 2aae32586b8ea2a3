"""StyleGAN2 linearised: tangents of styles through convolutions that all tangents share.

For a convolution with style s, demodulation d, noise and bias n, and rectifier r,

    y = d * conv(W, s * x),   x' = r(y + n),

a tangent obeys `dx' = m * (conv(d W s, u) + y * a)` with `u = dx + x * ds / s`, the slope m of r
at each pixel, and `a = dd / d = -d^2 (W^2 . s ds)`. So s and d go into the weights once and for
all, and what is left for each tangent is one convolution and three passes over its output.

Tangents go depth first: as many at once as make a piece that stays in the cache, fewer where
features are larger, and in bands of rows where those of a single one are too large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....concepts.linearisation import AbstractLinearisation
from ...layers.chains.chunks import chunk_bytes, chunk_slices
from ...layers.convolution.adjoints import upsample_transposed
from ...layers.convolution.resampling import upsample
from .stages import Stage

_LEAST_ROWS = 16
"""Rows of a band; fewer would repeat too many of the rows around it."""


@dataclass(frozen=True)
class Flow:
    """Some tangents on their way up."""

    styles: tuple[Tensor | None, ...]
    """`[B, I]` of each input; none where there is no tangent."""
    u: Tensor | None = None
    """`[B, I, H, W]`, what the next convolution reads; none where nothing has entered yet."""
    image: Tensor | None = None
    """`[B, C, H, W]`, the image so far."""
    around: Tensor | None = None
    """What a skip connection carries."""

    def some(self, part: slice) -> Flow:
        """Some of the tangents."""
        u, image, around = (
            None if t is None else t[part] for t in (self.u, self.image, self.around)
        )
        return Flow(tuple(None if s is None else s[part] for s in self.styles), u, image, around)


@dataclass(frozen=True)
class Return:
    """Some cotangents on their way down."""

    pictures: list[Tensor | None]
    """`[B, C, h, w]` after each stage with a picture."""
    found: list[Tensor]
    """`[B, I]` of each input, to be filled."""

    def some(self, part: slice) -> Return:
        """Some of the cotangents."""
        pictures = [None if image is None else image[part] for image in self.pictures]
        return Return(pictures, [style[part] for style in self.found])


class StyleGAN2Linearisation(AbstractLinearisation):
    """See the file's head.

    Args:
        stages: The layers, linearised.
        inputs: Channels of each style, in order of depth.
        dtype: Precision of the tangents.
    """

    def __init__(self, stages: Sequence[Stage], inputs: Sequence[int], dtype: torch.dtype) -> None:
        self.stages, self.inputs, self.dtype = tuple(stages), tuple(inputs), dtype
        picture, features = self.stages[-1].picture, self.stages[-1].features
        assert picture is not None  # the last block has a ToRGB in every variant
        self.image_shape = (picture.weight.shape[0], features.shape[2], features.shape[3])
        self._bytes = chunk_bytes(self.device)
        self._held: dict[int, Tensor] = {}

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self.stages[0].weight.device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`."""
        given = tangents.to(self.dtype).split(self.inputs, dim=1)
        out = self._images(len(tangents))
        styles = tuple(None if i < first else style for i, style in enumerate(given))
        self._rise(0, Flow(styles), out)
        own = self._of_picture_styles(styles)
        return out if own is None else out.add_(own)

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """See `AbstractLinearisation.columns`; in its own layer a column has one channel's work."""
        out = self._images(stop - start)
        unit = torch.eye(self.inputs[index], dtype=self.dtype, device=self.device)[start:stop]
        styles = tuple(unit if i == index else None for i in range(len(self.inputs)))
        for number, stage in enumerate(self.stages):
            if stage.index != index:
                continue
            for part in chunk_slices(stop - start, self._at_once(stage)):
                c = stage.alone(slice(start + part.start, start + part.stop))
                self._rise(number, Flow(styles).some(part), out[part], c)
        own = self._of_picture_styles(styles)
        return out if own is None else out.add_(own)

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        count = len(images)
        found = [torch.zeros(count, n, dtype=self.dtype, device=self.device) for n in self.inputs]
        image = images.to(self.dtype).contiguous(memory_format=torch.channels_last)
        pictures: list[Tensor | None] = []
        for stage in reversed(self.stages):
            pictures.insert(0, None if stage.picture is None else image)
            if stage.picture is not None and stage is not self.stages[0]:
                image = upsample_transposed(image, stage.picture.enlarge)
        self._fall(0, Return(pictures, found))
        exact = torch.promote_types(self.dtype, torch.float32)
        return torch.cat([part.to(exact) for part in found], dim=1)

    def _images(self, count: int) -> Tensor:
        """Where images of tangents are written."""
        dtype = torch.promote_types(self.dtype, torch.float32)
        return torch.zeros(count, *self.image_shape, dtype=dtype, device=self.device)

    def _at_once(self, stage: Stage) -> int:
        """Tangents whose features after a stage make one piece."""
        return max(1, self._bytes // (stage.features.numel() * stage.features.element_size()))

    def _rise(self, number: int, flow: Flow, out: Tensor, c: Tensor | None = None) -> None:
        """Carry tangents from a stage to the image; `c` is its convolution where it is known."""
        if number == len(self.stages):
            if flow.image is not None:
                out.copy_(flow.image)
            return
        for part in chunk_slices(len(out), self._at_once(self.stages[number])):
            above = self._step(number, flow.some(part), out.dtype, None if c is None else c[part])
            self._rise(number + 1, above, out[part])

    def _step(self, number: int, flow: Flow, exact: torch.dtype, c: Tensor | None) -> Flow:
        """Carry one piece through one stage; c is overwritten."""
        stage, u = self.stages[number], flow.u
        ds = flow.styles[stage.index]
        if u is None and c is None and ds is not None:
            u = stage.below * _channels(ds * stage.inverse)
        moving = u if c is None else c
        if moving is None:
            return flow
        image = self._enlarged(stage, flow, len(moving), exact)
        alpha = None if ds is None else _channels(ds @ stage.answer.T)
        beta, last = None, number + 1 == len(self.stages)
        if not last:
            above = self.stages[number + 1]
            style = flow.styles[above.index]
            beta = None if style is None else _channels(style * above.inverse)
        bands = self._bands(stage) if c is None else []
        if len(bands) > 1 and u is not None:
            out = None if last else self._buffer(number)
            for rows in bands:
                dx = stage.finish(stage.convolve(u, rows), rows, alpha, flow.around, image)
                if out is not None:
                    _displaced(dx, stage.features[:, :, rows], beta, out[:, :, rows])
            return Flow(flow.styles, out, image, flow.around)
        if c is None and u is not None:
            c = stage.convolve(u)
        assert c is not None
        dx = stage.finish(c, slice(None), alpha, flow.around, image)
        around = None if stage.ends_residual else flow.around
        if stage.skip is not None:
            around = stage.around(dx)
        return Flow(flow.styles, _displaced(dx, stage.features, beta, dx), image, around)

    def _enlarged(self, stage: Stage, flow: Flow, count: int, exact: torch.dtype) -> Tensor | None:
        """The image so far at the size of a stage's picture; zeros where none has begun."""
        if stage.picture is None:
            return flow.image
        if flow.image is not None:
            return upsample(flow.image, stage.picture.enlarge)
        shape = (count, *stage.picture.shape(stage.features))
        image = torch.zeros(shape, dtype=exact, device=self.device)
        return image.contiguous(memory_format=torch.channels_last)  # quicker to enlarge

    def _of_picture_styles(self, styles: tuple[Tensor | None, ...]) -> Tensor | None:
        """What the styles of the pictures add to the image, which no convolution meets."""
        image: Tensor | None = None
        for stage in self.stages:
            if stage.picture is None:
                continue
            if image is not None:
                image = upsample(image, stage.picture.enlarge)
            ds = styles[stage.picture.index]
            if ds is not None:
                own = stage.picture.of_style(ds, stage.features)
                image = own if image is None else image.add_(own)
        return image

    def _bands(self, stage: Stage) -> list[slice]:
        """Rows of a stage's result that make one piece; a skip connection needs all at once."""
        rows = stage.features.shape[2]
        size = self._bytes * rows // (stage.features.numel() * stage.features.element_size())
        if size >= rows or stage.skip is not None or stage.ends_residual:
            return [slice(0, rows)]
        return list(chunk_slices(rows, max(size, _LEAST_ROWS), stage.scale))

    def _buffer(self, number: int) -> Tensor:
        """Room for one tangent's features after a stage, used again for every other tangent."""
        if number not in self._held:
            self._held[number] = torch.empty_like(self.stages[number].features)
        return self._held[number]

    def _fall(self, number: int, back: Return) -> tuple[Tensor, Tensor | None]:
        """Carry cotangents from the image down to what one stage reads.

        Args:
            number: The stage.
            back: Cotangents of the pictures, and room for those of the styles.

        Returns:
            Cotangents of u `[B, I, H, W]`, and of what a skip connection around it carries.
        """
        stage, last = self.stages[number], number + 1 == len(self.stages)
        lower: list[Tensor] = []
        skipped: list[Tensor] = []
        for part in chunk_slices(len(back.found[0]), self._at_once(stage)):
            here = back.some(part)
            g, around = (None, None) if last else self._fall(number + 1, here)
            if g is not None and around is not None and stage.skip is not None:
                g, around = g + stage.around_transposed(around), None
            image = here.pictures[number]
            if stage.picture is not None and image is not None:
                seen, ds = stage.picture.pull(image, stage.features)
                here.found[stage.picture.index].copy_(ds)
                g = seen if g is None else g + seen
            assert g is not None  # the last stage has a picture
            if stage.ends_residual:
                around = g.clone()
            u, ds = stage.pull(g)
            here.found[stage.index].copy_(ds)
            lower.append(u)
            if around is not None:
                skipped.append(around)
        return torch.cat(lower), torch.cat(skipped) if skipped else None


def _channels(x: Tensor) -> Tensor:
    """One number per channel, `[B, I]` to `[B, I, 1, 1]`."""
    return x[:, :, None, None]


def _displaced(dx: Tensor, features: Tensor, beta: Tensor | None, out: Tensor) -> Tensor:
    """What the next convolution reads, `dx + x ds / s`, written to `out`."""
    if beta is not None:
        return torch.addcmul(dx, features, beta, out=out)
    return out if out is dx else out.copy_(dx)
