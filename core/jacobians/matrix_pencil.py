"""The matrix pencil `(A, B)` as Jacobian products; neither matrix is formed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.execution import float64_device, in_chunks
from ..concepts.operator_problem import OperatorProblem
from .image_map import ImageMap, LinearMap
from .products import products_of

_IMAGE_BYTES = 1 << 30
"""Most bytes of images `J v` of the search space that are stored; else they are recomputed."""

_BLOCK_BYTES = 64 << 20
"""Most bytes of images that are converted to float64 for one product."""


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

    Their projections onto a search space are inner products of images `J v` in float64. The
    residual of a vector takes one vector-Jacobian product. `project` and `residuals` are those of
    `OperatorProblem`.

    Args:
        samples: One per code.
        chunk: Vectors per batch.
        scale: `[d]`, unit of each coordinate; none means 1.
        image_bytes: Most bytes of images that are stored.
        pulse: Called after each batch of products; may raise to cancel.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        chunk: int,
        scale: Tensor | None = None,
        image_bytes: int = _IMAGE_BYTES,
        pulse: Callable[[], None] | None = None,
    ) -> None:
        self.samples, self.chunk, self.scale = samples, chunk, scale
        self.image_bytes = image_bytes
        self._pulse = pulse
        self._linear: dict[int, LinearMap] = {}
        self._images: dict[int, list[Tensor]] = {}
        self._rows: Tensor | None = None
        self._totals: tuple[Tensor, Tensor] | None = None

    @property
    def size(self) -> int:
        """Number d of coordinates."""
        return self.samples[0].image.size

    @property
    def bytes_per_row(self) -> int:
        """Bytes of the images of one row, over all codes."""
        return sum(
            torch.Size(sample.image.image_shape).numel() * sample.image.point.element_size()
            for sample in self.samples
        )

    def problem(
        self, shrinkage: float = 0.0, shift: float | None = None, row_bound: int | None = None
    ) -> OperatorProblem:
        """Pose the eigenproblem of both matrices.

        Args:
            shrinkage: t divided by `tr(B)`, where t is not given.
            shift: t; none means that it follows from the trace.
            row_bound: Weighted rows of the region over all codes.

        Returns:
            The problem.
        """
        return OperatorProblem(
            self.size,
            self.start,
            self.project,
            self.residuals,
            self.trace,
            shift,
            shrinkage,
            row_bound,
            self.image_bytes // self.bytes_per_row,
        )

    def start(self, count: int) -> Tensor:
        """Random combinations of the rows of A, whose covariance is A.

        Args:
            count: Number m of rows.

        Returns:
            `[m, d]` float64.
        """
        draw = torch.Generator().manual_seed(1)
        found: Tensor | None = None
        for number, sample in enumerate(self.samples):
            point, shape = sample.image.point, sample.image.image_shape
            noise = torch.randn(count, *shape, generator=draw).to(point)
            noise = noise * (sample.scales[0] * sample.weights[0]).sqrt().to(point)
            rows = self._pulled(number, noise)
            found = rows if found is None else found + rows
        assert found is not None  # there is a code
        return found

    def trace(self) -> float:
        """`tr(B)`, from all d columns, none of which is stored."""
        total = 0.0
        for number, sample in enumerate(self.samples):
            weight = sample.weights[1].to(sample.image.point)

            def work(start: int, stop: int, number: int = number, w: Tensor = weight) -> float:
                units = torch.zeros(stop - start, self.size, dtype=torch.float64)
                units[range(stop - start), range(start, stop)] = 1.0
                images = self._pushed(number, units)
                squares = (images.square() * w).sum(dim=(1, 2, 3))
                return float(squares.to(float64_device(squares.device)).double().sum())

            total += sample.scales[1] * sum(in_chunks(self.size, self.chunk, work))
        return total

    def project(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Both matrices, projected onto a search space.

        Args:
            rows: `[k, d]` float64; where they begin with the rows of the previous call, only the
                others cost products.

        Returns:
            `V A V^T` and `V B V^T`, `[k, k]` float64.
        """
        known = 0
        if self._rows is not None and torch.equal(rows[: len(self._rows)], self._rows):
            known = len(self._rows)
        else:
            self._images.clear()
        a, b = (rows.new_zeros(len(rows), len(rows)) for _ in range(2))
        if known and self._totals is not None:
            a[:known, :known], b[:known, :known] = self._totals
        for number, sample in enumerate(self.samples):
            images = self._images_of(number, rows)
            for flat, weights in _blocks(images, sample.weights):
                for total, factor, weight in zip((a, b), sample.scales, weights, strict=True):
                    total[:, known:] += (factor * flat @ (flat[known:] * weight).T).to(total)
        for total in (a, b):
            total[known:, :known] = total[:known, known:].T
        self._rows, self._totals = rows, (a, b)
        return a, b

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
        found = -shift * values[:, None] * (mix @ rows)
        # Backwards, so that the linearisation of the last code serves twice.
        for number in reversed(range(len(self.samples))):
            sample = self.samples[number]
            images = self._images_of(number, rows)
            (inside, outside), (over, under) = sample.weights, sample.scales
            factors = values.to(images[0])[:, None, None]
            weights = over * inside.to(factors) - under * factors * outside.to(factors)  # [m, H, W]

            def work(start: int, stop: int) -> Tensor:
                seen = _mixed(mix[start:stop], images)  # noqa: B023
                return self._pulled(number, seen * weights[start:stop, None])  # noqa: B023

            found += torch.cat(in_chunks(len(mix), self.chunk, work)).to(found)
        return found

    def _scaled(self, rows: Tensor) -> Tensor:
        """Rows times the unit of each coordinate."""
        return rows if self.scale is None else rows * self.scale.to(rows)

    def _pushed(self, number: int, rows: Tensor) -> Tensor:
        """`J v` of rows `[k, d]` at one sample, `[k, C, H, W]`."""
        images = self._products(number)[0](self._scaled(rows).to(self.samples[number].image.point))
        if self._pulse is not None:
            self._pulse()
        return images

    def _pulled(self, number: int, images: Tensor) -> Tensor:
        """`J^T u` of images at one sample, `[k, d]` float64."""
        pull = self._products(number)[1]

        def work(start: int, stop: int) -> Tensor:
            rows = pull(images[start:stop])
            if self._pulse is not None:
                self._pulse()
            return self._scaled(rows.to(float64_device(rows.device)).double())

        return torch.cat(in_chunks(len(images), self.chunk, work))

    def _images_of(self, number: int, rows: Tensor) -> list[Tensor]:
        """`J v` of rows at one sample, `[k, C, H, W]` in batches; stored if they fit."""
        parts = self._images.pop(number, [])
        new = rows[sum(map(len, parts)) :]
        parts += in_chunks(len(new), self.chunk, lambda i, j: self._pushed(number, new[i:j]))
        if len(rows) * self.bytes_per_row <= self.image_bytes:
            self._images[number] = parts
        return parts

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


def _mixed(mix: Tensor, images: list[Tensor]) -> Tensor:
    """`[m, C, H, W]`: combinations `[m, k]` of images in batches."""
    total: Tensor | None = None
    for factors, part in zip(mix.split([len(p) for p in images], dim=1), images, strict=True):
        product = torch.tensordot(factors.to(part), part, dims=1)
        total = product if total is None else total.add_(product)
    assert total is not None  # there are images
    return total


def _blocks(
    images: list[Tensor], weights: tuple[Tensor, Tensor]
) -> Iterator[tuple[Tensor, tuple[Tensor, Tensor]]]:
    """Some pixels of all images in float64, `[k, p]`, with both weights of these pixels, `[p]`."""
    device = float64_device(images[0].device)
    flats = [part.flatten(2) for part in images]
    both = [weight.flatten().to(device, torch.float64) for weight in weights]
    step = max(1, _BLOCK_BYTES // (8 * sum(map(len, images))))
    channels, pixels = flats[0].shape[1:]
    for channel in range(channels):
        for start in range(0, pixels, step):
            span = slice(start, start + step)
            part = torch.cat([flat[:, channel, span].to(device).double() for flat in flats])
            yield part, (both[0][span], both[1][span])
