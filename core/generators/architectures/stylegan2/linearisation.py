"""StyleGAN2 linearised: tangents of styles through convolutions that all tangents share.

For a convolution with style s, demodulation d, noise and bias n, and rectifier r,

    y = d * conv(W, s * x),   x' = r(y + n),

a tangent obeys `dx' = m * (conv(d W s, u) + y * a)` with `u = dx + x * ds / s`, the slope m of r
at each pixel, and `a = dd / d = -d^2 (W^2 . s ds)`. So s and d go into the weights once, and a
tangent needs one convolution and three passes over its output.

Tangents are pushed depth first, as many at once as fit one chunk of cache size (see `chunks`), and
in blocks of rows where a single one is larger than a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....base.progress import pause
from ....concepts.linearisation import AbstractLinearisation
from ...layers.chains.chunks import chunk_bytes, chunk_slices
from ...layers.convolution.adjoints import upsample_transposed
from ...layers.convolution.resampling import upsample
from .stages import Stage

_LEAST_ROWS = 16
"""Rows in a block; with fewer, too many neighbouring rows are computed twice."""


@dataclass(frozen=True)
class Tangents:
    """Tangents that have passed some of the stages."""

    styles: tuple[Tensor | None, ...]
    """`[B, I]` of each style; none for zero."""
    u: Tensor | None = None
    """`[B, I, H, W]`, the input u of the next convolution; none for zero."""
    image: Tensor | None = None
    """`[B, C, H, W]`, the image so far; none for zero."""
    skipped: Tensor | None = None
    """`[B, O, H', W']`, the output of a skip connection within its block; none for zero."""

    def select(self, part: slice) -> Tangents:
        """Some of the tangents."""
        u, image, skipped = (
            None if t is None else t[part] for t in (self.u, self.image, self.skipped)
        )
        styles = tuple(None if s is None else s[part] for s in self.styles)
        return Tangents(styles, u, image, skipped)


@dataclass(frozen=True)
class Cotangents:
    """Cotangents of the images of all ToRGB layers, and memory for those of the styles."""

    images: list[Tensor | None]
    """`[B, C, h, w]` of each stage; none without a ToRGB."""
    styles: list[Tensor]
    """`[B, I]` of each style, to be written."""

    def select(self, part: slice) -> Cotangents:
        """Some of the cotangents."""
        images = [None if image is None else image[part] for image in self.images]
        return Cotangents(images, [style[part] for style in self.styles])


class StyleGAN2Linearisation(AbstractLinearisation):
    """The derivative of StyleGAN2 with respect to its styles.

    Args:
        stages: The layers, linearised.
        inputs: Size of each style, in order of depth.
        dtype: Precision of the tangents.
    """

    def __init__(self, stages: Sequence[Stage], inputs: Sequence[int], dtype: torch.dtype) -> None:
        self.stages, self.inputs, self.dtype = tuple(stages), tuple(inputs), dtype
        torgb, features = self.stages[-1].torgb, self.stages[-1].features
        assert torgb is not None  # the last block has a ToRGB in every variant
        self.image_shape = (torgb.weight.shape[0], features.shape[2], features.shape[3])
        self._bytes = chunk_bytes(self.device)
        self._buffers: dict[int, Tensor] = {}

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self.stages[0].weight.device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`."""
        split = tangents.to(self.dtype).split(self.inputs, dim=1)
        out = self._zero_images(len(tangents))
        styles = tuple(None if i < first else style for i, style in enumerate(split))
        self._push_from(0, Tangents(styles), out)
        added = self._push_torgb_styles(styles)
        return out if added is None else out.add_(added)

    def columns(self, index: int, start: int, stop: int) -> Tensor:
        """See `AbstractLinearisation.columns`; convolves only the channels that are not zero."""
        out = self._zero_images(stop - start)
        unit = torch.eye(self.inputs[index], dtype=self.dtype, device=self.device)[start:stop]
        styles = tuple(unit if i == index else None for i in range(len(self.inputs)))
        for number, stage in enumerate(self.stages):
            if stage.index != index:
                continue
            for part in chunk_slices(stop - start, self._chunk_size(stage)):
                c = stage.single_channels(slice(start + part.start, start + part.stop))
                self._push_from(number, Tangents(styles).select(part), out[part], c)
        added = self._push_torgb_styles(styles)
        return out if added is None else out.add_(added)

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        count = len(images)
        styles = [torch.zeros(count, n, dtype=self.dtype, device=self.device) for n in self.inputs]
        image = images.to(self.dtype).contiguous(memory_format=torch.channels_last)
        shown: list[Tensor | None] = []
        for stage in reversed(self.stages):
            shown.insert(0, None if stage.torgb is None else image)
            if stage.torgb is not None and stage is not self.stages[0]:
                image = upsample_transposed(image, stage.torgb.image_filter)
        self._pull_to(0, Cotangents(shown, styles))
        exact = torch.promote_types(self.dtype, torch.float32)
        return torch.cat([style.to(exact) for style in styles], dim=1)

    def _zero_images(self, count: int) -> Tensor:
        """Memory for the images of tangents."""
        dtype = torch.promote_types(self.dtype, torch.float32)
        return torch.zeros(count, *self.image_shape, dtype=dtype, device=self.device)

    def _chunk_size(self, stage: Stage) -> int:
        """Number of tangents whose features after a stage fit one chunk."""
        return max(1, self._bytes // (stage.features.numel() * stage.features.element_size()))

    def _push_from(
        self, number: int, tangents: Tangents, out: Tensor, c: Tensor | None = None
    ) -> None:
        """Push tangents from a stage to the image, which is written to `out`.

        Args:
            number: The stage.
            tangents: B tangents.
            out: `[B, C, H, W]`.
            c: `[B, O, H', W']`, the output of the stage's convolution where it is known, else none.
        """
        if number == len(self.stages):
            if tangents.image is not None:
                out.copy_(tangents.image)
            return
        for part in chunk_slices(len(out), self._chunk_size(self.stages[number])):
            pause()
            some, known = tangents.select(part), None if c is None else c[part]
            self._push_from(number + 1, self._push_stage(number, some, out.dtype, known), out[part])

    def _push_stage(
        self, number: int, tangents: Tangents, exact: torch.dtype, c: Tensor | None
    ) -> Tangents:
        """Push one chunk through one stage; c, the output of its convolution, is overwritten."""
        stage, u = self.stages[number], tangents.u
        ds = tangents.styles[stage.index]
        if u is None and c is None and ds is not None:
            u = stage.x * _channels(ds * stage.inverse_style)
        nonzero = u if c is None else c
        if nonzero is None:
            return tangents
        image = self._upsampled_image(stage, tangents, len(nonzero), exact)
        a = None if ds is None else _channels(ds @ stage.dlogd_ds.T)
        ratio, last = None, number + 1 == len(self.stages)  # ds / s of the next stage
        if not last:
            above = self.stages[number + 1]
            style = tangents.styles[above.index]
            ratio = None if style is None else _channels(style * above.inverse_style)
        blocks = self._row_blocks(stage) if c is None else []
        if len(blocks) > 1 and u is not None:
            out = None if last else self._buffer(number)
            for rows in blocks:
                dx = stage.finish(stage.convolve(u, rows), rows, a, tangents.skipped, image)
                if out is not None:
                    _next_u(dx, stage.features[:, :, rows], ratio, out[:, :, rows])
            return Tangents(tangents.styles, out, image, tangents.skipped)
        if c is None and u is not None:
            c = stage.convolve(u)
        assert c is not None
        dx = stage.finish(c, slice(None), a, tangents.skipped, image)
        skipped = None if stage.ends_residual else tangents.skipped
        if stage.skip is not None:
            skipped = stage.push_skip(dx)
        u = _next_u(dx, stage.features, ratio, dx)
        return Tangents(tangents.styles, u, image, skipped)

    def _upsampled_image(
        self, stage: Stage, tangents: Tangents, count: int, exact: torch.dtype
    ) -> Tensor | None:
        """The image so far at the size of a stage's ToRGB, or zeros if there is no image yet."""
        if stage.torgb is None:
            return tangents.image
        if tangents.image is not None:
            return upsample(tangents.image, stage.torgb.image_filter)
        shape = (count, *stage.torgb.shape(stage.features))
        image = torch.zeros(shape, dtype=exact, device=self.device)
        return image.contiguous(memory_format=torch.channels_last)  # faster to upsample

    def _push_torgb_styles(self, styles: tuple[Tensor | None, ...]) -> Tensor | None:
        """The images of tangents of the styles of all ToRGB layers."""
        image: Tensor | None = None
        for stage in self.stages:
            if stage.torgb is None:
                continue
            if image is not None:
                image = upsample(image, stage.torgb.image_filter)
            ds = styles[stage.torgb.index]
            if ds is not None:
                added = stage.torgb.push_style(ds, stage.features)
                image = added if image is None else image.add_(added)
        return image

    def _row_blocks(self, stage: Stage) -> list[slice]:
        """Blocks of output rows that fit one chunk; a skip connection needs all rows at once."""
        rows = stage.features.shape[2]
        size = self._bytes * rows // (stage.features.numel() * stage.features.element_size())
        if size >= rows or stage.skip is not None or stage.ends_residual:
            return [slice(0, rows)]
        return list(chunk_slices(rows, max(size, _LEAST_ROWS), stage.scale))

    def _buffer(self, number: int) -> Tensor:
        """Memory for one tangent's features after a stage, reused for all tangents."""
        if number not in self._buffers:
            self._buffers[number] = torch.empty_like(self.stages[number].features)
        return self._buffers[number]

    def _pull_to(self, number: int, cotangents: Cotangents) -> tuple[Tensor, Tensor | None]:
        """Pull cotangents from the image to the input of one stage.

        Args:
            number: The stage.
            cotangents: Those of the images; the styles' are written.

        Returns:
            Cotangents of u `[B, I, H, W]`, and those of a skip connection that passes this stage.
        """
        stage, last = self.stages[number], number + 1 == len(self.stages)
        lower: list[Tensor] = []
        skipped: list[Tensor] = []
        for part in chunk_slices(len(cotangents.styles[0]), self._chunk_size(stage)):
            here = cotangents.select(part)
            g, residual = (None, None) if last else self._pull_to(number + 1, here)
            if g is not None and residual is not None and stage.skip is not None:
                g, residual = g + stage.pull_skip(residual), None
            image = here.images[number]
            if stage.torgb is not None and image is not None:
                dx, ds = stage.torgb.pull(image, stage.features)
                here.styles[stage.torgb.index].copy_(ds)
                g = dx if g is None else g + dx
            assert g is not None  # the last stage has a ToRGB
            pause()
            if stage.ends_residual:
                residual = g.clone()
            u, ds = stage.pull(g)
            here.styles[stage.index].copy_(ds)
            lower.append(u)
            if residual is not None:
                skipped.append(residual)
        return torch.cat(lower), torch.cat(skipped) if skipped else None


def _channels(x: Tensor) -> Tensor:
    """`[B, I]` to `[B, I, 1, 1]`."""
    return x[:, :, None, None]


def _next_u(dx: Tensor, features: Tensor, ratio: Tensor | None, out: Tensor) -> Tensor:
    """Write the input of the next convolution, `u = dx + x ds / s`, to `out`."""
    if ratio is not None:
        return torch.addcmul(dx, features, ratio, out=out)
    return out if out is dx else out.copy_(dx)
