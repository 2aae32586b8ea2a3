"""Cholesky, then a block Krylov space for the leading pairs: large spaces, few directions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..concepts.eigenproblem import AbstractSolver, EigenProblem, EigenSolution
from .dense import DenseSolver
from .eigenpairs import Eigenpairs, drop_zero_denominator, leading_solution
from .factor import Factor, factorise, try_factorise

_SINGLE = 1e5
"""Bound of the condition number up to which a factor in float32 is as good as one in float64."""

_EXPECTED = 10
"""Typical number of blocks of a solve: 8 if eigenvalues decay, 22 if they hardly do."""

_POWERS = 4
"""Steps of plain subspace iteration before the space is begun: each costs half a block."""

_FIRST = 4
"""Blocks before Ritz pairs are first computed; no test problem converged sooner."""

_PACE = 20.0
"""Assumed reduction of the residual per block, until it is measured."""

_CANCELLED = 1e-4
"""Squared length of a projected unit row below which it is orthogonalised again."""

_NOTHING = 1e-10
"""Squared length of a projected unit row below which it is only rounding errors."""

_KEPT = 12
"""Largest number of blocks of the space before a restart with the two best."""

_CALLS = 4e7
"""What a block takes beside its products, in operations: some thirty short calls."""


class KrylovSolver(AbstractSolver):
    """Rayleigh-Ritz in the block Krylov space of `(B + t I)^-1 A`, restarted thickly.

    Each look at the Ritz pairs adds `M^-1 (A x - theta (B + t I) x)` for the leading ones, and each
    block between looks `M^-1 A` of the last, made orthonormal in the inner product of `B + t I`.
    With `M = B + t I` exactly, that is block Lanczos on the whitened operator with full
    reorthogonalisation. M only has to be near, since images under A and B are kept in float64 and
    residuals are true ones: so where `tr(B) / t` bounds the condition number, M is a Cholesky
    factor in float32, for half the time and memory (generalised Davidson: Morgan and Scott, SIAM J.
    Sci. Stat. Comput. 7, 1986). The start is random with a seed of its own, and a block holds more
    vectors than pairs are requested, so that repeated eigenvalues are all found.

    Args:
        tolerance: Residual of each pair relative to its eigenvalue, in the norm of `B + t I`.
        blocks: Blocks of products after which the dense solver takes over.
    """

    id = "krylov"
    title = "Cholesky and a block Krylov space, for the leading pairs alone"

    def __init__(self, tolerance: float = 1e-8, blocks: int = 60) -> None:
        self.tolerance = tolerance
        self.blocks = blocks

    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """See `AbstractSolver.cost`; none where the space is too small for three blocks."""
        size, block = problem.size, _block(problem, count)
        if 3 * block > size:
            return None
        square = 2.0 * block * float(size) ** 2
        rows = None if problem.a_root is None else len(problem.a_root)
        image = square if rows is None else min(square, 4.0 * block * rows * size)
        # Thin products wait for memory: 16 rows run at half the speed of a square matrix.
        thin = 1 + 16 / block
        if problem.b is None:
            return _EXPECTED * (thin * image + _CALLS)
        factor = (0.35 if _well_conditioned(problem) else 0.6) * float(size) ** 3
        return factor + _EXPECTED * (thin * (image + 2 * square) + _CALLS)

    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """See `AbstractSolver.solve`."""
        given = problem
        problem, status = drop_zero_denominator(problem)
        block = _block(problem, count)
        if 3 * block > problem.size:
            words = f"a block of {block} vectors is too wide for {problem.size} dimensions"
            return self._dense(given, count, words)
        factor = None
        if problem.b is not None:
            factor = try_factorise(problem, torch.float32) if _well_conditioned(problem) else None
            factor = factorise(problem) if factor is None else factor
            if factor.jitter:
                return self._dense(given, count, "the background is singular")
        requested = min(count, problem.rank_bound)
        ritz = _search(problem, factor, block, requested, self.tolerance, self.blocks)
        if not ritz.residual <= self.tolerance:
            words = f"{ritz.blocks} blocks left a residual of {ritz.residual:.0e}"
            return self._dense(given, count, words)
        rank = int((ritz.values > ritz.floor).sum())
        stats: dict[str, float | int | str] = {
            "solver": self.id,
            "condition": 1.0 if factor is None else factor.condition,
            "blocks": ritz.blocks,
        }
        if rank == requested < problem.rank_bound:
            stats["rank_beyond"] = "not counted"
        space = ritz.space
        pairs = Eigenpairs(ritz.values, space.basis, (space.a_images, space.b_images))
        return leading_solution(problem, pairs, count, rank, status, stats)

    def _dense(self, problem: EigenProblem, count: int, words: str) -> EigenSolution:
        """The dense solution, with the reason for it."""
        found = DenseSolver().solve(problem, count)
        stats = {**found.stats, "fell_back": f"{self.id}: {words}"}
        return EigenSolution(found.values, found.vectors, found.residuals, found.status, stats)


def _block(problem: EigenProblem, count: int) -> int:
    """Vectors in a block: two more than pairs requested, rounded up to a multiple of eight."""
    return 8 * -(-(min(count, problem.rank_bound) + 2) // 8)


def _well_conditioned(problem: EigenProblem) -> bool:
    """Whether `1 + tr(B) / t`, which bounds the condition number, suits a factor in float32."""
    assert problem.b is not None
    return float(problem.b.diagonal().sum()) <= _SINGLE * problem.shift


@dataclass(frozen=True)
class _Space:
    """A basis with its images under A and `B + t I`, all `[m, D]`, and `basis A basis^T`.

    The basis is orthonormal in the inner product of `B + t I`.
    """

    basis: Tensor
    a_images: Tensor
    b_images: Tensor
    small: Tensor

    def grown(self, problem: EigenProblem, fresh: Tensor) -> _Space:
        """The space with what is new in some rows `[k, D]`; the same where nothing is.

        Args:
            problem: The matrices.
            fresh: Rows of length 1 in the inner product of `B + t I`, or nearly so.

        Returns:
            The larger space.
        """
        images, least = fresh, 0.0
        while len(fresh) and least < _CANCELLED:
            # Images are made of rows that are orthogonal already: as combinations of earlier images
            # they would drift from their rows, block by block.
            fresh = torch.addmm(fresh, fresh @ self.b_images.T, self.basis, alpha=-1)
            images = problem.times_b(fresh)
            squares, axes = torch.linalg.eigh(fresh @ images.T)
            new = squares > _NOTHING
            turn = (axes[:, new] / squares[new].sqrt()).T
            fresh, images = turn @ fresh, turn @ images
            least = float(squares[new].min()) if len(fresh) else 0.0
        if not len(fresh):
            return self
        a_images = problem.times_a(fresh)
        corner = fresh @ a_images.T
        side = self.basis @ a_images.T  # [m, k]
        small = torch.cat([torch.cat([self.small, side], 1), torch.cat([side.T, corner], 1)])
        return _Space(
            torch.cat([self.basis, fresh]),
            torch.cat([self.a_images, a_images]),
            torch.cat([self.b_images, images]),
            small,
        )

    def mixed(self, mixing: Tensor, values: Tensor) -> _Space:
        """The space of some Ritz vectors, `mixing` `[k, m]` with `values` `[k]`."""
        return _Space(
            mixing @ self.basis,
            mixing @ self.a_images,
            mixing @ self.b_images,
            torch.diag(values),
        )


@dataclass(frozen=True)
class _Ritz:
    """Result of a search: `[K]` Ritz values, a space with their vectors, and the residual."""

    values: Tensor
    space: _Space
    """Its basis holds K vectors or more, the first K of which are those of the values."""
    residual: float
    """The largest, relative to the eigenvalue, in the norm of the inverse of `B + t I`."""
    floor: float
    """Smaller values are indistinguishable from zero."""
    blocks: int


def _search(
    problem: EigenProblem,
    factor: Factor | None,
    block: int,
    requested: int,
    tolerance: float,
    most: int,
) -> _Ritz:
    """Grow a space until its leading pairs converge, it stops growing, or `most` blocks are used.

    The next computation of Ritz pairs is scheduled by how fast the residual fell since the last,
    since in spaces of some hundred dimensions the small eigenproblem takes longest.

    Returns:
        The leading pairs, converged or not.
    """
    given = next(matrix for matrix in (problem.a, problem.a_root) if matrix is not None)
    draw = torch.Generator().manual_seed(0)
    fresh = torch.randn(block, problem.size, dtype=given.dtype, generator=draw).to(given.device)
    for _ in range(_POWERS):
        fresh = torch.linalg.qr(_corrections(problem.times_a(fresh), factor)[0].T)[0].T
    squares = (fresh * problem.times_b(fresh)).sum(dim=1, keepdim=True)
    fresh = fresh / squares.clamp_min(torch.finfo(fresh.dtype).tiny).sqrt()
    space = _Space(fresh[:0], fresh[:0], fresh[:0], fresh.new_zeros(0, 0))
    found = _Ritz(fresh.new_zeros(0), space, math.inf, 0.0, 0)
    look, limit = _FIRST, min(_KEPT * block, problem.size)
    for blocks in range(1, most + 1):
        before = len(space.basis)
        space = space.grown(problem, fresh)
        after = len(space.basis)
        full = after + 2 * block > limit
        ended = after == before or blocks == most
        if blocks < look and not full and not ended:
            fresh, _ = _corrections(space.a_images[before:], factor)
            continue
        values, columns = torch.linalg.eigh(space.small)
        values, mixing = values.flip(0), columns.T.flip(0)
        lead = space.mixed(mixing[:block], values[:block])
        residuals = lead.a_images - values[:block, None] * lead.b_images
        fresh, norms = _corrections(residuals, factor)
        # The rounding errors of the first pair bound all residuals and nonzero values from below.
        floor = float(values[0]) * problem.size * torch.finfo(values.dtype).eps
        relative = norms / values[:block].clamp_min(floor / tolerance)
        worst = float(relative[:requested].max())
        past, found = found, _Ritz(values[:requested], lead, worst, floor, blocks)
        if worst <= tolerance or ended or not math.isfinite(worst):
            break
        pace = _PACE
        if past.blocks:
            pace = (past.residual / worst) ** (1 / (blocks - past.blocks))
        left = math.log(worst / tolerance) / math.log(min(max(pace, 2.0), 2 * _PACE))
        look = blocks + max(1, round(left))
        fresh = fresh[relative > tolerance]
        if full:
            space = space.mixed(mixing[: 2 * block], values[: 2 * block])
    return found


def _corrections(residuals: Tensor, factor: Factor | None) -> tuple[Tensor, Tensor]:
    """`(B + t I)^-1` of rows, as exactly as the factor has it, and their lengths in that matrix.

    Returns:
        `[k, D]` of length 1, or 0 where the row is 0, and the lengths `[k]` that they had.
    """
    # Unit rows first: float32 holds neither 1e40 nor its inverse.
    sizes = residuals.norm(dim=1).clamp_min(torch.finfo(residuals.dtype).tiny)
    units = residuals / sizes[:, None]
    rows = units
    if factor is not None:
        rows = factor.unwhiten(factor.whiten(units.to(factor.lower.dtype))).to(units.dtype)
        sizes = sizes / math.sqrt(factor.scale)
    lengths = (units * rows).sum(dim=1).clamp_min(0).sqrt()
    if factor is not None:
        rows = rows / math.sqrt(factor.scale)
    return rows / lengths.clamp_min(torch.finfo(rows.dtype).tiny)[:, None], lengths * sizes
