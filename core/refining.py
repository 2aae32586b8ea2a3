"""Directions from approximate columns, corrected with exact products: Davidson's method.

Davidson (J. Comput. Phys. 17, 1975), for the pencil `A n = lambda (B + t I) n`. Columns in bfloat16
give A and B to two digits, which is enough to precondition: the residuals of the leading vectors,
measured with one forward and two reverse products each in the network's own precision, are turned
into corrections by the approximate pencil, and the vectors are sought anew in the space of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .computing import full_precision, in_chunks, plain_tensors, wide
from .eigen import (
    AbstractSolver,
    EigenProblem,
    EigenSolution,
    SolveStatus,
    settled,
    unit_rows,
)
from .errors import SolveError
from .image_map import ImageMap, LinearMap
from .solvers.dense import DenseSolver
from .solvers.factor import Factor, factorise

_CLOSE = 1e-6
"""Relative distance of two eigenvalues below which one gives no correction to the other."""

_NEW = 1e-10
"""Part of a correction, outside the space that there is, below which it is rounding errors."""

_PAIRS, _LEAST_PAIRS = 4, 64
"""Approximate pairs that precondition, per direction asked for and at least."""


@dataclass(frozen=True)
class Sample:
    """One code's part in A and B: `A` is the sum over codes of `scale_f J^T diag(w_f) J`."""

    image: ImageMap
    """What is differentiated."""
    weights: tuple[Tensor, Tensor]
    """`[H, W]` of the region and of what must stay."""
    scales: tuple[float, float]
    """Factors on both Grams: one over what each is divided by, and over the number of codes."""


def exact_products(
    samples: Sequence[Sample], chunk: int, scale: Tensor | None = None
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """`n -> (A n, B n)` through the network, in its own precision.

    Args:
        samples: One per code.
        chunk: Vectors at once.
        scale: `[d]`, unit of each coordinate; none means 1.

    Returns:
        A function from `[K, d]` to two `[K, d]`, all float64.
    """
    linear: dict[int, LinearMap] = {}

    def products(rows: Tensor) -> tuple[Tensor, Tensor]:
        a, b = torch.zeros_like(rows), torch.zeros_like(rows)
        for number, sample in enumerate(samples):
            image = sample.image
            if number not in linear:
                linear.clear()  # one at a time: a linearisation keeps every layer's features
                found = image.linearise(image.point.dtype)
                if found is not None:
                    linear[number] = LinearMap(found, image.blocks, image.size)
            push, pull = _both(image, linear.get(number))
            given = rows if scale is None else rows * scale.to(rows)
            seen = [weight.to(image.point) for weight in sample.weights]

            def work(start: int, stop: int) -> tuple[Tensor, Tensor]:
                part = given[start:stop].to(image.point)  # noqa: B023
                images = push(part)  # noqa: B023
                both = torch.cat([images * weight for weight in seen])  # noqa: B023
                back = pull(both).to(wide(image.point.device)).to(rows)  # noqa: B023
                return back[: stop - start], back[stop - start :]

            parts = in_chunks(len(rows), chunk, work)
            for total, factor, which in ((a, sample.scales[0], 0), (b, sample.scales[1], 1)):
                found_rows = torch.cat([part[which] for part in parts])
                total += factor * (found_rows if scale is None else found_rows * scale.to(rows))
        return a, b

    return products


def _both(
    image: ImageMap, linear: LinearMap | None
) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """Products with J and its transpose, from one formulation, so that signs agree."""
    reduce = image.reduce
    if linear is not None and reduce is None:
        return linear.push, linear.pull
    if linear is not None and reduce is not None:
        whole = linear.linearisation.image_shape

        def push_reduced(rows: Tensor) -> Tensor:
            return reduce(linear.push(rows))

        def pull_reduced(images: Tensor) -> Tensor:
            spread = torch.func.vjp(reduce, images.new_zeros(len(images), *whole))[1]
            return linear.pull(spread(images)[0].detach())

        return push_reduced, pull_reduced
    function, point = image.function, image.point
    pull_one = torch.func.vjp(function, point)[1]

    def push(rows: Tensor) -> Tensor:
        return torch.func.vmap(lambda t: torch.func.jvp(function, (point,), (t,))[1])(rows)

    def pull(images: Tensor) -> Tensor:
        return torch.func.vmap(lambda v: pull_one(v)[0])(images).detach()

    return push, pull


@dataclass(frozen=True)
class Preconditioner:
    """The approximate pencil, ready to turn residuals into corrections."""

    factor: Factor | None
    """Cholesky factor of `B + t I`; none where that is the identity."""
    values: Tensor
    """`[m]`, leading eigenvalues."""
    vectors: Tensor
    """`[m, d]`, leading eigenvectors in whitened coordinates, orthonormal rows."""

    @classmethod
    def of(cls, problem: EigenProblem, solution: EigenSolution) -> Preconditioner:
        """From the approximate problem and its leading pairs.

        Args:
            problem: The pencil.
            solution: Some of its leading pairs; more make better corrections.

        Returns:
            The preconditioner.
        """
        factor = None if problem.b is None else factorise(problem)
        rows = solution.vectors
        whitened = rows if factor is None else rows @ factor.lower
        return cls(factor, solution.values, torch.linalg.qr(whitened.T)[0].T)

    def __call__(self, residuals: Tensor, values: Tensor) -> Tensor:
        """Corrections `-(A - lambda (B + t I))^-1 r`.

        Args:
            residuals: `[K, d]`.
            values: `[K]`, the eigenvalues that they belong to, positive.

        Returns:
            `[K, d]`, up to a factor. Beyond the leading vectors A counts as nothing.
        """
        rows = residuals if self.factor is None else self.factor.whiten(residuals)
        along = rows @ self.vectors.T  # [K, m]
        gaps = self.values - values[:, None]
        near = gaps.abs() < _CLOSE * values[:, None]
        inside = torch.where(near, 0.0, along / torch.where(near, 1.0, gaps))
        rest = (rows - along @ self.vectors) / -values[:, None]
        whitened = inside @ self.vectors + rest
        return whitened if self.factor is None else self.factor.unwhiten(whitened)


class CorrectingSolver(AbstractSolver):
    """Another solver's leading pairs, corrected with exact products.

    The shift stays that of the problem, a multiple of the trace of approximate columns.

    Args:
        solver: What solves the approximate problem.
        samples: One per code.
        corrections: How many times to correct at most.
        chunk: Vectors at once.
        scale: `[d]`, unit of each coordinate; none means 1.
        tolerance: Residual at which no more correction is needed.
    """

    id = "correcting"
    title = "approximate pairs, corrected with exact products (Davidson)"

    def __init__(
        self,
        solver: AbstractSolver,
        samples: Sequence[Sample],
        corrections: int,
        chunk: int,
        scale: Tensor | None = None,
        tolerance: float = 1e-4,
    ) -> None:
        self.solver, self.samples, self.corrections = solver, samples, corrections
        self.chunk, self.scale, self.tolerance = chunk, scale, tolerance

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: that of the solver within."""
        return self.solver.cost(problem, count)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; the problem is approximate, the residuals are true."""
        problem, status = settled(problem)
        pairs = min(problem.size, max(_PAIRS * count, _LEAST_PAIRS))
        found = self.solver.solve(problem, pairs)
        precondition = Preconditioner.of(problem, found)
        with plain_tensors(), full_precision():
            exact = exact_products(self.samples, self.chunk, self.scale)

            def products(rows: Tensor) -> tuple[Tensor, Tensor]:
                a, b = exact(rows)
                return a, rows if problem.b is None else b

            steps, enough = self.corrections, self.tolerance
            best = refine(found, count, problem.shift, products, precondition, steps, enough)
        return best if status is SolveStatus.OK else replace(best, status=status)


def refine(
    solution: EigenSolution,
    count: int,
    shift: float,
    products: Callable[[Tensor], tuple[Tensor, Tensor]],
    precondition: Callable[[Tensor, Tensor], Tensor],
    corrections: int,
    tolerance: float = 1e-4,
) -> EigenSolution:
    """Correct leading pairs with exact products.

    Args:
        solution: Approximate pairs, of which the first few more than `count` are corrected.
        count: Number K of pairs wanted.
        shift: Multiple of the identity that is added to B.
        products: `n -> (A n, B n)`, exact.
        precondition: Residuals `[K, d]` and eigenvalues `[K]` to corrections.
        corrections: How many times to correct at most.
        tolerance: Residual at which no more is needed.

    Returns:
        The pairs with their true residuals, in as much as `products` is exact.

    Raises:
        SolveError: The exact matrices are not finite, or the denominator is singular beyond repair.
    """
    guard = min(len(solution.vectors), count + max(2, count // 5))
    rows = torch.linalg.qr(solution.vectors[:guard].T)[0].T  # [k, d]
    a, b = products(rows)
    done = 0
    while True:
        small = _projected(rows, a, b, shift)
        found = DenseSolver().solve(small, guard)
        mix, values = found.vectors, found.values
        image, against = mix @ a, mix @ (b + shift * rows)  # [k, d]
        residual = image - values[:, None] * against
        sizes = residual.norm(dim=1) / image.norm(dim=1)
        if done == corrections or float(sizes[:count].max()) < tolerance:
            break
        new = _outside(rows, precondition(residual, values))
        if not len(new):
            break
        more_a, more_b = products(new)
        rows, a, b = torch.cat([rows, new]), torch.cat([a, more_a]), torch.cat([b, more_b])
        done += 1
    vectors, sizes = unit_rows((mix @ rows)[:count]), sizes[:count]
    stats: dict[str, float | int | str] = {**solution.stats, "corrections": done}
    # Both solves sought more pairs than are wanted, so that a lack of some says nothing yet.
    ends = [s for s in (found.status, solution.status) if s is not SolveStatus.RANK_DEFICIENT]
    status = next((s for s in ends if s is not SolveStatus.OK), SolveStatus.OK)
    if len(vectors) < count:
        stats["rank"] = len(vectors)
        status = SolveStatus.RANK_DEFICIENT if status is SolveStatus.OK else status
    return EigenSolution(values[:count], vectors, sizes, status, stats)


def _projected(rows: Tensor, a: Tensor, b: Tensor, shift: float) -> EigenProblem:
    """The pencil in a space, from orthonormal rows that span it and their products."""
    small_a, small_b = rows @ a.T, rows @ b.T
    if not bool(torch.isfinite(small_a).all() and torch.isfinite(small_b).all()):
        raise SolveError(
            "Products with the Jacobian hold NaN or infinite numbers",
            "finite derivatives",
            "The generator's weights or the latent codes are damaged, or far out of range",
        )
    return EigenProblem((small_a + small_a.T) / 2, (small_b + small_b.T) / 2, shift)


def _outside(rows: Tensor, new: Tensor) -> Tensor:
    """Orthonormal rows for what some vectors add to a space; twice, so that they stay so."""
    new = new / new.norm(dim=1, keepdim=True).clamp_min(torch.finfo(new.dtype).tiny)
    room = rows.shape[1] - len(rows)
    for _ in range(2):
        new = new - (new @ rows.T) @ rows
        _, sizes, new = torch.linalg.svd(new, full_matrices=False)
        new = new[: int((sizes > _NEW).sum())][:room]
    return new
