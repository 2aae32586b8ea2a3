"""Directions from approximate columns, corrected with exact products: Davidson's method.

Davidson (J. Comput. Phys. 17, 1975), for the pencil `A n = lambda (B + t I) n`. Columns in bfloat16
give A and B to two digits, which is enough to precondition: the residuals of the leading vectors,
measured with one forward and two reverse products each in the network's own precision, are turned
into corrections by the approximate pencil, and the vectors are sought anew in the space of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .computing import full_precision, in_chunks, plain_tensors, wide
from .eigen import AbstractSolver, EigenProblem, EigenSolution, unit_rows
from .image_map import ImageMap, LinearMap

_CLOSE = 1e-6
"""Relative distance of two eigenvalues below which one gives no correction to the other."""


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
                found = image.linearise(image.point.dtype) if image.reduce is None else None
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
    if linear is not None:
        return linear.push, linear.pull
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

    factor: Tensor
    """Lower Cholesky factor of `B + t I`, `[d, d]`."""
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
        size = problem.size
        identity = torch.eye(size, dtype=torch.float64, device=solution.vectors.device)
        matrix = identity if problem.b is None else problem.b + problem.shift * identity
        factor = torch.linalg.cholesky(matrix)
        whitened = solution.vectors @ factor
        vectors = torch.linalg.qr(whitened.T)[0].T
        return cls(factor, solution.values, vectors)

    def __call__(self, residuals: Tensor, values: Tensor) -> Tensor:
        """Corrections `-(A - lambda (B + t I))^-1 r`.

        Args:
            residuals: `[K, d]`.
            values: `[K]`, the eigenvalues that they belong to.

        Returns:
            `[K, d]`. Beyond the leading vectors A counts as nothing.
        """
        rows = torch.linalg.solve_triangular(self.factor, residuals.T, upper=False).T
        along = rows @ self.vectors.T  # [K, m]
        gaps = self.values - values[:, None]
        near = gaps.abs() < _CLOSE * values[:, None]
        inside = torch.where(near, 0.0, along / torch.where(near, 1.0, gaps))
        rest = (rows - along @ self.vectors) / -values[:, None]
        whitened = inside @ self.vectors + rest
        return -torch.linalg.solve_triangular(self.factor.T, whitened.T, upper=True).T


class CorrectingSolver(AbstractSolver):
    """Another solver's leading pairs, corrected with exact products.

    Args:
        solver: What solves the approximate problem.
        samples: One per code.
        corrections: How many times to correct at most.
        chunk: Vectors at once.
        scale: `[d]`, unit of each coordinate; none means 1.
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
    ) -> None:
        self.solver, self.samples, self.corrections = solver, samples, corrections
        self.chunk, self.scale = chunk, scale

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`: that of the solver within."""
        return self.solver.cost(problem, count)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`; the problem is approximate, the residuals are true."""
        pairs = min(problem.size, max(_PAIRS * count, _LEAST_PAIRS))
        found = self.solver.solve(problem, pairs)
        precondition = Preconditioner.of(problem, found)
        with plain_tensors(), full_precision():
            products = exact_products(self.samples, self.chunk, self.scale)
            shift = problem.shift
            return refine(found, count, shift, products, precondition, self.corrections)


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
    """
    guard = min(len(solution.vectors), count + max(2, count // 5))
    rows = torch.linalg.qr(solution.vectors[:guard].T)[0].T  # [k, d]
    a, b = products(rows)
    done = 0
    while True:
        b_shifted = b + shift * rows
        small_a, small_b = rows @ a.T, rows @ b_shifted.T
        values, mix = _pencil((small_a + small_a.T) / 2, (small_b + small_b.T) / 2)
        mix = mix[:guard]
        values = values[:guard]
        best, image, against = mix @ rows, mix @ a, mix @ b_shifted
        residual = image - values[:, None] * against
        sizes = residual.norm(dim=1) / image.norm(dim=1)
        if done == corrections or float(sizes[:count].max()) < tolerance:
            break
        new = precondition(residual, values)
        # Orthonormal to what is there, twice, so that the small pencil stays well conditioned.
        for _ in range(2):
            new = new - (new @ rows.T) @ rows
            new = torch.linalg.qr(new.T)[0].T
        more_a, more_b = products(new)
        rows, a, b = torch.cat([rows, new]), torch.cat([a, more_a]), torch.cat([b, more_b])
        done += 1
    stats = {**solution.stats, "corrections": done}
    return EigenSolution(
        values[:count], unit_rows(best[:count]), sizes[:count], solution.status, stats
    )


def _pencil(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, descending, and vectors as rows, of a small pencil with positive definite b."""
    factor = torch.linalg.cholesky(b)
    half = torch.linalg.solve_triangular(factor, a, upper=False)
    whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
    values, columns = torch.linalg.eigh((whitened + whitened.T) / 2)
    vectors = torch.linalg.solve_triangular(factor.T, columns, upper=True)
    return values.flip(0), vectors.T.flip(0)
