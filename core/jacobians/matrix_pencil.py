"""The matrix pencil `(A, B)` as Jacobian products; neither matrix is formed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.execution import float64_device, in_chunks
from .image_map import ImageMap, LinearMap
from .products import products_of

_IMAGE_BYTES = 1 << 30
"""Most bytes of images `J v` of the search space that are stored; else they are recomputed."""


@dataclass(frozen=True)
class Sample:
    """One code's term of A and B: A is the sum over codes of `scale_f J^T diag(w_f) J`."""

    image: ImageMap
    """The map to differentiate."""
    weights: tuple[Tensor, Tensor]
    """`[H, W]` of the region and of the background."""
    scales: tuple[float, float]
    """Factors of both Grams: 1 / (divisor of the Gram * number of codes)."""


class MatrixPencil:
    """`A` and `B` as operators, evaluated through the network in its own precision.

    Their projections onto a search space are inner products of images `J v`. The residual of a
    vector takes one vector-Jacobian product.

    Args:
        samples: One per code.
        chunk: Vectors per batch.
        scale: `[d]`, unit of each coordinate; none means 1.
        identity_b: Whether the identity replaces B, because the background is constant.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        chunk: int,
        scale: Tensor | None = None,
        identity_b: bool = False,
    ) -> None:
        self.samples, self.chunk, self.scale, self.identity_b = samples, chunk, scale, identity_b
        self._linear: dict[int, LinearMap] = {}
        self._images: dict[int, Tensor] = {}

    def project(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Both matrices, projected onto a search space.

        Args:
            rows: `[k, d]` float64, orthonormal; they begin with the rows of the previous call.

        Returns:
            `V A V^T` and `V B V^T`, `[k, k]` float64.
        """
        a, b = (rows.new_zeros(len(rows), len(rows)) for _ in range(2))
        for number, sample in enumerate(self.samples):
            images = self._images_of(number, rows)
            for total, factor, weight in zip((a, b), sample.scales, sample.weights, strict=True):
                for channel in range(images.shape[1]):
                    flat = images[:, channel].flatten(1).to(rows)  # [k, H W]
                    total += factor * (flat * weight.to(rows).flatten()) @ flat.T
        return a, torch.eye(len(rows)).to(rows) if self.identity_b else b

    def residuals(self, rows: Tensor, mix: Tensor, values: Tensor, shift: float) -> Tensor:
        """`A n - lambda (B + t I) n` of vectors in the space that was projected onto last.

        Args:
            rows: `[k, d]`, the space.
            mix: `[m, k]`, the vectors in it.
            values: `[m]`, lambda.
            shift: t.

        Returns:
            `[m, d]` float64.
        """
        vectors = mix @ rows
        found = -(shift + float(self.identity_b)) * values[:, None] * vectors
        for number, sample in enumerate(self.samples):
            images, pull = self._images_of(number, rows), self._products(number)[1]
            (inside, outside), (over, under) = sample.weights, sample.scales
            weights = over * inside.to(images) - (0.0 if self.identity_b else under) * (
                values.to(images)[:, None, None] * outside.to(images)
            )  # [m or 1, H, W]
            weights = weights.expand(len(mix), *inside.shape)[:, None]

            def work(start: int, stop: int) -> Tensor:
                part = mix[start:stop].to(images)  # noqa: B023
                seen = torch.tensordot(part, images, dims=1)  # noqa: B023
                return pull(seen * weights[start:stop])  # noqa: B023

            back = torch.cat(in_chunks(len(mix), self.chunk, work))
            found += self._scaled(back.to(float64_device(back.device)).to(rows))
        return found

    def _scaled(self, rows: Tensor) -> Tensor:
        """Rows times the unit of each coordinate."""
        return rows if self.scale is None else rows * self.scale.to(rows)

    def _images_of(self, number: int, rows: Tensor) -> Tensor:
        """`J v` of rows at one sample, `[k, C, H, W]`; stored for the next call if they fit."""
        before = self._images.pop(number, None)
        push, point = self._products(number)[0], self.samples[number].image.point
        new = self._scaled(rows[0 if before is None else len(before) :]).to(point)
        parts = in_chunks(len(new), self.chunk, lambda start, stop: push(new[start:stop]))
        images = torch.cat(parts if before is None else [before, *parts])
        if len(self.samples) * images.numel() * images.element_size() <= _IMAGE_BYTES:
            self._images[number] = images
        return images

    def _products(
        self, number: int
    ) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """Functions that multiply with the Jacobian of one sample and with its transpose."""
        image = self.samples[number].image
        if number not in self._linear:
            self._linear.clear()  # only one: a linearisation stores the features of every layer
            found = image.linearise(image.point.dtype)
            if found is not None:
                self._linear[number] = LinearMap(found, image.blocks, image.size)
        return products_of(image, self._linear.get(number))
